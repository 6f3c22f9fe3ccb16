const WINDOWS = [1, 3, 5, 11, 21, 51, 101, 201, 501, 1001];

/**
 * Return the mean of each value and those around it, over a window; as `metalog.stats.smooth` with "centred:N": what
 * isn't finite stays what it is, and enters no other mean.
 *
 * @param {ArrayLike<number>} values
 * @param {number} window
 * @returns {number[]}
 */
function smoothed(values, window) {
  const all = Array.from(values);
  const sums = windowSums(all.map((value) => (Number.isFinite(value) ? value : 0)), window);
  const known = windowSums(all.map((value) => (Number.isFinite(value) ? 1 : 0)), window);
  return all.map((value, i) => (Number.isFinite(value) ? sums[i] / known[i] : value));
}

/**
 * Sum the values around each place, of an even number one more before it than behind, put together from blocks of 1, 2, 4, …: nothing is subtracted, so that one huge
 * value doesn't wipe out the digits of those behind it.
 *
 * @param {number[]} values
 * @param {number} window
 */
function windowSums(values, window) {
  const ahead = Math.min(Math.floor((window - 1) / 2), values.length);
  const length = values.length + ahead;
  const width = Math.min(window, length);
  const total = new Float64Array(length);
  let block = new Float64Array(length);
  block.set(values);
  for (let size = 1, covered = 0; covered < width; size *= 2) {
    if (width & size) {
      for (let i = covered; i < total.length; i++) total[i] += block[i - covered];
      covered += size;
    }
    const twice = block.slice();
    for (let i = size; i < twice.length; i++) twice[i] += block[i - size];
    block = twice;
  }
  return total.subarray(ahead);
}
