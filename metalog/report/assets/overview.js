/** @param {any} contents */
function overview(contents) {
  const body = el("div", { class: "columns" });
  const draw = () => {
    const run = contents.runs[state.run];
    const facts = el("dl", { class: "facts" });
    for (const [name, text] of run.facts) facts.append(el("dt", {}, name), el("dd", {}, text));
    fill(body, el("div", {}, el("h3", {}, run.name), facts), configuration(run.config));
  };
  whenChanged(["run"], draw);
  draw();
  return section("Overview", body);
}

/** @param {[string, string][]} config */
function configuration(config) {
  if (!config.length) return el("p", { class: "note" }, "The log tells no configuration.");
  const rows = config.map(([name, text]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, text)));
  return el("details", { class: "configuration", open: config.length <= 12 }, el("summary", {}, `Configuration: ${counted(config.length, "setting")}`),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Configuration" }, el("table", {}, el("tbody", {}, ...rows))));
}
