/**
 * A chart of values over the last minutes, drawn by uPlot (/vendor/uPlot.iife.min.js, a plain script before this module).
 * The newest is at the right edge and time runs to the left from there, so that the axis stands still while data streams.
 */
import { colour, withColours } from "./colours.js";

const FONT = "11px Inter, system-ui, sans-serif";
/** Steps of the time axis in seconds: the first that makes six or fewer. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Cached, since uPlot asks for them at each drawing. */
const colours = {};
withColours(() => {
  for (const name of ["--muted", "--line", "--series-1", "--series-2", "--series-3", "--series-4"]) {
    colours[name] = colour(name);
  }
});

const charts = new Set();
document.addEventListener("themechange", () => charts.forEach((chart) => chart.redraw()));
/** All charts follow the width of what they are in. */
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) for (const chart of charts) if (chart.element === target) chart.fit();
});

export class TimeChart {
  /**
   * @param {HTMLElement} element an empty block, which should have a name of its own for screen readers
   * @param {object} options
   * @param {string[]} options.series names of the lines
   * @param {number} [options.height] CSS pixels
   * @param {string} [options.unit] written behind the values at the axis
   * @param {(value: number, step: number) => string} [options.format] how they are written instead
   * @param {boolean} [options.fromZero] whether the axis always begins at 0, and goes to 1 at least
   * @param {string} [options.group] charts of one group show the pointer at the same time
   */
  constructor(element, { series, height = 140, unit = "", format, fromZero = false, group }) {
    this.element = element;
    this.height = height;
    if (typeof uPlot === "undefined") {
      element.textContent = "The charts' library is not in this build: run scripts/setup, then build again.";
      return;
    }
    this.plot = new uPlot(this.options(series, format ?? ((value, step) => decimal(value, step) + unit), fromZero, group), [[], ...series.map(() => [])], element);
    // The element says what it shows; the canvas within has nothing to add.
    this.plot.root.setAttribute("aria-hidden", "true");
    charts.add(this);
    widths.observe(element);
  }

  options(series, format, fromZero, group) {
    const axis = { font: FONT, stroke: () => colours["--muted"], grid: { stroke: () => colours["--line"], width: 1 }, ticks: { show: false } };
    return {
      width: this.width, height: this.height, padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { size: 7 }, sync: group && { key: group } },
      scales: {
        x: { time: false },
        y: { range: (_, low, high) => (fromZero ? [0, Math.max(high, 1) * 1.1] : spread(low, high)) },
      },
      axes: [
        { ...axis, size: 30, gap: 8, splits: (_, __, low, high) => splits(low, high), values: (plot, all) => all.map((at) => since(plot.scales.x.max - at)) },
        { ...axis, size: (_, labels) => room(labels), gap: 4, space: 24, values: (_, all, __, ___, step) => all.map((value) => (value === null ? "" : format(value, step))) },
      ],
      series: [{}, ...series.map((label, index) => ({
        label, width: 1.5, points: { show: false }, stroke: () => colours[`--series-${(index % 4) + 1}`], spanGaps: false,
      }))],
    };
  }

  get width() { return Math.max(80, Math.floor(this.element.clientWidth)); }

  /**
   * Draws these values.
   * @param {ArrayLike<number>[]} data times in seconds, then the values of each line; null is a gap
   * @param {number} from the time at the left edge
   * @param {number} to the time at the right edge
   */
  draw(data, from, to) {
    if (!this.plot) return;
    this.plot.batch(() => {
      this.plot.setData(data, false);
      this.plot.setScale("x", { min: from, max: to });
    });
  }

  redraw() { this.plot?.redraw(false, true); }

  fit() {
    if (this.plot && this.plot.width !== this.width) this.plot.setSize({ width: this.width, height: this.height });
  }

  destroy() {
    widths.unobserve(this.element);
    charts.delete(this);
    this.plot?.destroy();
  }
}

/** As wide as the longest label needs: about 6.5 CSS pixels a character in the font of axes. */
function room(labels) {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return Math.max(52, 12 + Math.ceil(longest * 6.5));
}

/** Some room above and below; a line that stands still is in the middle. */
function spread(low, high) {
  if (low === null || high === null) return [0, 1];
  const margin = high > low ? (high - low) * 0.1 : Math.max(Math.abs(high) * 0.1, 0.65);
  return [low - margin, high + margin];
}

/** With as many decimals as steps of the axis have. */
function decimal(value, step) {
  let decimals = 0;
  while (decimals < 6 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals += 1;
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function splits(low, high) {
  const step = STEPS.find((candidate) => (high - low) / candidate <= 6) ?? 7200;
  const all = [];
  for (let at = high; at >= low - 1e-6; at -= step) all.unshift(at);
  return all;
}

function since(seconds) {
  const rounded = Math.round(seconds);
  if (rounded === 0) return "now";
  return rounded % 60 === 0 ? `−${rounded / 60} min` : `−${rounded} s`;
}
