/** Meta-validation: all results of each, as dots, and their mean. */
class MetaValidationView {
  /** @param {any} contents */
  constructor(contents) {
    this.contents = contents;
    /** @type {{x: number, y: number, batch: number, problem: number}[]} */
    this.results = [];
    this.plot = new Plot({ title: "", axis: "global_meta_step", linked: true, curves: () => this.means(), dots: () => this.results });
    this.node = section("Meta-validation", this.plot.node, numbersBehind(() => this.table()));
    whenChanged(["run", "metric"], () => this.load());
  }

  async load() {
    const grid = this.contents.runs[state.run].grid;
    const own = grid?.meta_validation;
    this.node.hidden = !own;
    if (!own) return;
    const [place, turn, batch, problem, values] = await Promise.all([unpack(grid.place), unpack(own.turn), unpack(own.batch), unpack(own.problem), unpack(own.values[state.metric])]);
    this.results = Array.from(values, (y, i) => ({ x: turn[i] < 0 ? NaN : place[turn[i]], y, batch: batch[i], problem: problem[i], turn: turn[i] }));
    this.plot.drawing.title = `${state.metric} on held-out problems`;
    this.plot.drawing.axis = grid.axis;
    this.plot.draw();
  }

  /** @returns {Curve[]} */
  means() {
    /** @type {Map<number, {x: number, y: number[]}>} */
    const groups = new Map();
    for (const { turn, x, y } of /** @type {any[]} */ (this.results)) {
      const group = groups.get(turn);
      if (group) group.y.push(y);
      else groups.set(turn, { x, y: [y] });
    }
    const all = [...groups.values()].filter((group) => !Number.isNaN(group.x));
    const stroke = strokeOf(1);
    return [{
      label: "mean", x: all.map((group) => group.x), y: all.map((group) => meanOf(group.y)), segment: null,
      complete: null, colour: stroke.colour, dash: stroke.dash, width: 2, points: true, strength: 1,
    }];
  }

  table() {
    const lost = (/** @type {number} */ number) => (number === -1 ? "?" : String(number));
    return pagedTable("Meta-validation", ["meta-step", "batch", "problem", state.metric], this.results.length, (row) => {
      const { x, batch, problem, y } = this.results[row];
      return [Number.isNaN(x) ? "?" : shown(x), lost(batch), lost(problem), shown(y)];
    });
  }
}
