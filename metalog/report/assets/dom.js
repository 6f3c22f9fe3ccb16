/**
 * Make an element. Texts become text nodes and are never read as markup.
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes] functions are listeners of the event of that name
 * @param {...(Node | string | number | null)} children
 * @returns {any}
 */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) node.append(typeof child === "number" ? String(child) : child);
  return node;
}

/**
 * Make a section with a heading; the bar above leads to it.
 *
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
function section(title, ...children) {
  const id = `section-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), ...children);
}

/**
 * Make a select.
 *
 * @param {string} label
 * @param {[string, string][]} options value and text of each
 * @param {string} chosen
 * @param {(value: string) => void} change
 */
function choice(label, options, chosen, change) {
  const select = el("select", { change: () => change(select.value) });
  for (const [value, text] of options) select.append(el("option", { value, selected: value === chosen }, text));
  return el("label", {}, `${label} `, select);
}

/**
 * Replace what a node holds.
 *
 * @param {Element} node
 * @param {...(Node | string | null)} children
 */
function fill(node, ...children) {
  node.replaceChildren(.../** @type {(Node | string)[]} */ (children.filter((child) => child !== null)));
}
