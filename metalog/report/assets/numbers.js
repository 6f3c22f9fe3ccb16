const DIGITS = 6;

/**
 * Read a number of the contents: JSON has no word for what isn't finite.
 *
 * @param {number | string | null} value
 * @returns {number}
 */
function asNumber(value) {
  if (typeof value === "number") return value;
  return value === "inf" ? Infinity : value === "-inf" ? -Infinity : NaN;
}

/**
 * Write a number as a reader wants it.
 *
 * @param {number} value
 * @returns {string}
 */
function shown(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(Number(value.toPrecision(DIGITS)));
}

/**
 * Write a count with its noun.
 *
 * @param {number} number
 * @param {string} noun
 */
function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * Return the values below which the given shares of the finite values are.
 *
 * @param {ArrayLike<number>} values
 * @param {number[]} shares
 * @returns {number[]}
 */
function quantiles(values, shares) {
  const finite = Float64Array.from(values).filter(Number.isFinite).sort();
  return shares.map((share) => (finite.length ? finite[Math.round(share * (finite.length - 1))] : NaN));
}

/**
 * Return the mean of all values: nan or inf if one of them is.
 *
 * @param {number[]} values
 */
function meanOf(values) {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
