/**
 * What a page shows, by its address: `#/name`. The stroke sets it apart from the places within a page, such as `#main`, which
 * "Skip to the content" leads to.
 */

/** @returns {string} the name; empty where the address has none */
export function addressed() {
  if (!location.hash.startsWith("#/")) return "";
  try { return decodeURIComponent(location.hash.slice(2)); } catch { return ""; } // not what a link here ever says
}

/** Whether the address leads to a place within the page, and is nothing about what the page shows. */
export function isPlace() {
  return location.hash !== "" && !location.hash.startsWith("#/");
}

/** The fragment that {@link addressed} reads. */
export function fragment(name) {
  return `#/${encodeURIComponent(name)}`;
}
