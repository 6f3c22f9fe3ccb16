/**
 * The runs side by side: what each came to, and what differs in their configurations. A click on a heading sorts.
 *
 * @param {any} contents
 */
function comparison(contents) {
  const rows = contents.runs.map((/** @type {any} */ run, /** @type {number} */ number) => ({ number, ...compared(run) }));
  const differing = differences(contents.runs);
  const columns = [...FIXED, ...differing.map((name) => [name, (/** @type {any} */ row) => row.config.get(name) ?? ""])];
  const body = el("tbody");
  let by = -1, down = false;
  const heads = columns.map(([name], number) => el("th", { scope: "col", "aria-sort": "none" },
    el("button", { type: "button", click: () => sort(number) }, /** @type {string} */ (name))));
  const draw = () => fill(body, ...rows.map((/** @type {any} */ row) => el("tr", { class: row.number === state.run ? "chosen" : "" },
    ...columns.map(([, value], number) => {
      const found = /** @type {any} */ (value)(row);
      const text = typeof found === "number" ? shown(found) : found;
      if (number) return el("td", { class: typeof found === "number" ? "number" : "" }, text);
      return el("th", { scope: "row" }, el("button", { type: "button", click: () => change({ run: row.number, at: null, row: null, problem: null }) }, text));
    }))));
  const sort = (/** @type {number} */ number) => {
    down = by === number && !down;
    by = number;
    const value = /** @type {(row: any) => any} */ (columns[number][1]);
    rows.sort((/** @type {any} */ one, /** @type {any} */ other) => (down ? -1 : 1) * ordered(value(one), value(other)));
    heads.forEach((head, place) => head.setAttribute("aria-sort", place !== number ? "none" : down ? "descending" : "ascending"));
    draw();
  };
  whenChanged(["run"], draw);
  draw();
  const same = differing.length ? "" : " Their configurations don't differ, as far as the logs tell.";
  return section("Runs", el("p", { class: "note" }, `A heading sorts; a name chooses the run that is shown below.${same}`),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs" },
      el("table", { class: "runs" }, el("thead", {}, el("tr", {}, ...heads)), body)));
}

/** @type {[string, (row: any) => any][]} */
const FIXED = [
  ["run", (row) => row.name], ["value", (row) => row.label], ["first", (row) => row.first], ["best", (row) => row.best],
  ["at", (row) => row.best_at], ["last", (row) => row.last], ["values", (row) => row.values], ["diagnostics", (row) => row.diagnostics],
];

/** @param {any} run */
function compared(run) {
  const course = run.course ?? {};
  const numbers = Object.fromEntries(["first", "best", "best_at", "last"].map((name) => [name, asNumber(course[name] ?? null)]));
  return { ...numbers, name: run.name, label: course.label ?? "", values: course.values ?? 0, diagnostics: run.diagnostics.all, config: new Map(run.config) };
}

/** @param {any[]} runs */
function differences(runs) {
  const names = [...new Set(runs.flatMap((run) => run.config.map((/** @type {[string, string]} */ pair) => pair[0])))];
  const configs = runs.map((run) => new Map(run.config));
  return names.filter((name) => new Set(configs.map((config) => config.get(name))).size > 1);
}

/** @param {any} one @param {any} other */
function ordered(one, other) {
  if (typeof one === "number" && typeof other === "number") return Number.isNaN(one) ? 1 : Number.isNaN(other) ? -1 : one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}
