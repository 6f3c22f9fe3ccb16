/** Perceptually even and told apart by colour-blind readers: nine stops of matplotlib's viridis. */
const STOPS = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];
/** Stands out from all of them: what has no colour since it isn't finite. */
const SIGNAL = [255, 79, 0];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const PALETTE = 10;

/**
 * Return red, green and blue of a share from 0 to 1.
 *
 * @param {number} share
 */
function heat(share) {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const below = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[below].map((from, i) => Math.round(from + (STOPS[below + 1][i] - from) * (place - below)));
}

/**
 * Return a colour of the style sheet, light or dark as the page is now.
 *
 * @param {string} name
 */
function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Return colour and dashes of the series with that number.
 *
 * @param {number} number
 */
function strokeOf(number) {
  const turn = Math.floor(number / PALETTE);
  return { colour: themed(`series-${number % PALETTE}`), dash: DASHES[turn % DASHES.length] };
}
