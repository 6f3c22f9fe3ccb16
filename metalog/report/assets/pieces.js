/**
 * A curve as it is drawn. complete: which values may be joined and smoothed; all if null. band: what is shaded about it.
 *
 * @typedef {{label: string, x: ArrayLike<number>, y: ArrayLike<number>, segment: ArrayLike<number> | null,
 *            complete: ArrayLike<number> | null, colour: string, dash: number[], width: number, points: boolean,
 *            strength: number, hidden?: boolean, band?: {low: ArrayLike<number>, high: ArrayLike<number>}}} Curve
 */
/**
 * A stretch of a curve in which x only rises: `value` is what is shown of each place, `line` what is joined.
 *
 * @typedef {{curve: number, x: number[], value: number[], line: (number | null)[], smooth: (number | null)[] | null,
 *            gaps?: Set<number>}} Piece
 */

/** A step this much longer than usual is a gap. */
const GAP = 1.5;

/**
 * Cut a curve into pieces, one a segment of the log.
 *
 * @param {Curve} curve
 * @param {number} number
 * @param {number} window
 * @param {boolean} log
 * @returns {Piece[]}
 */
function piecesOf(curve, number, window, log) {
  /** @type {Map<number, number[]>} */
  const segments = new Map();
  for (let i = 0; i < curve.y.length; i++) {
    if (Number.isNaN(curve.x[i])) continue;
    const key = curve.segment ? curve.segment[i] : 0;
    const rows = segments.get(key);
    if (rows) rows.push(i);
    else segments.set(key, [i]);
  }
  return [...segments.values()].map((rows) => {
    if (rows.some((row, i) => i > 0 && curve.x[row] < curve.x[rows[i - 1]])) rows.sort((a, b) => curve.x[a] - curve.x[b]);
    const x = rows.map((row) => curve.x[row]);
    const value = rows.map((row) => curve.y[row]);
    const counts = value.map((one, i) => (curve.complete && !curve.complete[rows[i]] ? NaN : one));
    const placed = (/** @type {number[]} */ values) =>
      values.map((one) => (Number.isFinite(one) && (!log || one > 0) ? one : null));
    const smooth = window > 1 ? placed(smoothed(counts, window)) : null;
    return withGaps({ curve: number, x, value, line: placed(counts), smooth });
  });
}

/**
 * Break a piece where places are missing.
 *
 * @param {Piece} piece
 * @returns {Piece}
 */
function withGaps(piece) {
  const steps = piece.x.slice(1).map((x, i) => x - piece.x[i]).filter((step) => step > 0);
  const usual = quantiles(steps, [0.5])[0];
  if (!steps.some((step) => step > GAP * usual)) return piece;
  /** @type {Piece} */
  const broken = { curve: piece.curve, x: [], value: [], line: [], smooth: piece.smooth && [], gaps: new Set() };
  piece.x.forEach((x, i) => {
    if (i > 0 && x - piece.x[i - 1] > GAP * usual) {
      broken.gaps?.add(broken.x.length);
      broken.x.push((x + piece.x[i - 1]) / 2);
      broken.value.push(NaN);
      broken.line.push(null);
      broken.smooth?.push(null);
    }
    broken.x.push(x);
    broken.value.push(piece.value[i]);
    broken.line.push(piece.line[i]);
    broken.smooth?.push(/** @type {number[]} */ (piece.smooth)[i]);
  });
  return broken;
}

/**
 * Put pieces over one common x, as uPlot wants them.
 *
 * @param {Piece[]} pieces
 * @returns {any[]} x, then the line of each piece, then the smooth line of each that has one
 */
function aligned(pieces) {
  const lines = [...pieces.map((piece) => piece.line), ...pieces.flatMap((piece) => (piece.smooth ? [piece.smooth] : []))];
  const own = [...pieces, ...pieces.filter((piece) => piece.smooth)].map((piece) => piece.x);
  if (own.every((x) => x.length === own[0].length && x.every((place, i) => place === own[0][i]))) return [own[0] ?? [], ...lines];
  return uPlot.join(lines.map((line, i) => [apart(own[i]), line]));
}

/**
 * Move places that come twice apart by next to nothing: joined, one of them would be lost.
 *
 * @param {number[]} x
 */
function apart(x) {
  const least = (x[x.length - 1] - x[0]) * 1e-9;
  const moved = x.slice();
  for (let i = 1; i < moved.length; i++) if (moved[i] <= moved[i - 1]) moved[i] = moved[i - 1] + least;
  return moved;
}

/**
 * Shade what lies between the edges of a curve's band, where it has both.
 *
 * @param {any} ctx @param {Curve} curve @param {(x: number) => number} at @param {(y: number) => number} height
 */
function drawBand(ctx, curve, at, height) {
  const { low, high } = /** @type {{low: ArrayLike<number>, high: ArrayLike<number>}} */ (curve.band);
  ctx.fillStyle = curve.colour;
  ctx.globalAlpha = 0.18;
  for (let i = 0; i < low.length; i++) {
    const from = i;
    while (i < low.length && Number.isFinite(low[i]) && Number.isFinite(high[i])) i++;
    if (i === from) continue;
    ctx.beginPath();
    for (let k = from; k < i; k++) ctx.lineTo(at(curve.x[k]), height(high[k]));
    for (let k = i - 1; k >= from; k--) ctx.lineTo(at(curve.x[k]), height(low[k]));
    if (i - from === 1) ctx.rect(at(curve.x[from]) - 1.5, height(high[from]), 3, height(low[from]) - height(high[from]));
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}
