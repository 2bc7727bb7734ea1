/** Numbers and times as the pages write them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count or a rate: tenths below ten, thousands apart. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  return value !== 0 && Math.abs(value) < 10 && !Number.isInteger(value) ? tenths.format(value) : whole.format(value);
}

/** Bytes as `[number, unit]`, in powers of a thousand. */
export function bytes(value) {
  if (!Number.isFinite(value)) return ["–", "B"];
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return [unit === 0 ? whole.format(value) : value < 100 ? tenths.format(value) : whole.format(value), units[unit]];
}

/** A time of the day, to the second. */
export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

/** How long ago, in one or two words. */
export function ago(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1.5) return "now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

/** Writes text into an element, and touches the page only if it differs. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Writes a figure and its unit, `<dd>12<span class="unit">kB</span></dd>`. */
export function writeWithUnit(element, value, unit) {
  if (element.textContent === value + unit) return;
  const sign = document.createElement("span");
  sign.className = "unit";
  sign.textContent = unit;
  element.replaceChildren(value, sign);
}
