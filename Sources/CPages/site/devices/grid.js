/**
 * The grid of cards. What arrives only changes values in memory; ten times a second the cards that changed and can be seen
 * are drawn again, for a few milliseconds a frame at most, and what is left over waits for the next one. So the page stays
 * smooth however much comes.
 */
import { colour, withColours } from "../shared/colours.js";
import { write } from "../shared/format.js";
import { POINTS } from "./fleet.js";

const ROWS = 4;           // fields on a card, as in devices.css
const ROW = 26;           // height of one, in CSS pixels
const WIDTH = 96;         // of the sparklines
const PERIOD = 100;       // milliseconds between drawings: nobody reads faster, and each has the browser lay out and paint
const BUDGET = 6;         // milliseconds of drawing a frame
const GATHER = 150;       // milliseconds for which new devices are gathered, so that their cards come at once
export const STATES = { online: "online", offline: "offline", stale: "stale", unknown: "unknown" };

export class Grid {
  cards = new Map();
  visible = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = this.cards.get(target.dataset.id);
      if (!card) continue;
      card.isVisible = isIntersecting;
      if (isIntersecting) this.fleet.changed.add(card.device);
    }
  }, { rootMargin: "200px" });
  stroke = "";
  arrivals = new Set();
  drawnAt = 0;
  isBehind = false;
  /** Called when there are more cards. */
  onadd;

  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template of one card
   * @param {import("./fleet.js").Fleet} fleet
   */
  constructor(list, template, fleet) {
    this.list = list;
    this.template = template;
    this.fleet = fleet;
    withColours(() => {
      this.stroke = colour("--accent");
      for (const { device } of this.cards.values()) fleet.changed.add(device);
    });
  }

  /** Draws what changed since the last time, if that is long enough ago. Once a frame. @param {number} now by the relay's clock */
  draw(now) {
    const begin = performance.now();
    if (!this.isBehind && begin - this.drawnAt < PERIOD) return;
    if (!this.isBehind) this.drawnAt = begin;
    const { changed, devices } = this.fleet;
    const end = begin + BUDGET;
    this.isBehind = false;
    for (const device of changed) {
      changed.delete(device);
      const card = this.cards.get(device.id);
      if (!card) this.announce(device);
      else if (card.isVisible && devices.has(device.id)) this.drawCard(card, now);
      if (performance.now() <= end) continue;
      this.isBehind = changed.size > 0;
      break;
    }
    if (this.arrivals.size > 0 && performance.now() - this.arrivalsSince > GATHER) this.addAll();
  }

  announce(device) {
    if (this.arrivals.size === 0) this.arrivalsSince = performance.now();
    this.arrivals.add(device);
  }

  addAll() {
    for (const device of this.arrivals) if (this.fleet.devices.get(device.id) === device) this.add(device);
    this.arrivals.clear();
    this.onadd?.();
  }

  /** Takes away the cards of devices that are no more. */
  prune() {
    for (const [id, { element }] of this.cards) {
      if (this.fleet.devices.has(id)) continue;
      this.visible.unobserve(element);
      element.remove();
      this.cards.delete(id);
    }
  }

  /** Shows the cards whose device's name holds this text, and says how many they are. */
  find(text) {
    this.wanted = text.trim().toLowerCase();
    let shown = 0;
    for (const { element, device } of this.cards.values()) {
      element.hidden = !this.isWanted(device);
      if (!element.hidden) shown += 1;
    }
    return shown;
  }

  isWanted(device) { return !this.wanted || device.id.toLowerCase().includes(this.wanted); }

  add(device) {
    const element = this.template.content.firstElementChild.cloneNode(true);
    element.dataset.id = device.id;
    element.hidden = !this.isWanted(device);
    const link = element.querySelector("a");
    link.textContent = device.id;
    link.href = `#/${encodeURIComponent(device.id)}`;
    const canvas = element.querySelector("canvas");
    const card = {
      device, element, canvas, isVisible: false,
      state: element.querySelector(".state"), words: element.querySelector(".words"),
      rows: Array.from(element.querySelectorAll("dl > div"), (row) => ({ name: row.querySelector("dt"), value: row.querySelector("dd") })),
    };
    this.cards.set(device.id, card);
    this.list.insertBefore(element, this.cardAfter(device.id));
    this.visible.observe(element);
    return card;
  }

  /** The card before which a device's belongs, by binary search: cards are in the order of their ids. */
  cardAfter(id) {
    const cards = this.list.children;
    let low = 0;
    let high = cards.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cards[middle].dataset.id < id) low = middle + 1; else high = middle;
    }
    return cards[low] ?? null;
  }

  drawCard(card, now) {
    const { device, element } = card;
    const state = device.state(now);
    if (element.dataset.state !== state) element.dataset.state = state;
    write(card.state, STATES[state]);
    write(card.words, Array.from(device.words, ([name, value]) => `${name} ${value}`).join(" · "));

    const fields = [...device.fields].slice(0, ROWS);
    for (let i = 0; i < ROWS; i += 1) {
      write(card.rows[i].name, fields[i]?.[0] ?? "");
      write(card.rows[i].value, fields[i]?.[1].text ?? "");
    }
    this.trace(card.canvas, fields);
  }

  trace(canvas, fields) {
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(WIDTH * scale)) {
      canvas.width = Math.round(WIDTH * scale);
      canvas.height = Math.round(ROWS * ROW * scale);
    }
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, WIDTH, ROWS * ROW);
    context.strokeStyle = this.stroke;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.beginPath();
    fields.forEach(([, field], index) => line(context, field, index * ROW));
    context.stroke();
  }
}

/** One field's values, the newest at the right edge, between the lowest and the highest of them. */
function line(context, { values, count }, top) {
  const length = Math.min(count, POINTS);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < length; i += 1) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  const span = high - low;
  const room = ROW - 10;
  for (let i = 0; i < length; i += 1) {
    const value = values[(count - length + i) % POINTS];
    const x = WIDTH - 1 - ((length - 1 - i) * (WIDTH - 2)) / (POINTS - 1);
    const y = top + 5 + (span > 0 ? room - ((value - low) / span) * room : room / 2);
    if (i === 0) context.moveTo(x, y); else context.lineTo(x, y);
  }
}
