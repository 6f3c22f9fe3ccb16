/**
 * Say what the numbers of this file are worth.
 *
 * @param {any} contents
 */
function about(contents) {
  const rounded = [];
  for (const run of contents.runs) {
    const references = run.curves.map((/** @type {any} */ one) => [one.label, one.y]);
    for (const [split, cells] of Object.entries(run.grid?.cells ?? {}))
      for (const [metric, reference] of Object.entries(/** @type {any} */ (cells).values)) references.push([`${split} ${metric} of the grid`, reference]);
    for (const [label, reference] of references)
      if (reference.error) rounded.push(el("li", {}, `${contents.runs.length > 1 ? `${run.name}: ` : ""}${label}: within ${reference.error}`));
  }
  const exact = "Nothing of the runs was left out. Values are shown with six digits";
  return section("About this file",
    el("p", {}, rounded.length ? `${exact}; long columns are stored as 16-bit numbers, the nearest of 65,533 over their range:` : `${exact}, and stored exactly.`),
    rounded.length ? el("ul", {}, ...rounded) : null,
    el("p", { class: "note" }, "Made by metalog. The page makes no request; the address keeps what is shown, so that a link leads to it."));
}
