/** What the inner training gains, early, in the middle and late in the run. */
class AdaptationView {
  /** @param {any} contents */
  constructor(contents) {
    this.contents = contents;
    this.plot = new Plot({ title: "Mean over problems before adaptation (0) and after each epoch", axis: "epoch", linked: false, curves: () => this.curves() });
    this.note = el("p", { class: "note" }, "Early, middle, late: thirds of the complete meta-steps. At 0, of validation too: what the first inner step measured before its update.");
    this.node = section("Adaptation", this.plot.node, this.note, numbersBehind(() => curveTable({ title: "Adaptation", axis: "epoch" }, this.curves())));
    whenChanged(["run", "metric"], () => this.load());
  }

  stages() {
    return this.contents.runs[state.run].grid?.adaptation[state.metric] ?? [];
  }

  load() {
    this.node.hidden = !this.stages().length;
    if (!this.node.hidden) this.plot.draw();
  }

  /** @returns {Curve[]} */
  curves() {
    return this.stages().map((/** @type {any} */ stage, /** @type {number} */ number) => ({
      label: `${stage.stage} ${state.metric}`, x: stage.epoch, y: stage.mean.map(asNumber), segment: null, complete: null,
      ...strokeOf(number), dash: DASHES[number], width: 2, points: true, strength: 1,
    }));
  }
}
