const MARGIN = { left: 44, right: 20, top: 4, bottom: 34 };
/** A cell of so many pixels shows its curve. */
const CURVE_WIDTH = 26, CURVE_HEIGHT = 14;
const LEAST_ROW = 3, USUAL_ROW = 34, MOST_GRID = 560;
/** A browser's canvas has no more columns. */
const MOST_COLUMNS = 16384;
/** Of so many values or more the colours leave out the most extreme percent at each end: else one spike takes them all. */
const ENOUGH_TO_TRIM = 200;

/**
 * Draws cells as colours, a column a meta-step and a row a problem; where there is room, with their curves.
 */
class GridCanvas {
  /** @param {Turns} turns @param {CellData} cells @param {string} axis */
  constructor(turns, cells, axis) {
    this.turns = turns;
    this.cells = cells;
    this.axis = axis;
    this.low = this.high = this.least = this.most = NaN;
    this.rows = Math.max(cells.problems.length, 1);
    const finals = Float64Array.from(cells.of, (cell) => (cell < 0 ? NaN : finalValue(cells, cell)));
    const trimmed = finals.filter(Number.isFinite).length >= ENOUGH_TO_TRIM;
    this.trimmed = trimmed;
    const [low, high] = quantiles(finals, trimmed ? [0.01, 0.99] : [0, 1]);
    const [least, most] = this.curveRange();
    Object.assign(this, { low, high, least, most });
    this.images = this.paint(finals);
    this.first = 0;
    this.last = cells.turns;
  }

  /** Where the curves in the cells end: between the outer percents of a sample of all values. */
  curveRange() {
    const every = Math.ceil(this.cells.values.length / 20000) || 1;
    return quantiles(this.cells.values.filter((_, i) => i % every === 0), [0.01, 0.99]);
  }

  /**
   * Colour every cell, one pixel each, in canvases that a browser can hold.
   *
   * @param {Float64Array} finals
   */
  paint(finals) {
    const images = [];
    for (let from = 0; from < this.cells.turns; from += MOST_COLUMNS) {
      const columns = Math.min(MOST_COLUMNS, this.cells.turns - from);
      const canvas = el("canvas", { width: columns, height: this.rows });
      const context = canvas.getContext("2d");
      const image = context.createImageData(columns, this.rows);
      for (let column = 0; column < columns; column++)
        for (let row = 0; row < this.cells.problems.length; row++) {
          const place = (from + column) * this.rows + row;
          if (this.cells.of[place] >= 0) image.data.set([...this.colour(finals[place]), 255], 4 * (row * columns + column));
        }
      context.putImageData(image, 0, 0);
      images.push({ canvas, from, columns });
    }
    return images;
  }

  /** @param {number} value */
  colour(value) {
    if (!Number.isFinite(value)) return SIGNAL;
    return heat(this.high > this.low ? (value - this.low) / (this.high - this.low) : 0.5);
  }

  /** @param {number} width in pixels of the page */
  height(width) {
    const row = Math.min(Math.max(MOST_GRID / this.rows, LEAST_ROW), width < 500 ? 22 : USUAL_ROW);
    return Math.round(row * this.rows) + MARGIN.top + MARGIN.bottom;
  }

  /**
   * Show the meta-steps whose places are in a range; all if null.
   *
   * @param {[number, number] | null} zoom
   */
  show(zoom) {
    const inside = (/** @type {number} */ place) => zoom === null || (place >= zoom[0] && place <= zoom[1]);
    const first = this.turns.place.findIndex(inside);
    this.first = zoom === null || first < 0 ? 0 : first;
    this.last = zoom === null || first < 0 ? this.cells.turns : this.turns.place.findLastIndex(inside) + 1;
  }

  /** @param {HTMLCanvasElement} canvas @param {number} width @param {{turn: number, problem: number, hovered: number | null}} chosen */
  draw(canvas, width, chosen) {
    const ratio = devicePixelRatio, height = this.height(width);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.scale(ratio, ratio);
    this.area = { x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    this.drawColours(context);
    this.drawCurves(context);
    this.drawLabels(context);
    this.drawMarks(context, chosen);
  }

  /** The width of a column and the height of a row. */
  size() {
    const { width, height } = /** @type {any} */ (this.area);
    return [width / Math.max(this.last - this.first, 1), height / this.rows];
  }

  /** @param {CanvasRenderingContext2D} context */
  drawColours(context) {
    const { x, y, height } = /** @type {any} */ (this.area);
    const [columnWidth] = this.size();
    context.imageSmoothingEnabled = columnWidth < 1; // several in a pixel: their mean; zooming in shows each
    context.imageSmoothingQuality = "high";
    context.globalAlpha = this.showsCurves() ? 0.35 : 1;
    for (const { canvas, from, columns } of this.images) {
      const begin = Math.max(this.first, from), end = Math.min(this.last, from + columns);
      if (begin >= end) continue;
      const slices = [[begin - from, 0, end - begin, this.rows], [x + (begin - this.first) * columnWidth, y, (end - begin) * columnWidth, height]];
      context.drawImage(canvas, .../** @type {[any, any, any, any, any, any, any, any]} */ (slices.flat()));
    }
    context.globalAlpha = 1;
  }

  showsCurves() {
    const [width, height] = this.size();
    return width >= CURVE_WIDTH && height >= CURVE_HEIGHT && this.most >= this.least;
  }

  /** @param {CanvasRenderingContext2D} context */
  drawCurves(context) {
    if (!this.showsCurves()) return;
    const { x, y } = /** @type {any} */ (this.area);
    const [width, height] = this.size();
    context.strokeStyle = themed("text");
    context.lineWidth = 1;
    for (let turn = this.first; turn < this.last; turn++)
      for (let row = 0; row < this.rows; row++) {
        const cell = this.cells.of[turn * this.rows + row];
        if (cell >= 0) this.drawCurve(context, cell, x + (turn - this.first) * width, y + row * height, width, height);
      }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} cell @param {number} x @param {number} y @param {number} width @param {number} height */
  drawCurve(context, cell, x, y, width, height) {
    const from = this.cells.start[cell], count = this.cells.stop(cell) - from;
    context.save();
    context.beginPath();
    context.rect(x + 1, y + 1, width - 2, height - 2);
    context.clip();
    context.beginPath();
    let joined = false;
    for (let i = 0; i < count; i++) {
      const value = this.cells.values[from + i];
      const left = x + 3 + ((width - 6) * i) / Math.max(count - 1, 1);
      const top = y + height - 3 - ((height - 6) * (value - this.least)) / (this.most - this.least || 1);
      if (!Number.isFinite(value)) joined = false;
      else if (joined) context.lineTo(left, top);
      else context.moveTo(left, top), (joined = true);
    }
    context.stroke();
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context */
  drawLabels(context) {
    const { x, y, width, height } = /** @type {any} */ (this.area);
    const [columnWidth, rowHeight] = this.size();
    context.fillStyle = themed("text");
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    const everyRow = Math.ceil(14 / rowHeight);
    this.cells.problems.forEach((problem, row) => {
      if (row % everyRow === 0) context.fillText(problem === -1 ? "?" : String(problem), x - 6, y + (row + 0.5) * rowHeight);
    });
    context.textAlign = "center";
    context.textBaseline = "top";
    const everyColumn = niceStep((this.last - this.first) / Math.max(width / 70, 1));
    for (let turn = this.first; turn < this.last; turn++) {
      const place = this.turns.place[turn];
      if (Number.isFinite(place) && (this.last - this.first <= 2 || place % everyColumn === 0)) context.fillText(shown(place), x + (turn - this.first + 0.5) * columnWidth, y + height + 3);
    }
    context.fillText(this.axis, x + width / 2, y + height + 18);
  }

  /** @param {CanvasRenderingContext2D} context @param {{turn: number, problem: number, hovered: number | null}} chosen */
  drawMarks(context, { turn, problem, hovered }) {
    const { x, y, height } = /** @type {any} */ (this.area);
    const [width, rowHeight] = this.size();
    const frame = (/** @type {number} */ of, /** @type {number} */ top, /** @type {number} */ tall, /** @type {string} */ colour, /** @type {number} */ line) => {
      if (of < this.first || of >= this.last) return;
      context.strokeStyle = themed(colour);
      context.lineWidth = line;
      context.strokeRect(x + (of - this.first) * width, top, Math.max(width, 1), tall);
    };
    if (hovered !== null) this.turns.place.forEach((place, of) => place === hovered && frame(of, y, height, "text", 1));
    frame(turn, y, height, "chosen", 1.5);
    const row = this.cells.problems.indexOf(problem);
    if (row >= 0) frame(turn, y + row * rowHeight, rowHeight, "chosen", 3);
  }

  /**
   * Return the meta-step and the row under a point; null outside.
   *
   * @param {number} left
   * @param {number} top
   */
  under(left, top) {
    const { x, y, width, height } = /** @type {any} */ (this.area);
    if (left < x || left >= x + width || top < y || top >= y + height) return null;
    const [columnWidth, rowHeight] = this.size();
    return { turn: this.first + Math.floor((left - x) / columnWidth), row: Math.floor((top - y) / rowHeight) };
  }
}

/**
 * Return a round number not below another: 1, 2, 5, 10, …
 *
 * @param {number} least
 */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}
