// Elements from scripts. Words of others always come in as text, never as HTML.

export const find = (id) => document.getElementById(id);

/** An element with properties, `class` and `aria-…`, `data-…` and `role` among them, and what it holds. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (/^(aria-|data-|role$)/.test(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Sets a text only where it is another: what has not changed is not painted, and not said again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What a `Refused` (room.js) says, as a sentence. */
export function sentence({ message, code }) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)} (${code})`;
}
