const HEIGHT = 280;
const PRINTED_WIDTH = 680;
/** Wider screens show no more of a curve. */
const MOST_WIDTH = 2400;
/** Values that can't be placed are marked at the edge. */
const MARK = 4;
/** @type {Set<Plot>} */
const plots = new Set();

/**
 * Curves over one axis, drawn by uPlot, with a legend that tells the values under the pointer.
 *
 * linked: its axis is that of the meta-steps, so that pointer, zoom and choice are those of all views.
 *
 * @typedef {{title: string, axis: string, linked: boolean, curves: () => Curve[], smoothing?: boolean,
 *            marks?: () => {x: number, colour: string}[], dots?: () => {x: number, y: number}[]}} Drawing
 */
class Plot {
  /** @param {Drawing} drawing */
  constructor(drawing) {
    this.drawing = drawing;
    this.room = el("div", {
      class: "plot", tabindex: 0, role: "group", keydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      "aria-label": `${drawing.title} by ${drawing.axis}. Arrow keys move the mark, Enter chooses, Escape shows all.`,
    });
    this.legend = el("div", { class: "legend" });
    this.place = el("output", { class: "place" });
    this.node = el("figure", {}, el("figcaption", {}, drawing.title, this.place), this.room, this.legend);
    /** @type {any} */
    this.chart = null;
    /** @type {Set<number>} */
    this.hidden = new Set();
    this.index = -1;
    /** @type {Curve[]} */
    this.curves = [];
    /** @type {Piece[]} */
    this.pieces = [];
    /** @type {any[]} */
    this.values = [];
    drawing.curves().forEach((curve, number) => curve.hidden && this.hidden.add(number));
    plots.add(this);
  }

  /** Draw anew. */
  draw() {
    if (!this.node.isConnected) return;
    this.chart?.destroy();
    this.curves = this.drawing.curves();
    const log = Boolean(this.drawing.smoothing && state.log);
    const window = this.drawing.smoothing ? state.smooth : 1;
    this.pieces = this.curves.flatMap((curve, number) => piecesOf(curve, number, window, log));
    const data = aligned(this.pieces);
    const dots = this.drawing.dots?.() ?? [];
    this.chart = new uPlot(this.options(log, window > 1, dots), data, this.room);
    this.chart.over.addEventListener("click", () => this.choose());
    this.drawLegend();
    this.zoom();
  }

  /** @param {boolean} log @param {boolean} smooth @param {{x: number, y: number}[]} dots */
  options(log, smooth, dots) {
    const line = { stroke: themed("text"), grid: { stroke: themed("grid"), width: 1 }, ticks: { stroke: themed("grid"), width: 1 } };
    const bands = this.curves.flatMap((curve, number) => (curve.band && !this.hidden.has(number) ? [...Array.from(curve.band.low), ...Array.from(curve.band.high)] : []));
    const values = [...dots.map((dot) => dot.y), ...bands, ...this.pieces.flatMap(besideLine)].filter((value) => Number.isFinite(value) && (!log || value > 0));
    return {
      width: this.width(), height: HEIGHT,
      scales: { x: { time: false, range: widened }, y: { distr: log ? 3 : 1, range: rangeWith(values, log) } },
      axes: [{ ...line, label: this.drawing.axis, labelSize: 24 }, { ...line, size: 64, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => (tick === null ? "" : shown(tick))) }],
      series: [{}, ...this.strokes(smooth)],
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 7 }, y: false },
      hooks: {
        setCursor: [(/** @type {any} */ chart) => this.pointed(chart)],
        setScale: [(/** @type {any} */ chart, /** @type {string} */ key) => key === "x" && this.zoomed(chart)],
        draw: [(/** @type {any} */ chart) => this.drawMarks(chart, dots)],
      },
    };
  }

  /** @param {boolean} smooth */
  strokes(smooth) {
    const pieces = this.pieces;
    const stroke = (/** @type {Piece} */ piece, /** @type {boolean} */ faint) => {
      const curve = this.curves[piece.curve];
      const few = piece.x.length < 60 && !faint;
      return {
        stroke: curve.colour, dash: curve.dash, width: faint ? 0.8 : curve.width, alpha: (faint ? 0.35 : 1) * curve.strength,
        points: { show: few || curve.points, size: 5 }, show: !this.hidden.has(piece.curve), spanGaps: false,
      };
    };
    return [...pieces.map((piece) => stroke(piece, smooth)), ...(smooth ? pieces.map((piece) => stroke(piece, false)) : [])];
  }

  width() {
    if (document.documentElement.classList.contains("printing")) return PRINTED_WIDTH;
    return Math.max(200, Math.min(this.room.clientWidth, MOST_WIDTH));
  }

  /** Fit the width that there is. */
  fit() {
    if (this.chart && this.room.clientWidth && this.chart.width !== this.width()) this.chart.setSize({ width: this.width(), height: HEIGHT });
  }

  drawLegend() {
    const curves = this.curves;
    this.values = curves.map(() => el("span", { class: "value" }));
    fill(this.legend, ...curves.map((curve, number) => {
      const line = el("span", { class: "line" });
      line.style.borderTop = `3px ${curve.dash.length ? "dashed" : "solid"} ${curve.colour}`;
      const button = el("button", {
        type: "button", "aria-pressed": !this.hidden.has(number), title: "Show or hide",
        click: () => this.toggle(number),
      }, line, ` ${curve.label} `, this.values[number]);
      button.setAttribute("aria-pressed", String(!this.hidden.has(number)));
      return button;
    }));
  }

  /** @param {number} number */
  toggle(number) {
    if (!this.hidden.delete(number)) this.hidden.add(number);
    this.draw();
  }

  /** @param {any} chart */
  pointed(chart) {
    const { left, idx } = chart.cursor;
    this.tell(left < 0 || idx === null || idx === undefined ? -1 : idx);
    if (this.drawing.linked) hover(this.index < 0 ? null : chart.data[0][this.index], this);
  }

  /**
   * Tell the values at a place in the data; -1 for none.
   *
   * @param {number} index
   */
  tell(index) {
    this.index = index;
    const x = index < 0 ? NaN : this.chart.data[0][index];
    this.place.textContent = index < 0 ? "" : ` ${this.drawing.axis} ${shown(x)}`;
    this.curves.forEach((_, number) => {
      const found = this.pieces.filter((piece) => piece.curve === number).map((piece) => valueAt(piece, x)).filter((value) => value !== null);
      this.values[number].textContent = index < 0 ? "" : found.map((value) => shown(/** @type {number} */ (value))).join(", ") || "–";
    });
  }

  /**
   * Mark a place that another view points to.
   *
   * @param {number | null} place
   */
  mark(place) {
    if (!this.chart || !this.chart.data[0].length) return;
    const left = place === null ? -10 : this.chart.valToPos(place, "x");
    const there = left >= 0 && left <= this.chart.over.clientWidth;
    this.chart.setCursor({ left: there ? left : -10, top: there ? 1 : -10 }, false);
    this.tell(there ? this.chart.posToIdx(left) : -1);
  }

  choose() {
    if (this.index < 0 || !this.drawing.linked) return;
    change({ at: this.chart.data[0][this.index], row: null });
  }

  /** @param {any} chart */
  zoomed(chart) {
    if (!this.drawing.linked) return;
    const { min, max } = chart.scales.x;
    const x = chart.data[0];
    if (min === null || !x.length) return;
    const [first, last] = widened(chart, x[0], x[x.length - 1]);
    const whole = min <= first && max >= last;
    if (whole && state.zoom === null) return;
    if (!whole && state.zoom && state.zoom[0] === min && state.zoom[1] === max) return;
    queueMicrotask(() => change({ zoom: whole ? null : [min, max] }));
  }

  /** Show what all views show. */
  zoom() {
    if (!this.chart || !this.drawing.linked || !this.chart.data[0].length) return;
    const x = this.chart.data[0];
    const [first, last] = state.zoom ?? widened(null, x[0], x[x.length - 1]);
    this.chart.setScale("x", { min: first, max: last });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const x = this.chart?.data[0];
    if (!x?.length) return;
    const moves = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -x.length, End: x.length });
    if (event.key in moves) {
      const from = this.index < 0 ? (moves[event.key] > 0 ? -1 : x.length) : this.index;
      const index = Math.min(Math.max(from + moves[event.key], 0), x.length - 1);
      this.mark(x[index]);
      this.tell(index);
      if (this.drawing.linked) hover(x[index], this);
    } else if (event.key === "Enter") {
      if (this.index >= 0 && this.drawing.linked) change({ at: x[this.index], row: null });
    } else if (event.key === "Escape") {
      if (this.drawing.linked) change({ zoom: null });
    } else return;
    event.preventDefault();
  }

  /** @param {any} chart @param {{x: number, y: number}[]} dots */
  drawMarks(chart, dots) {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const at = (/** @type {number} */ x) => chart.valToPos(x, "x", true);
    const height = (/** @type {number} */ y) => chart.valToPos(y, "y", true);
    ctx.fillStyle = themed("dots");
    for (const dot of dots) if (Number.isFinite(dot.y)) ctx.fillRect(at(dot.x) - ratio, height(dot.y) - ratio, 3 * ratio, 3 * ratio);
    for (const mark of this.drawing.marks?.() ?? []) {
      ctx.fillStyle = mark.colour;
      ctx.fillRect(at(mark.x) - ratio, bbox.top + bbox.height - 10 * ratio, 2 * ratio, 10 * ratio);
    }
    this.curves.forEach((curve, number) => curve.band && !this.hidden.has(number) && drawBand(ctx, curve, at, height));
    for (const piece of this.pieces) this.drawOdd(chart, piece, at, height);
    if (this.drawing.linked && state.at !== null) {
      ctx.strokeStyle = themed("chosen");
      ctx.lineWidth = 1.5 * ratio;
      ctx.strokeRect(at(state.at), bbox.top - 5, 0, bbox.height + 10);
    }
    ctx.restore();
  }

  /**
   * Mark what is no part of the line: values that aren't finite, at the edge, and those of incomplete meta-steps.
   *
   * @param {any} chart @param {Piece} piece @param {(x: number) => number} at @param {(y: number) => number} height
   */
  drawOdd(chart, piece, at, height) {
    if (this.hidden.has(piece.curve)) return;
    const { ctx, bbox } = chart;
    const curve = this.curves[piece.curve];
    const size = MARK * devicePixelRatio;
    piece.x.forEach((x, i) => {
      if (piece.line[i] !== null || isGap(piece, i)) return;
      const value = piece.value[i];
      ctx.strokeStyle = ctx.fillStyle = Number.isFinite(value) ? curve.colour : themed("signal");
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      if (Number.isFinite(value)) {
        ctx.arc(at(x), height(value), size, 0, 7);
        ctx.stroke();
      } else {
        const y = value === Infinity ? bbox.top + size : bbox.top + bbox.height - size;
        ctx.fillRect(at(x) - size / 2, y - size, size, 2 * size);
      }
    });
  }
}

/** @param {Piece} piece @param {number} i */
function isGap(piece, i) {
  return Boolean(piece.gaps?.has(i));
}

/**
 * Return the value of a piece at a place; null if it has none there.
 *
 * @param {Piece} piece
 * @param {number} x
 */
function valueAt(piece, x) {
  let low = 0, high = piece.x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (piece.x[middle] < x) low = middle + 1;
    else high = middle;
  }
  const tolerance = 1e-6 * Math.abs(piece.x[piece.x.length - 1] - piece.x[0]);
  return piece.x.length && Math.abs(piece.x[low] - x) <= tolerance && !isGap(piece, low) ? piece.value[low] : null;
}

/** Values that stand beside their line, since their meta-step is incomplete. */
/** @param {Piece} piece */
function besideLine(piece) {
  return piece.value.filter((_, i) => piece.line[i] === null);
}

/** @param {any} _ @param {number} min @param {number} max */
function widened(_, min, max) {
  if (min === null || max === null) return [0, 1];
  return min === max ? [min - 0.5, max + 0.5] : [min, max];
}

/** @param {number[]} more @param {boolean} log */
function rangeWith(more, log) {
  const [least, most] = more.length ? quantiles(more, [0, 1]) : [Infinity, -Infinity];
  return (/** @type {any} */ _, /** @type {number | null} */ min, /** @type {number | null} */ max) => {
    const low = Math.min(min ?? Infinity, least);
    const high = Math.max(max ?? -Infinity, most);
    if (!(low <= high)) return log ? [0.1, 1] : [0, 1];
    if (log) return low === high ? [low / 2, high * 2] : [low, high];
    const room = (high / 20 - low / 20) || Math.abs(high) / 10 || 0.5;
    return [Math.max(low - room, -Number.MAX_VALUE / 4), Math.min(high + room, Number.MAX_VALUE / 4)];
  };
}
