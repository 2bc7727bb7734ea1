// The devices, live. Uses the official client and nothing private, so it may be copied as a start.
//
// What arrives only changes values in memory. Once a frame the cards that changed and can be seen are redrawn, for a
// few milliseconds at most; what is left over waits for the next frame. So the page stays smooth however much comes.

import { showConnection } from "../shared/connection.js";
import { colour, withColours } from "../shared/colours.js";

const POINTS = 60;        // values in a sparkline
const FIELDS = 10;        // fields shown of one device
const BUDGET = 6;         // milliseconds of drawing a frame
const ROW = 28;           // height of a field's row in CSS pixels, as in style.css
const WIDTH = 88;         // width of the sparklines

const devices = new Map();
const changed = new Set();
let received = 0;

const element = (id) => document.getElementById(id);

// --- The connection ---

const socket = io("/devices");
showConnection(socket, element("connection"));
let brokerIsUp = true;

socket.on("connect", () => {
  brokerIsUp = true; // else the relay says so right away
  showLink();
  const filters = ["devices/+/telemetry", "devices/+/status"];
  socket.emit("subscribe", filters, { maxHz: 10 }, (answer) => {
    if (!answer.ok) showLink("down", `${answer.code}: ${answer.message}`);
  });
});
socket.on("upstream", ({ connected }) => {
  brokerIsUp = connected;
  showLink();
});

socket.on("telemetry", (topic, payload) => {
  const device = heard(topic);
  device.messages += 1;
  if (device.state === "") device.state = "online";
  take(device, "", payload);
});
socket.on("presence", (topic, payload) => {
  heard(topic).state = text(payload);
});

function heard(topic) {
  received += 1;
  const id = topic.split("/")[1];
  const device = devices.get(id) ?? addDevice(id);
  changed.add(device);
  return device;
}

// A payload that is not JSON, such as a bare word, arrives as bytes.
function text(payload) {
  return payload instanceof ArrayBuffer ? new TextDecoder().decode(payload) : String(payload);
}

/** Keeps every number of a payload under its name; those in objects within as `outer.inner`. */
function take(device, name, value) {
  if (typeof value === "number" && name !== "ts" && name !== "seq") {
    const field = device.fields.get(name) ?? addField(device, name || "value");
    if (!field) return;
    field.values[field.count % POINTS] = value;
    field.count += 1;
  } else if (value !== null && typeof value === "object" && !ArrayBuffer.isView(value) && !name.includes(".")) {
    for (const [key, inner] of Object.entries(value)) take(device, name ? `${name}.${key}` : key, inner);
  }
}

// --- Cards ---

const visible = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const device = devices.get(target.dataset.id);
    device.isVisible = isIntersecting;
    if (isIntersecting) changed.add(device);
  }
}, { rootMargin: "200px" });

function addDevice(id) {
  const card = document.createElement("li");
  card.className = "device";
  card.dataset.id = id;
  card.innerHTML = `<h2><span class="dot"></span><span class="name"></span><span class="state"></span></h2>
    <div class="values"><dl></dl><canvas aria-hidden="true"></canvas></div>`;
  card.querySelector(".name").textContent = id;
  const device = {
    card, state: "", fields: new Map(), messages: 0, rate: 0, isVisible: false,
    word: card.querySelector(".state"), list: card.querySelector("dl"), canvas: card.querySelector("canvas"),
  };
  devices.set(id, device);
  element("devices").insertBefore(card, cardAfter(id));
  element("empty").hidden = true;
  visible.observe(card);
  return device;
}

/** The card before which a device's belongs, by binary search: cards are in the order of their ids. */
function cardAfter(id) {
  const cards = element("devices").children;
  let low = 0;
  let high = cards.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cards[middle].dataset.id < id) low = middle + 1; else high = middle;
  }
  return cards[low] ?? null;
}

function addField(device, name) {
  if (device.fields.size >= FIELDS) return undefined;
  const row = document.createElement("div");
  row.innerHTML = "<dt></dt><dd></dd>";
  const label = row.querySelector("dt");
  label.textContent = label.title = name;
  device.list.append(row);
  const field = { values: new Float64Array(POINTS), count: 0, value: row.querySelector("dd") };
  device.fields.set(name, field);
  return field;
}

// --- Drawing ---

let stroke = "";
withColours(() => {
  stroke = colour("--accent");
  for (const device of devices.values()) changed.add(device);
});

function draw(device) {
  const state = device.state === "online" || device.state === "offline" ? device.state : "";
  setText(device.word, state === "online" ? `online · ${device.rate}/s` : device.state.slice(0, 40));
  const name = `device ${state}`;
  if (device.card.className !== name) device.card.className = name;

  const scale = devicePixelRatio;
  const { canvas, fields } = device;
  const height = Math.round(fields.size * ROW * scale);
  if (canvas.height !== height || canvas.width !== Math.round(WIDTH * scale)) {
    canvas.width = Math.round(WIDTH * scale);
    canvas.height = height;
    canvas.style.height = `${fields.size * ROW}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, WIDTH, fields.size * ROW);
  context.strokeStyle = stroke;
  context.lineWidth = 1.5;
  context.beginPath();
  let top = 0;
  for (const field of fields.values()) {
    setText(field.value, round(field.values[(field.count - 1) % POINTS]));
    trace(context, field, top);
    top += ROW;
  }
  context.stroke();
}

/** One field's values, the newest at the right edge, between the lowest and the highest of them. */
function trace(context, { values, count }, top) {
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

function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function round(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 100 ? 2 : 1);
}

function showLink(state = brokerIsUp ? "up" : "down", words = brokerIsUp ? "connected" : "no broker; values stand still") {
  element("link").className = state;
  setText(element("link-text"), words);
}

function frame() {
  const end = performance.now() + BUDGET;
  for (const device of changed) {
    changed.delete(device);
    if (device.isVisible) draw(device);
    if (performance.now() > end) break;
  }
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

setInterval(() => {
  let online = 0;
  for (const device of devices.values()) {
    if (device.state === "online") online += 1;
    if (device.rate !== device.messages) changed.add(device);
    device.rate = device.messages;
    device.messages = 0;
  }
  setText(element("online"), String(online));
  setText(element("rate"), String(received));
  received = 0;
  setText(element("transport"), socket.connected ? socket.io.engine.transport.name : "–");
}, 1000);
