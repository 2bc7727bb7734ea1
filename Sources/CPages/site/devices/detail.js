/** One device in full: charts filled from the relay's memory, its frames as a picture, and its commands. */
import { TimeChart } from "../shared/chart.js";
import { ago, bytes, number, write, writeWithUnit } from "../shared/format.js";
import { Commands } from "./commands.js";
import { FramePicture, parseFrame } from "./frames.js";
import { STATES } from "./grid.js";
import { History } from "./history.js";

/** Values that are asked for when a device is opened, of those that the relay remembers. */
const HISTORY = 1000;
const CHARTS = 8;
/** Charts go back this far, in seconds, or to the first value. */
const WINDOW = 120;
/** A device whose clock is further off has none that says how long a value took. Milliseconds. */
const BELIEVABLE = 24 * 3600_000;

export class Detail {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {import("socket.io-client").Socket} socket
   * @param {import("./fleet.js").Fleet} fleet
   * @param {() => {filters: string[], options: object}} viewing what the grid is subscribed to
   */
  constructor(dialog, socket, fleet, viewing) {
    Object.assign(this, { dialog, socket, fleet, viewing });
    this.part = (name) => dialog.querySelector(`[data-part="${name}"]`);
    this.picture = new FramePicture(this.part("picture"));
    this.commands = new Commands(this.part("commands"), this.part("log"), socket);
    this.part("close").addEventListener("click", () => dialog.close());
    // A click beside the dialog, which fills its own box with its content, is one on its backdrop.
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => this.closed());
  }

  get topics() { return [`devices/${this.id}/telemetry`, `devices/${this.id}/status`, `devices/${this.id}/frame`]; }

  open(id) {
    if (this.id === id) return;
    if (this.id !== undefined) this.unsubscribe();
    this.id = id;
    this.reset();
    write(this.part("name"), id);
    this.links();
    this.commands.address(`devices/${id}/commands`);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.firstElementChild.scrollTop = 0;
    this.subscribe();
  }

  closed() {
    if (this.id === undefined) return;
    this.unsubscribe();
    this.id = undefined;
    this.reset();
    this.onclose?.();
  }

  reset() {
    for (const { chart, figure } of this.charts?.values() ?? []) {
      chart.destroy();
      figure.remove();
    }
    this.charts = new Map();
    this.part("words").replaceChildren();
    this.history = new History();
    this.counts = { received: 0, skipped: 0, frames: 0 };
    this.frame = undefined;
    this.picture.clear();
    write(this.part("frame"), "No frame yet.");
    this.isChanged = true;
    // The charts' places are made before their values come, so that nothing moves then.
    const device = this.fleet.devices.get(this.id);
    for (const name of device?.fields.keys() ?? []) this.chart(name);
  }

  /** Again after each reconnect: the relay forgets who is gone. */
  subscribe() {
    if (this.id === undefined || !this.socket.connected) return;
    const { options } = this.viewing();
    const { id } = this;
    this.socket.emit("subscribe", this.topics, { ...options, history: HISTORY }, (answer) => {
      if (answer.ok) this.fleet.answered();
      if (this.id !== id) return; // another one is shown by now
      if (answer.retry !== undefined) return void setTimeout(() => this.id === id && this.subscribe(), answer.retry);
      if (!answer.ok) return write(this.part("notice"), `${answer.code}: ${answer.message}`);
      write(this.part("notice"), "");
      // What the relay remembers comes now, before anything new.
      this.history = new History();
      this.picture.clear();
      this.awaitsFirst = true;
    });
  }

  unsubscribe() {
    const shared = new Set(this.viewing().filters);
    const own = this.topics.filter((topic) => !shared.has(topic));
    if (this.socket.connected && own.length > 0) this.socket.emit("unsubscribe", own, () => {});
  }

  telemetry(device, payload, meta, now) {
    if (device.id !== this.id) return;
    this.isChanged = true;
    if (!meta.history) {
      this.counts.received += 1;
      this.counts.skipped += meta.skipped ?? 0;
      this.payload = payload;
      // The first one is from the relay's memory.
      const age = now - payload?.ts;
      this.age = Math.abs(age) < BELIEVABLE && !this.awaitsFirst ? age : undefined;
      this.awaitsFirst = false;
    }
    this.history.push(meta.at / 1000, numbers(payload), meta.history === true);
  }

  frames(id, payload, meta, now) {
    if (id !== this.id || !(payload instanceof ArrayBuffer)) return;
    const frame = parseFrame(payload);
    if (!frame) return;
    if (!meta.history) this.counts.frames += 1;
    this.picture.push(frame);
    this.frame = { ...frame, size: payload.byteLength, arrivedAt: now };
    this.isChanged = true;
  }

  /** Once a frame. @param {number} now Unix milliseconds */
  draw(now) {
    if (this.id === undefined || !this.isChanged) return;
    this.isChanged = false;
    this.drawCharts(now);
    this.drawFrame();
    this.drawWords();
  }

  /**
   * About once a second: what changes by itself.
   * @param {number} now Unix milliseconds
   * @param {number} seconds since the last time
   */
  second(now, seconds) {
    if (this.id === undefined) return;
    const device = this.fleet.devices.get(this.id);
    const time = this.fleet.relayTime(now);
    const state = device?.state(time) ?? "unknown";
    const line = this.part("state");
    if (line.dataset.state !== state) line.dataset.state = state;
    write(this.part("state-words"), STATES[state]);
    write(this.part("age"), device?.at ? `last value ${ago(time - device.at)}` : "no value yet");
    for (const name of ["received", "skipped", "frames"]) writeWithUnit(this.part(name), number(this.counts[name] / seconds), "/s");
    this.counts = { received: 0, skipped: 0, frames: 0 };
    if (this.age === undefined) write(this.part("latency"), "–");
    else writeWithUnit(this.part("latency"), number(this.age), "ms");
    this.describe();
    write(this.part("sequence"), typeof this.payload?.seq === "number" ? String(this.payload.seq) : "–");
    this.isChanged = true;
  }

  drawCharts(now) {
    const { times, fields } = this.history;
    if (times.length === 0) return;
    const to = Math.max(this.history.last, this.fleet.relayTime(now) / 1000);
    const from = Math.min(Math.max(this.history.first, to - WINDOW), to - 5);
    const device = this.fleet.devices.get(this.id);
    for (const [name, values] of fields) {
      const field = device?.fields.get(name);
      const slot = this.charts.get(name) ?? this.chart(name);
      if (!slot) continue;
      write(slot.value, field?.text ?? "");
      slot.chart.draw([times, values], from, to);
    }
  }

  /** For who does not see them, charts say what they show. */
  describe() {
    const { fields, first, last } = this.history;
    for (const [name, { place }] of this.charts) {
      const values = fields.get(name)?.filter((value) => value !== null) ?? [];
      if (values.length === 0) continue;
      const [low, high] = [Math.min(...values), Math.max(...values)];
      place.setAttribute("aria-label", `Chart of ${name}: ${values.length} values in ${Math.round(last - first)} s, from ${low} to ${high}`);
    }
  }

  chart(name) {
    if (this.charts.size >= CHARTS) return undefined;
    const figure = document.createElement("figure");
    figure.className = "card chart";
    const caption = document.createElement("figcaption");
    const title = document.createElement("h3");
    title.textContent = name;
    const value = document.createElement("span");
    value.className = "value";
    caption.append(title, value);
    const place = document.createElement("div");
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `Chart of ${name} over the last minutes`);
    figure.append(caption, place);
    this.part("charts").lastElementChild.before(figure);
    const slot = { figure, value, place, chart: new TimeChart(place, { series: [name], group: "device" }) };
    this.charts.set(name, slot);
    return slot;
  }

  drawFrame() {
    if (!this.frame) return;
    this.picture.draw();
    const [value, unit] = bytes(this.frame.size);
    write(this.part("frame"), `Frame ${this.frame.seq}, ${this.frame.samples.length} samples in ${value} ${unit}; the newest on top.`);
  }

  drawWords() {
    const list = this.part("words");
    for (const [name, value] of this.fleet.devices.get(this.id)?.words ?? []) {
      let row = list.querySelector(`[data-name="${CSS.escape(name)}"]`);
      if (!row) {
        row = document.createElement("div");
        row.dataset.name = name;
        row.append(document.createElement("dt"), document.createElement("dd"));
        row.firstChild.textContent = name;
        list.append(row);
      }
      write(row.lastChild, value);
    }
  }

  links() {
    const topics = [...this.topics, `devices/${this.id}/commands`];
    this.part("topics").replaceChildren(...topics.map((topic, index) => {
      const item = document.createElement("li");
      const name = document.createElement(index === 0 ? "a" : "code");
      name.textContent = topic;
      if (index === 0) {
        name.className = "mono";
        name.href = `/api/topics/${topic.split("/").map(encodeURIComponent).join("/")}`;
      }
      item.append(name);
      return item;
    }));
  }
}

/** The numbers of a payload by their names, as the fleet names them. */
function* numbers(value, name = "") {
  if (typeof value === "number") {
    if (name !== "ts" && name !== "seq") yield [name || "value", value];
  } else if (value !== null && typeof value === "object" && !(value instanceof ArrayBuffer) && !name.includes(".")) {
    for (const key in value) yield* numbers(value[key], name ? `${name}.${key}` : key);
  }
}
