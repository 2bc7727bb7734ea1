/** The colours of style.css as scripts need them for what they draw: resolved for the light or dark in force. */

const probe = document.createElement("span");
probe.hidden = true;

/**
 * @param {string} name a token of style.css, such as `--accent`
 * @returns {string} the colour as CSS writes it, such as `rgb(36, 80, 207)`
 */
export function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** Calls back at once and whenever light turns to dark or back. */
export function withColours(draw) {
  document.addEventListener("themechange", draw);
  draw();
}
