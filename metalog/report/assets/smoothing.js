const WINDOWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * Return the mean of each value and those before it, over a window; as `metalog.stats.smooth` with "mean:N": what isn't
 * finite stays what it is, and enters no other mean.
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
 * Sum the last values at each place, put together from blocks of 1, 2, 4, …: nothing is subtracted, so that one huge
 * value doesn't wipe out the digits of those behind it.
 *
 * @param {number[]} values
 * @param {number} window
 */
function windowSums(values, window) {
  const width = Math.min(window, values.length);
  const total = new Float64Array(values.length);
  let block = Float64Array.from(values);
  for (let size = 1, covered = 0; covered < width; size *= 2) {
    if (width & size) {
      for (let i = covered; i < total.length; i++) total[i] += block[i - covered];
      covered += size;
    }
    const twice = block.slice();
    for (let i = size; i < twice.length; i++) twice[i] += block[i - size];
    block = twice;
  }
  return total;
}
