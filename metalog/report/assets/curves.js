/** With more curves, those of training are hidden at first; the legend shows them. */
const CROWDED = 6;
/** @type {Record<string, string>} */
const SEVERITY_COLOURS = { error: "error", warning: "warning", info: "info" };

/**
 * All curves of all runs, a panel for those that one scale can show.
 *
 * @param {any} contents
 * @param {string} main the axis that all views share
 */
async function curves(contents, main) {
  const many = contents.runs.length > 1;
  const made = await Promise.all(contents.panels.map(async (/** @type {any} */ panel, /** @type {number} */ number) => {
    const own = await Promise.all(contents.runs.flatMap((/** @type {any} */ run, /** @type {number} */ of) =>
      run.curves.filter((/** @type {any} */ one) => one.panel === number).map((/** @type {any} */ one) => loaded(one, run, of))));
    const labels = [...new Set(own.map((one) => one.label))];
    const crowded = own.length > CROWDED && own.some((one) => one.split !== "train");
    const styled = () => own.map((one) => styledCurve(one, labels, many, crowded));
    const linked = panel.axis === main;
    const plot = new Plot({ title: panel.title, axis: panel.axis, linked, curves: styled, smoothing: true, marks: () => (linked ? marksOf(contents) : []) });
    return [plot.node, numbersBehind(() => curveTable(panel, styled()))];
  }));
  const longest = Math.max(2, ...contents.runs.flatMap((/** @type {any} */ run) => run.curves.map((/** @type {any} */ one) => one.y.size)));
  return section("Curves", controls(longest), ...made.flat());
}

/** @param {any} one @param {any} run @param {number} of */
async function loaded(one, run, of) {
  const [x, y, segment, complete] = await Promise.all([unpack(one.x), unpack(one.y), unpack(one.segment), one.complete ? unpack(one.complete) : null]);
  return { ...one, of, run: run.name, x, y, segment, complete };
}

/** Colours tell the runs apart, or the curves of a single one, where training and validation have theirs. */
/** @param {any} one @param {string[]} labels @param {boolean} many @param {boolean} crowded @returns {Curve} */
function styledCurve(one, labels, many, crowded) {
  const place = labels.indexOf(one.label);
  const own = one.split === "train" && labels.length <= 2 ? 0 : one.split === "validation" && labels.length <= 2 ? 1 : place;
  const stroke = strokeOf(many ? one.of : own);
  const dash = many ? DASHES[place % DASHES.length] : stroke.dash;
  const label = many ? (labels.length > 1 ? `${one.run}: ${one.label}` : one.run) : one.label;
  return { label, x: one.x, y: one.y, segment: one.segment, complete: one.complete, colour: stroke.colour, dash, points: false, width: many && one.of === state.run ? 2.5 : 1.4, strength: many && one.of !== state.run ? 0.6 : 1, hidden: many && crowded && one.split === "train" };
}

/** @param {number} longest */
function controls(longest) {
  const windows = WINDOWS.filter((window) => window <= longest);
  if (!windows.includes(state.smooth)) state.smooth = windows.findLast((window) => window <= state.smooth) ?? 1;
  const told = el("output", {});
  const tell = () => (told.textContent = state.smooth > 1 ? ` centred mean of ${state.smooth}` : " off");
  const slider = el("input", {
    type: "range", id: "smooth", min: 0, max: windows.length - 1, step: 1, value: windows.indexOf(state.smooth),
    input: () => change({ smooth: windows[Number(slider.value)] }),
  });
  const log = el("input", { type: "checkbox", id: "log", checked: state.log, change: () => change({ log: log.checked }) });
  whenChanged(["smooth"], tell);
  tell();
  const all = el("button", { type: "button", click: () => change({ zoom: null }) }, "Show all");
  return el("p", { class: "controls" }, el("label", {}, "Smoothing ", slider, told), el("label", {}, log, " Logarithmic"), all);
}

/** @param {any} contents */
function marksOf(contents) {
  return contents.runs[state.run].diagnostics.rows
    .map((/** @type {any[]} */ row) => ({ x: asNumber(row[6]), colour: themed(SEVERITY_COLOURS[row[3]]) }))
    .filter((/** @type {{x: number}} */ mark) => Number.isFinite(mark.x));
}

/** @param {any} panel @param {Curve[]} all */
function curveTable(panel, all) {
  const starts = [0];
  for (const one of all) starts.push(starts[starts.length - 1] + one.y.length);
  return pagedTable(panel.title, ["curve", panel.axis, "value"], starts[all.length], (row) => {
    const curve = starts.findLastIndex((start) => start <= row);
    const { label, x, y, complete } = all[curve];
    const i = row - starts[curve];
    return [label, shown(x[i]), shown(y[i]) + (complete && !complete[i] ? " (incomplete)" : "")];
  });
}
