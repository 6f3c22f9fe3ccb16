async function main() {
  const begun = performance.now();
  const root = /** @type {HTMLElement} */ (document.getElementById("report"));
  if (typeof DecompressionStream === "undefined") return void fill(root, el("p", {}, "This browser is too old to unpack the page's data: it needs DecompressionStream."));
  const contents = JSON.parse(await unpack({ blob: Number(document.body.dataset.contents), kind: "text", size: 0 }));
  Object.assign(state, readFragment(contents.runs.length));
  const axis = contents.runs.find((/** @type {any} */ run) => run.grid)?.grid.axis ?? contents.panels[0]?.axis ?? "";
  const nested = contents.runs.some((/** @type {any} */ run) => run.grid);
  const views = nested ? [new GridView(contents), new ProblemView(contents), new MetaValidationView(contents), new AdaptationView(contents)] : [];
  const parts = [
    overview(contents), contents.runs.length > 1 ? comparison(contents) : null, contents.settings.length ? await settings(contents, axis) : null, contents.panels.length ? await curves(contents, axis) : null,
    ...views.map((view) => view.node), diagnostics(contents), about(contents),
  ].filter((part) => part !== null);
  fill(root, heading(contents, nested, parts), ...parts);
  follow(views);
  await Promise.all(views.map((view) => view.load()));
  for (const plot of plots) if (!plot.chart) plot.draw();
  restoreScroll();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
  document.documentElement.dataset.script = String(Math.round(performance.now() - begun));
}

/** @param {any} contents @param {boolean} nested @param {any[]} parts */
function heading(contents, nested, parts) {
  const links = parts.map((part) => el("button", { type: "button", class: "link", click: () => part.scrollIntoView() }, part.querySelector("h2").textContent));
  const runs = contents.runs.map((/** @type {any} */ run, /** @type {number} */ number) => [String(number), run.name]);
  const bar = el("div", { class: "bar" });
  const draw = () => fill(bar,
    runs.length > 1 ? choice("Run", runs, String(state.run), (value) => change({ run: Number(value), at: null, row: null, problem: null })) : null,
    nested ? choice("Metric", [["loss", "loss"], ["accuracy", "accuracy"]], state.metric, (value) => change({ metric: /** @type {any} */ (value) })) : null,
    nested ? choice("Split", [["validation", "validation"], ["train", "train"]], state.split, (value) => change({ split: /** @type {any} */ (value) })) : null);
  whenChanged(["run"], draw);
  draw();
  return el("header", {}, el("h1", {}, contents.title), el("nav", { "aria-label": "Views" }, ...links), bar, live());
}

/** Draw anew whatever changes the look of everything: the window, light and dark, the printer, the address. */
/** @param {any[]} views */
function follow(views) {
  const redraw = () => {
    for (const plot of plots) plot.draw();
    for (const view of views) if (view instanceof GridView) view.draw();
  };
  const printing = (/** @type {boolean} */ on) => {
    document.documentElement.classList.toggle("printing", on);
    redraw();
  };
  whenChanged(["smooth", "log", "run"], () => plots.forEach((plot) => plot.drawing.smoothing && plot.draw()));
  whenChanged(["zoom"], () => plots.forEach((plot) => plot.zoom()));
  whenChanged(["at"], () => plots.forEach((plot) => plot.drawing.linked && plot.chart?.redraw(false)));
  hoverListeners.push((place, from) => plots.forEach((plot) => plot !== from && plot.drawing.linked && plot.mark(place)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    plots.forEach((plot) => plot.fit());
    for (const view of views) if (view instanceof GridView) view.draw();
  });
}

void main();
