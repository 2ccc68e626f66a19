/**
 * Elements without markup in strings: whatever a bundle says becomes text, never HTML.
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | Node | null | undefined | false} Child */

/** @param {string} name @param {{[attribute: string]: string | number | boolean}} attributes @param {...Child} children @returns {HTMLElement} */
export function el(name, attributes = {}, ...children) {
  return /** @type {HTMLElement} */ (filled(document.createElement(name), attributes, children));
}

/** @param {string} name @param {{[attribute: string]: string | number | boolean}} attributes @param {...Child} children @returns {SVGElement} */
export function svg(name, attributes = {}, ...children) {
  return /** @type {SVGElement} */ (filled(document.createElementNS(SVG, name), attributes, children));
}

/** @template {Element} T @param {T} element @param {{[attribute: string]: string | number | boolean}} attributes @param {Child[]} children */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Returns the element of an id, which the page has.
 * @template {HTMLElement} [T=HTMLElement] @param {string} id */
export const byId = (id) => /** @type {T} */ (document.getElementById(id));
