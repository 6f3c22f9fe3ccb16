/**
 * A line and a band for each setting: the mean over its seeds, and the 95 % interval of it.
 *
 * @param {any} contents
 * @param {string} main the axis that all views share
 */
async function settings(contents, main) {
  const made = await Promise.all(contents.settings.map(async (/** @type {any} */ panel) => {
    const own = await Promise.all(panel.settings.map(loadedSetting));
    const curves = () => own.map(styledSetting);
    const plot = new Plot({ title: panel.title, axis: panel.axis, linked: panel.axis === main, curves });
    return [plot.node, numbersBehind(() => settingTable(panel, own))];
  }));
  const note = "Lines: means over the seeds of a setting. Bands: 95 % intervals of them at each place, where three seeds or more have a value there.";
  return section("Settings", el("p", { class: "note" }, note), ...made.flat());
}

/** @param {any} one */
async function loadedSetting(one) {
  const [x, value, low, high, seeds] = await Promise.all([one.x, one.value, one.low, one.high, one.seeds].map(unpack));
  return { label: one.label, runs: one.runs, x, value, low, high, seeds };
}

/** @param {any} one @param {number} number @returns {Curve} */
function styledSetting(one, number) {
  const stroke = strokeOf(number);
  return {
    label: `${one.label} (${counted(one.runs, "seed")})`, x: one.x, y: one.value, segment: null, complete: null, ...stroke,
    points: false, width: 2, strength: 1, band: { low: one.low, high: one.high },
  };
}

/** @param {any} panel @param {any[]} own */
function settingTable(panel, own) {
  const rows = own.flatMap((one) => Array.from(one.x, (_, i) => [one, i]));
  return pagedTable(panel.title, ["setting", panel.axis, "mean", "low", "high", "seeds"], rows.length, (row) => {
    const [one, i] = rows[row];
    return [one.label, ...[one.x, one.value, one.low, one.high].map((values) => shown(values[i])), String(one.seeds[i])];
  });
}
