/** One problem's inner training: what a click in the grid opens. */
class ProblemView {
  /** @param {any} contents */
  constructor(contents) {
    this.contents = contents;
    this.title = el("h3", {});
    /** @type {Curve[]} */
    this.curves = [];
    this.plot = new Plot({ title: "", axis: "epochs done", linked: false, curves: () => this.coloured() });
    const step = (/** @type {string} */ text, /** @type {number} */ turn, /** @type {number} */ problem) =>
      el("button", { type: "button", click: () => this.move(turn, problem) }, text);
    this.node = section("Problem", this.title,
      el("p", { class: "controls" }, step("← meta-step", -1, 0), step("meta-step →", 1, 0), step("↑ problem", 0, -1), step("↓ problem", 0, 1)),
      this.plot.node, numbersBehind(() => curveTable({ title: this.title.textContent, axis: "epochs done" }, this.coloured())));
    whenChanged(["run", "metric", "at", "row", "problem"], () => this.load());
  }

  coloured() {
    return this.curves.map((curve) => ({ ...curve, ...strokeOf(curve.label.startsWith("train") ? 0 : 1) }));
  }

  async load() {
    const grid = this.contents.runs[state.run].grid;
    this.node.hidden = !grid;
    if (!grid) return;
    const turns = (this.turns = await turnsOf(grid));
    /** @type {[string, CellData][]} */
    const found = [];
    for (const split of ["train", "validation"]) {
      const cells = await cellsOf(grid, split, state.metric);
      if (cells) found.push([split, cells]);
    }
    this.problems = found[0][1].problems;
    const turn = Math.max(chosenTurn(turns), 0);
    const problem = state.problem ?? this.problems.find((number) => number !== -1) ?? -1;
    this.now = { turn, problem };
    this.curves = found.flatMap(([split, cells]) => problemCurve(split, cells, turn, problem));
    this.title.textContent = `${turnName(turns, turn)}, problem ${problem === -1 ? "?" : problem}: ${state.metric}` + (this.curves.length ? "" : " (not logged)");
    this.plot.draw();
  }

  /** @param {number} turns @param {number} problems */
  move(turns, problems) {
    if (!this.now || !this.turns) return;
    const own = /** @type {number[]} */ (this.problems);
    const turn = Math.min(Math.max(this.now.turn + turns, 0), this.turns.place.length - 1);
    const row = Math.min(Math.max(own.indexOf(this.now.problem) + problems, 0), own.length - 1);
    chooseTurn(this.turns, turn, { problem: own[row] });
  }
}

/**
 * Return the curve of a problem: inner steps within their epochs, validations at the end of theirs.
 *
 * @param {string} split @param {CellData} cells @param {number} turn @param {number} problem
 * @returns {Curve[]}
 */
function problemCurve(split, cells, turn, problem) {
  const column = cells.problems.indexOf(problem);
  const cell = column < 0 ? -1 : cells.of[turn * cells.problems.length + column];
  if (cell < 0) return [];
  const rows = Array.from({ length: cells.stop(cell) - cells.start[cell] }, (_, i) => cells.start[cell] + i);
  const number = (/** @type {string} */ counter, /** @type {number} */ row) => {
    const found = counterAt(cells, cell, row, counter);
    return found === -1 ? NaN : found;
  };
  const steps = split === "train" ? Math.max(1, ...rows.map((row) => number("step", row)).filter(Number.isFinite)) : 1;
  const x = rows.map((row) => (split === "train" ? number("epoch", row) - 1 + number("step", row) / steps : number("epoch", row)));
  const y = rows.map((row) => cells.values[row]);
  return [{ label: `${split} ${state.metric}`, x, y, segment: null, complete: null, colour: "", dash: [], width: 1.6, points: rows.length < 100, strength: 1 }];
}
