/** @param {any} contents */
function diagnostics(contents) {
  const body = el("div", { class: "diagnostics" });
  let code = "";
  const draw = () => {
    const { counts, rows, all } = contents.runs[state.run].diagnostics;
    if (!all) return fill(body, el("p", {}, "None: every line of the log is as it should be."));
    const kept = rows.filter((/** @type {any[]} */ row) => !code || row[2] === code);
    const missing = rows.length < all ? ` Of each code the first thousand are kept: ${counted(rows.length, "diagnostic")} of ${all.toLocaleString("en")} are listed.` : "";
    const options = [["", `all (${rows.length.toLocaleString("en")})`], ...counts.map((/** @type {any[]} */ one) => [one[0], `${one[0]} (${one[3].toLocaleString("en")})`])];
    const chosen = choice("Show", options, code, (value) => {
      code = value;
      draw();
    });
    const meaning = counts.find((/** @type {any[]} */ one) => one[0] === code)?.[2] ?? "";
    return fill(body, el("p", { class: "controls" }, chosen, el("span", { class: "note" }, meaning + missing)),
      pagedTable("Diagnostics", ["line", "code", "what was found", "text of the line", "shown at"], kept.length, (row) => diagnosticCells(kept[row])));
  };
  whenChanged(["run"], () => {
    code = "";
    draw();
  });
  draw();
  return section("Diagnostics", body);
}

/** @param {any[]} row */
function diagnosticCells([line, column, code, severity, message, text, place]) {
  const at = asNumber(place);
  const go = Number.isFinite(at) ? el("button", { type: "button", click: () => change({ at, row: null }) }, shown(at)) : "";
  return [`${line}:${column}`, el("span", { class: `severity ${severity}` }, code), message, el("code", {}, text), go];
}
