/** The whole run as a heat map: colours at the end of the inner training, curves where there is room. */
class GridView {
  /** @param {any} contents */
  constructor(contents) {
    this.contents = contents;
    this.canvas = el("canvas", { "aria-hidden": true });
    this.told = el("output", { class: "place" });
    this.note = el("p", { class: "note" });
    this.bar = el("canvas", { class: "colour-bar", width: 128, height: 1, "aria-hidden": true });
    this.low = el("span");
    this.high = el("span");
    this.room = el("div", {
      class: "grid", tabindex: 0, role: "group", keydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      "aria-label": "Problems by meta-step. Arrow keys move, Enter opens the problem, plus and minus zoom, Escape shows all.",
      pointermove: (/** @type {PointerEvent} */ event) => this.moved(event), pointerleave: () => this.point(null),
      pointerdown: (/** @type {PointerEvent} */ event) => (this.pressed = event.offsetX), pointerup: (/** @type {PointerEvent} */ event) => this.released(event),
    }, this.canvas);
    this.title = el("figcaption", {});
    const zoom = (/** @type {number} */ factor, /** @type {string} */ text, /** @type {string} */ label) =>
      el("button", { type: "button", "aria-label": label, click: () => this.zoomBy(factor) }, text);
    const buttons = el("p", { class: "controls" }, zoom(0.4, "+", "Zoom in"), zoom(2.5, "−", "Zoom out"),
      el("button", { type: "button", click: () => this.zoomToCurves() }, "Show curves"), el("button", { type: "button", click: () => change({ zoom: null }) }, "Show all"),
      el("span", { class: "legend-bar" }, this.low, " ", this.bar, " ", this.high));
    this.node = section("Grid", buttons, el("figure", {}, this.title, this.room, this.told, this.note), numbersBehind(() => this.table()));
    /** @type {{turn: number, row: number} | null} */
    this.pointed = null;
    /** @type {number | null} */
    this.hovered = null;
    /** @type {number | null} */
    this.pressed = null;
    whenChanged(["run", "metric", "split"], () => this.load());
    whenChanged(["at", "row", "problem"], () => this.draw());
    whenChanged(["zoom"], () => this.draw());
    hoverListeners.push((place, from) => from !== this && this.hover(place));
    this.drawBar();
  }

  drawBar() {
    const context = this.bar.getContext("2d");
    for (let i = 0; i < 128; i++) {
      context.fillStyle = `rgb(${heat(i / 127).join(" ")})`;
      context.fillRect(i, 0, 1, 1);
    }
  }

  async load() {
    const grid = this.contents.runs[state.run].grid;
    this.turns = grid && (await turnsOf(grid));
    const cells = grid && (await cellsOf(grid, state.split, state.metric));
    this.node.hidden = !cells;
    this.drawn = cells ? new GridCanvas(this.turns, cells, grid.axis) : null;
    this.pointed = null;
    this.title.textContent = `${state.split} ${state.metric} of each problem after its inner training`;
    if (!this.drawn) return;
    this.low.textContent = shown(this.drawn.low);
    this.high.textContent = shown(this.drawn.high);
    const notes = [this.drawn.trimmed ? "Colours leave out the most extreme percent at each end." : "", "Blank: not logged. Orange: not a finite number.",
      cells?.hidden ? `${counted(cells.hidden, "problem")} logged twice in a meta-step: the last copy is shown.` : "",
      "Drag to zoom; zoomed in far enough, each cell shows its curve."];
    this.note.textContent = notes.filter(Boolean).join(" ");
    this.draw();
  }

  draw() {
    if (!this.drawn || !this.node.isConnected) return;
    const printing = document.documentElement.classList.contains("printing");
    this.drawn.show(state.zoom);
    this.drawn.draw(this.canvas, printing ? PRINTED_WIDTH : Math.max(200, Math.min(this.room.clientWidth, MOST_WIDTH)), this.chosen());
  }

  chosen() {
    return { turn: chosenTurn(/** @type {Turns} */ (this.turns)), problem: state.problem ?? -2, hovered: this.hovered };
  }

  /** @param {number | null} place */
  hover(place) {
    if (place === this.hovered) return;
    this.hovered = place;
    this.draw();
  }

  /** @param {PointerEvent} event */
  moved(event) {
    this.point(this.drawn?.under(event.offsetX, event.offsetY) ?? null);
  }

  /** @param {{turn: number, row: number} | null} pointed */
  point(pointed) {
    this.pointed = pointed;
    this.told.textContent = pointed ? this.describe(pointed) : "";
    const place = pointed ? /** @type {Turns} */ (this.turns).place[pointed.turn] : null;
    this.hover(place);
    hover(Number.isFinite(place ?? NaN) ? place : null, this);
  }

  /** @param {{turn: number, row: number}} pointed */
  describe({ turn, row }) {
    const { cells } = /** @type {GridCanvas} */ (this.drawn);
    const cell = cells.of[turn * cells.problems.length + row];
    const problem = cells.problems[row];
    const value = cell < 0 ? "not logged" : shown(finalValue(cells, cell));
    return `${turnName(/** @type {Turns} */ (this.turns), turn)}, problem ${problem === -1 ? "?" : problem}: ${state.split} ${state.metric} ${value}`;
  }

  /** @param {PointerEvent} event */
  released(event) {
    const from = this.pressed ?? event.offsetX;
    this.pressed = null;
    if (Math.abs(from - event.offsetX) < 6) return this.open();
    const [left, right] = [from, event.offsetX].sort((one, other) => one - other);
    const begin = this.drawn?.under(Math.max(left, MARGIN.left), MARGIN.top), end = this.drawn?.under(right, MARGIN.top);
    if (begin) this.zoomTo(begin.turn, (end ? end.turn : /** @type {GridCanvas} */ (this.drawn).last - 1) + 1);
  }

  open() {
    if (!this.pointed || !this.drawn) return;
    chooseTurn(/** @type {Turns} */ (this.turns), this.pointed.turn, { problem: this.drawn.cells.problems[this.pointed.row] });
  }

  /**
   * Show the meta-steps from one position to another.
   *
   * @param {number} first
   * @param {number} last
   */
  zoomTo(first, last) {
    const turns = /** @type {Turns} */ (this.turns);
    const places = turns.place.slice(Math.max(Math.round(first), 0), Math.min(Math.round(last), turns.place.length)).filter(Number.isFinite);
    if (!places.length) return;
    const [low, high] = quantiles(places, [0, 1]);
    const whole = places.length >= turns.place.filter(Number.isFinite).length;
    change({ zoom: whole ? null : [low - 0.5, high + 0.5] });
  }

  /** @param {number} factor */
  zoomBy(factor) {
    if (!this.drawn) return;
    const { first, last } = this.drawn;
    const turn = this.pointed?.turn ?? chosenTurn(/** @type {Turns} */ (this.turns));
    const middle = turn >= first && turn < last ? turn + 0.5 : (first + last) / 2;
    const half = Math.max(((last - first) * factor) / 2, 0.5);
    this.zoomTo(middle - half, middle + half);
  }

  zoomToCurves() {
    if (!this.drawn) return;
    const many = Math.max(1, Math.floor((/** @type {any} */ (this.drawn.area).width) / (CURVE_WIDTH * 2)));
    const turn = chosenTurn(/** @type {Turns} */ (this.turns));
    const first = Math.max(0, (turn >= 0 ? turn : this.drawn.first) - Math.floor(many / 2));
    this.zoomTo(first, first + many);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.drawn) return;
    const { cells, first, last } = this.drawn;
    const moves = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] });
    const turn = Math.max(chosenTurn(/** @type {Turns} */ (this.turns)), first);
    const now = this.pointed ?? { turn, row: Math.max(cells.problems.indexOf(state.problem ?? -2), 0) };
    if (event.key in moves) {
      const [right, down] = this.pointed ? moves[event.key] : [0, 0];
      this.point({ turn: Math.min(Math.max(now.turn + right, first), last - 1), row: Math.min(Math.max(now.row + down, 0), cells.problems.length - 1) });
    } else if (event.key === "Enter") this.open();
    else if (event.key === "+") this.zoomBy(0.4);
    else if (event.key === "-") this.zoomBy(2.5);
    else if (event.key === "Escape") change({ zoom: null });
    else return;
    event.preventDefault();
  }

  table() {
    const { cells } = /** @type {GridCanvas} */ (this.drawn);
    const turns = /** @type {Turns} */ (this.turns);
    const names = cells.problems.map((problem) => `problem ${problem === -1 ? "?" : problem}`);
    return pagedTable(this.title.textContent, ["meta-step", ...names], cells.turns, (turn) => [
      turnName(turns, turn),
      ...names.map((_, row) => {
        const cell = cells.of[turn * names.length + row];
        return cell < 0 ? "" : shown(finalValue(cells, cell));
      }),
    ]);
  }
}
