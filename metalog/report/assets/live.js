/** The user is left alone for so long after a key, a click or a move. */
const REST = 1500;

/** Load the page anew while the run goes on, at the same place. */
function live() {
  const seconds = Number(document.body.dataset.reload);
  if (!seconds) return null;
  const on = el("input", { type: "checkbox", checked: true });
  let touched = 0;
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(name, () => (touched = Date.now()), { passive: true });
  setInterval(() => {
    if (!on.checked || document.hidden || Date.now() - touched < REST) return;
    history.replaceState({ scroll: scrollY }, "");
    location.reload();
  }, seconds * 1000);
  return el("label", { class: "live" }, on, " live");
}

/** Go to where the page was before it loaded itself anew. */
function restoreScroll() {
  const kept = history.state?.scroll;
  if (typeof kept === "number") scrollTo(0, kept);
}
