const PAGE = 200;

/**
 * Make a table that shows so many rows at a time.
 *
 * @param {string} caption
 * @param {string[]} columns
 * @param {number} rows
 * @param {(row: number) => (string | Node)[]} cells
 */
function pagedTable(caption, columns, rows, cells) {
  const body = el("tbody");
  const place = el("span", { "aria-live": "polite" });
  let first = 0;
  const show = (/** @type {number} */ from) => {
    first = Math.min(Math.max(from, 0), Math.max(rows - 1, 0));
    first -= first % PAGE;
    const last = Math.min(first + PAGE, rows);
    const made = [];
    for (let row = first; row < last; row++) made.push(el("tr", {}, ...cells(row).map((cell) => el("td", {}, cell))));
    fill(body, ...made);
    place.textContent = ` ${(rows ? first + 1 : 0).toLocaleString("en")}–${last.toLocaleString("en")} of ${rows.toLocaleString("en")} `;
  };
  show(0);
  const head = el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name))));
  const pages = rows > PAGE && el("p", { class: "pages" },
    el("button", { type: "button", click: () => show(first - PAGE) }, "Previous"), place,
    el("button", { type: "button", click: () => show(first + PAGE) }, "Next"));
  return el("div", {}, pages || null,
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      el("table", {}, el("caption", {}, caption), head, body)));
}

/**
 * Make the table behind a figure: the numbers that it draws, made when somebody opens it.
 *
 * @param {() => Node | Promise<Node>} make
 */
function numbersBehind(make) {
  const inside = el("div");
  const details = el("details", {
    class: "numbers",
    toggle: async () => {
      if (details.open) fill(inside, await make());
      else fill(inside);
    },
  }, el("summary", {}, "Numbers of this figure"), inside);
  return details;
}
