/**
 * What the user looks at; all views draw from it, and the address's fragment keeps it.
 *
 * run: which run. metric, split: whose values. smooth: values a mean is taken over. log: logarithmic scale.
 * at: the meta-step that is chosen, by its place on the axis. row: which one, where the place doesn't tell.
 * problem: number of the problem that is chosen. zoom: from and to on the axis.
 *
 * @typedef {{run: number, metric: "loss" | "accuracy", split: "train" | "validation", smooth: number, log: boolean,
 *            at: number | null, row: number | null, problem: number | null, zoom: [number, number] | null}} State
 */

/** @type {State & Record<string, any>} */
const state = {
  run: 0, metric: "loss", split: "validation", smooth: 1, log: false, at: null, row: null, problem: null, zoom: null,
};
/** @type {[Set<string>, () => void][]} */
const listeners = [];
/** @type {((place: number | null, from: unknown) => void)[]} */
const hoverListeners = [];

/**
 * Call a function whenever one of these parts of the state changes.
 *
 * @param {(keyof State)[]} names
 * @param {() => void} listener
 */
function whenChanged(names, listener) {
  listeners.push([new Set(names), listener]);
}

/**
 * Change the state, and tell those who draw it.
 *
 * @param {Partial<State> & Record<string, any>} changes
 */
function change(changes) {
  const changed = Object.keys(changes).filter((name) => !same(state[name], changes[name]));
  Object.assign(state, changes);
  if (!changed.length) return;
  keepFragment();
  for (const [names, listener] of listeners) if (changed.some((name) => names.has(name))) listener();
}

/** @param {any} one @param {any} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Mark a place in all views; null for none.
 *
 * @param {number | null} place
 * @param {unknown} from the view that the pointer is in, which marks it itself
 */
function hover(place, from) {
  for (const listener of hoverListeners) listener(place, from);
}

/** Write the state into the address, so that a link to it, and a reload, shows the same. */
function keepFragment() {
  const parts = new URLSearchParams();
  const plain = { run: 0, metric: "loss", split: "validation", smooth: 1, log: false };
  for (const [name, usual] of Object.entries(plain)) if (state[name] !== usual) parts.set(name, String(state[name]));
  if (state.at !== null) parts.set("at", String(state.at));
  if (state.row !== null) parts.set("row", String(state.row));
  if (state.problem !== null) parts.set("problem", String(state.problem));
  if (state.zoom) parts.set("zoom", state.zoom.map((end) => shown(end)).join(" "));
  try {
    history.replaceState(history.state, "", `#${parts}`);
  } catch {
    // within a notebook's frame there is no address to keep it in
  }
}

/**
 * Read the state from the address; what makes no sense is left out.
 *
 * @param {number} runs
 */
function readFragment(runs) {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (/** @type {string} */ name) => {
    const text = parts.get(name);
    return text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
  };
  const run = number("run") ?? 0;
  const ends = (parts.get("zoom") ?? "").split(" ").map(Number);
  return {
    run: Number.isInteger(run) && run >= 0 && run < runs ? run : 0,
    metric: /** @type {State["metric"]} */ (parts.get("metric") === "accuracy" ? "accuracy" : "loss"),
    split: /** @type {State["split"]} */ (parts.get("split") === "train" ? "train" : "validation"),
    smooth: Math.max(1, Math.round(number("smooth") ?? 1)),
    log: parts.get("log") === "true",
    at: number("at"),
    row: number("row"),
    problem: number("problem"),
    zoom: /** @type {State["zoom"]} */ (ends.length === 2 && ends[0] < ends[1] ? ends : null),
  };
}
