/**
 * The inner training of a run, unpacked: its meta-steps (by their place in the log), and the cells of a split.
 *
 * @typedef {{place: Float64Array, meta_epoch: Int32Array, meta_step: Int32Array, segment: Int32Array, complete: Int32Array}} Turns
 * @typedef {{problems: number[], of: Int32Array, start: Int32Array, stop: (cell: number) => number, values: Float64Array,
 *            counters: Record<string, Int32Array>, alike: boolean, turns: number, hidden: number}} CellData
 */

/** @param {any} grid @returns {Promise<Turns>} */
async function turnsOf(grid) {
  const names = ["place", "meta_epoch", "meta_step", "segment", "complete"];
  const found = await Promise.all(names.map((name) => unpack(grid[name])));
  return /** @type {any} */ (Object.fromEntries(names.map((name, i) => [name, found[i]])));
}

/**
 * Return the cells of a split: `of[turn * problems + problem]` is the number of one, or -1.
 *
 * @param {any} grid
 * @param {string} split
 * @param {string} metric
 * @returns {Promise<CellData | null>}
 */
async function cellsOf(grid, split, metric) {
  const own = grid.cells[split];
  if (!own) return null;
  const [turn, problem, start, values] = await Promise.all([unpack(own.turn), unpack(own.problem), unpack(own.start), unpack(own.values[metric])]);
  const names = Object.keys(own.counters);
  const numbers = await Promise.all(names.map((name) => unpack(own.counters[name])));
  const problems = /** @type {number[]} */ ([...new Set(problem)].sort((one, other) => one - other));
  const column = new Map(problems.map((number, place) => [number, place]));
  const turns = grid.place.size;
  const of = new Int32Array(turns * problems.length).fill(-1);
  let hidden = 0;
  for (let cell = 0; cell < start.length; cell++) {
    const place = turn[cell] * problems.length + Number(column.get(problem[cell]));
    if (of[place] >= 0) hidden++;
    of[place] = cell;
  }
  const stop = (/** @type {number} */ cell) => (cell + 1 < start.length ? start[cell + 1] : own.rows);
  return { problems, of, start, stop, values, alike: own.alike, turns, hidden, counters: Object.fromEntries(names.map((name, i) => [name, numbers[i]])) };
}

/**
 * Return the last value of a cell, as the curves take it.
 *
 * @param {CellData} cells
 * @param {number} cell
 */
function finalValue(cells, cell) {
  return cells.values[cells.stop(cell) - 1];
}

/**
 * Return the numbers of a row of a cell, such as its epoch and step.
 *
 * @param {CellData} cells
 * @param {number} cell
 * @param {number} row
 * @param {string} counter
 */
function counterAt(cells, cell, row, counter) {
  return cells.counters[counter][cells.alike ? row - cells.start[cell] : row];
}

/**
 * Return the position of the meta-step that is chosen: -1 for none.
 *
 * @param {Turns} turns
 */
function chosenTurn(turns) {
  if (state.row !== null && state.row >= 0 && state.row < turns.place.length) return state.row;
  return state.at === null ? -1 : turns.place.lastIndexOf(state.at);
}

/**
 * Choose a meta-step by its position; the address tells its number if that says which it is.
 *
 * @param {Turns} turns
 * @param {number} turn
 * @param {Partial<State>} [more]
 */
function chooseTurn(turns, turn, more = {}) {
  const place = turns.place[turn];
  const told = turns.place.lastIndexOf(place) === turn;
  change({ at: Number.isNaN(place) ? null : place, row: told ? null : turn, ...more });
}

/**
 * Name a meta-step.
 *
 * @param {Turns} turns
 * @param {number} turn
 */
function turnName(turns, turn) {
  const lost = (/** @type {number} */ number) => (number === -1 ? "?" : String(number));
  const several = turns.meta_epoch[0] !== turns.meta_epoch[turns.meta_epoch.length - 1];
  const place = turns.place[turn];
  const inner = several ? ` (meta-epoch ${lost(turns.meta_epoch[turn])}, ${lost(turns.meta_step[turn])})` : "";
  const again = turns.segment[turn] ? `, segment ${turns.segment[turn]}` : "";
  return `meta-step ${Number.isNaN(place) ? "?" : shown(place)}${inner}${again}${turns.complete[turn] ? "" : ", incomplete"}`;
}
