/**
 * The devices, live. Uses the official client and nothing private, so it may be copied as a start: the connection and
 * what is subscribed to are here, what was heard is in fleet.js, how it is drawn in grid.js and detail.js.
 */
import { addressed } from "../shared/address.js";
import { keepTrying, showConnection, tellUnserved } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";
import { bytes, number, write, writeWithUnit } from "../shared/format.js";
import { Detail } from "./detail.js";
import { Fleet } from "./fleet.js";
import { Grid } from "./grid.js";
import { deviceOf, matches, parseFilters } from "./topics.js";
import { Traffic } from "./traffic.js";

/** Values of each device that are asked for at first, to fill the sparklines; after a reconnect the last one will do. */
const HISTORY = 30;
const TRANSPORTS = { upgrade: ["polling", "websocket"], websocket: ["websocket"], polling: ["polling"] };

const byId = (id) => document.getElementById(id);
const controls = byId("controls");

const socket = io("/devices", { path });
const fleet = new Fleet();
const traffic = new Traffic(socket);
const grid = new Grid(byId("devices"), byId("card"), fleet);
const detail = new Detail(byId("detail"), socket, fleet, () => ({ filters, options: wishes() }));
showConnection(socket, byId("connection"));
tellUnserved(socket, byId("unserved"));
keepTrying(socket);

// --- What is subscribed to ---

/** What the relay has granted, and what was asked for last: after a lost connection that is asked for again. */
let filters = parseFilters(controls.elements.filter.value);
let wanted = filters;

/** What this page asks of the relay for each topic. */
function wishes() {
  const maxHz = Number(controls.elements.maxHz.value);
  return maxHz > 0 ? { maxHz } : {};
}

socket.on("connect", () => {
  showBroker(true); // else the relay says so right away
  detail.subscribe(); // first: what it asks for comes before the grid's values
  follow(wanted);
});

/** Subscribes to these filters and, once that is granted, no longer to the others. */
function follow(asked, { snapshot = true } = {}) {
  wanted = asked;
  if (!socket.connected) return; // it is done at the next connect
  const options = { ...wishes(), snapshot };
  if (snapshot && fleet.devices.size === 0) options.history = HISTORY;
  socket.emit("subscribe", asked, options, (answer) => {
    if (answer.retry !== undefined) return void setTimeout(() => asked === wanted && follow(asked, { snapshot }), answer.retry);
    showRefusal(answer.ok ? "" : `${answer.code}: ${answer.message}`);
    if (answer.ok) granted(asked); else wanted = filters;
  });
}

function granted(asked) {
  fleet.answered();
  const old = filters.filter((filter) => !asked.includes(filter));
  filters = asked;
  if (old.length > 0) socket.emit("unsubscribe", old, retain);
}

/** Only devices of which something is still subscribed to stay on the page. */
function retain() {
  const shown = (id) => ["telemetry", "status", "frame"].some((kind) => filters.some((filter) => matches(`devices/${id}/${kind}`, filter)));
  fleet.retain(shown);
  grid.prune();
  showFound();
}

function showRefusal(text) {
  write(byId("refusal"), text);
  byId("refusal").hidden = text === "";
  controls.elements.filter.setAttribute("aria-invalid", String(text !== ""));
}

// On a phone what is set once is folded away (devices.css), so that devices come into sight.
byId("fold").addEventListener("click", () => {
  const isOpen = controls.classList.toggle("open");
  byId("fold").setAttribute("aria-expanded", String(isOpen));
});
controls.addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = parseFilters(controls.elements.filter.value);
  if (asked.length > 0) follow(asked);
  else showRefusal("Name at least one topic filter, such as devices/+/telemetry.");
});
controls.elements.maxHz.addEventListener("change", () => {
  follow(wanted, { snapshot: false });
  detail.subscribe();
});
controls.elements.find.addEventListener("input", showFound);
for (const radio of controls.elements.transport) {
  radio.addEventListener("change", () => {
    socket.io.opts.transports = TRANSPORTS[radio.value];
    socket.disconnect().connect();
  });
}

// --- What arrives ---

socket.on("telemetry", (topic, payload, meta) => {
  const now = Date.now();
  traffic.value();
  const device = fleet.telemetry(deviceOf(topic), payload, meta, now);
  detail.telemetry(device, payload, meta, now);
  forgetIfEmpty(device);
});
socket.on("presence", (topic, payload) => forgetIfEmpty(fleet.presence(deviceOf(topic), payload)));
socket.on("frame", (topic, payload, meta) => {
  traffic.value();
  detail.frames(deviceOf(topic), payload, meta, Date.now());
});
socket.on("upstream", ({ connected }) => showBroker(connected));
socket.on("disconnect", () => showBroker(undefined));

/** Who has cleared all that was retained of a device has taken it away. */
function forgetIfEmpty(device) {
  if (!device.isEmpty) return;
  fleet.forget(device);
  grid.prune();
  showFound();
}

/** @param {boolean | undefined} isUp undefined while there is nobody to say */
function showBroker(isUp) {
  const line = byId("broker");
  line.dataset.state = isUp === undefined ? "waiting" : isUp ? "live" : "lost";
  write(line.lastElementChild, isUp === undefined ? "unknown" : isUp ? "linked" : "no link");
  byId("no-broker").hidden = isUp !== false;
}

// --- One device, by the address: #/sim-0001 ---

let cameFromGrid = false;
byId("devices").addEventListener("click", (event) => { cameFromGrid = event.target.closest("a") !== null; });
detail.onclose = () => {
  retain(); // its own topics are no longer subscribed to
  if (!location.hash.startsWith("#/")) return;
  if (cameFromGrid) history.back(); else history.replaceState(null, "", location.pathname);
  cameFromGrid = false;
};

function showAddressed() {
  const id = addressed();
  if (id !== "") detail.open(id); else detail.dialog.close();
}

addEventListener("hashchange", showAddressed);
showAddressed();

// --- Drawing ---

function showFound() {
  const shown = grid.find(controls.elements.find.value);
  byId("none").hidden = shown > 0;
  write(byId("none"), fleet.devices.size === 0 ? "No device has been heard yet." : "No device has this in its name.");
  write(byId("found"), `${number(shown)} of ${number(fleet.devices.size)} shown`);
}

grid.onadd = showFound;

function frame() {
  const now = Date.now();
  grid.draw(fleet.relayTime(now));
  detail.draw(now);
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

let before = { received: 0, skipped: 0, at: performance.now() };
setInterval(() => {
  const now = Date.now();
  const at = performance.now();
  const seconds = Math.max(0.001, (at - before.at) / 1000);
  const counts = { online: 0, offline: 0, stale: 0, unknown: 0 };
  for (const device of fleet.devices.values()) {
    const state = device.state(fleet.relayTime(now));
    counts[state] += 1;
    // Nothing comes from who falls silent, and still it is to be drawn again.
    if (grid.cards.get(device.id)?.element.dataset.state !== state) fleet.changed.add(device);
  }
  for (const state of ["online", "offline", "stale"]) write(byId(state), number(counts[state]));
  const received = (fleet.received - before.received) / seconds;
  const skipped = (fleet.skipped - before.skipped) / seconds;
  before = { received: fleet.received, skipped: fleet.skipped, at };
  writeWithUnit(byId("received"), number(received), "/s");
  writeWithUnit(byId("skipped"), number(skipped), "/s");
  writeWithUnit(byId("published"), number(received + skipped), "/s");
  showFound();
  showCosts();
  detail.second(now, seconds);
}, 1000);

function showCosts() {
  for (const [name, cost] of traffic.costs) {
    const cells = byId(`cost-${name}`)?.querySelectorAll("td");
    if (!cells) continue;
    const { seconds, values, requests, received, sent } = cost;
    write(cells[0], number(values / seconds));
    write(cells[1], name === "polling" ? number(requests / seconds) : "0");
    writeWithUnit(cells[2], ...bytes(received / seconds));
    writeWithUnit(cells[3], ...bytes(sent / seconds));
    writeWithUnit(cells[4], ...bytes(values > 0 ? (received + sent) / values : NaN));
  }
}
