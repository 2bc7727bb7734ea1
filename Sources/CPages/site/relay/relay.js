/**
 * The relay's own figures: `/metrics` and `/readyz`, asked once a second, and the round trip that this page measures where
 * there is something to measure it with.
 */
import { TimeChart } from "../shared/chart.js";
import { ago, bytes, number, write, writeWithUnit } from "../shared/format.js";
import { Metrics } from "./prometheus.js";
import { Readings } from "./readings.js";
import { showRelays } from "./relays.js";
import { RoundTrip } from "./roundtrip.js";

const PERIOD = 1000;
/** An answer that takes longer counts as none, and figures that are older are told to be old. Milliseconds. */
const PATIENCE = 5000;
const OLD = 3000;
/** Charts go back this far, in seconds, or to the first value. */
const WINDOW = 300;
const LATENESS = "relay_room_lateness_seconds";

const byId = (id) => document.getElementById(id);
const roundTrip = new RoundTrip(byId("connection"));
const readings = new Readings();
showRelays(byId("relays"));

// --- What is shown ---

const thousand = (seconds) => seconds * 1000;
const byteText = (value) => bytes(value).join(" ");

/** Figures at the top: what they are from, and how they are written. */
const FIGURES = {
  connections: () => [number(readings.value("relay_connections")), ""],
  in: () => [number(readings.rate("relay_messages_received_total")), "/s"],
  out: () => [number(readings.rate("relay_messages_sent_total")), "/s"],
  bytes: () => perSecond(readings.rate("relay_sent_bytes_total")),
  trip: () => [milliseconds(roundTrip.quantile(0.5)), "ms"],
  tail: () => [milliseconds(roundTrip.quantile(0.99)), "ms"],
  queued: () => bytes(readings.value("relay_queued_bytes")),
  merged: () => [number(readings.rate("relay_values_merged_total")), "/s"],
  rooms: () => [number(readings.value("relay_rooms")), ""],
  players: () => [number(readings.value("relay_players")), ""],
  topics: () => [number(readings.value("relay_topics")), ""],
  late: () => [milliseconds(thousand(readings.quantile(0.99, LATENESS, readings.minuteAgo))), "ms"],
};

/** Charts: their lines, in the order of the legend in the page. */
const CHARTS = {
  messages: { values: () => [readings.rate("relay_messages_received_total"), readings.rate("relay_messages_sent_total")] },
  traffic: { values: () => [readings.rate("relay_sent_bytes_total")], format: byteText },
  trips: { values: () => [roundTrip.last], unit: " ms" },
  clients: { values: () => [readings.value("relay_connections"), readings.value("relay_event_streams")] },
  lateness: { values: () => [0.5, 0.99].map((part) => thousand(readings.quantile(part, LATENESS))), unit: " ms" },
  moves: { values: () => ["taken", "refused"].map((result) => readings.rate("relay_moves_total", "result", result)) },
};

/** Tables of counters: one row each, or one for each value of a label. */
const TABLES = {
  undelivered: [
    ["Merged away for viewers who asked for less or are slow", "relay_values_merged_total"],
    ["Volatile events, the client not being ready", "relay_volatile_dropped_total"],
    ["Messages of rooms to the broker", "relay_broker_dropped_total"],
    ["Members of rooms told everything anew", "relay_resynchronisations_total"],
    ["Last values forgotten for want of room", "relay_topics_evicted_total"],
    ["Values of histories forgotten for want of room", "relay_history_evicted_total"],
  ],
  closed: [["", "relay_connections_closed_total", "reason"], ["event stream: ", "relay_event_streams_ended_total", "reason"]],
  refused: [
    ["Requests with an error", "relay_handshakes_refused_total"],
    ["Event streams", "relay_event_streams_refused_total"],
    ["Requests that would have waited", "relay_http_waits_refused_total"],
    ["move ", "relay_moves_total", "result"],
    ["return to a seat: ", "relay_resumes_total", "mode"],
    ["request to a device: ", "relay_requests_total", "result"],
  ],
};

function perSecond(value) {
  const [amount, unit] = bytes(value);
  return [amount, `${unit}/s`];
}

function milliseconds(value) {
  return Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : 0) : "–";
}

// --- Asking ---

let isAsking = false;

/** One question at a time: who is slow to answer is not asked more. */
async function ask() {
  showAge();
  if (isAsking) return;
  isAsking = true;
  roundTrip.measure();
  const at = performance.now();
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const [metrics, ready] = await Promise.all([fetch("/metrics", { signal }), fetch("/readyz", { signal })]);
    if (!metrics.ok) throw new Error(`/metrics answers ${metrics.status}`);
    readings.push(new Metrics(await metrics.text(), at));
    showReadiness(ready.ok, (await ready.text()).trim());
    show();
    showPolled(true);
  } catch {
    showReadiness(false, "The relay cannot be reached.");
    showPolled(false);
  }
  isAsking = false;
  showAge();
}

/** Where there is no connection to speak of, the answers say whether there is a relay. */
function showPolled(isAnswered) {
  if (!roundTrip.isUnserved) return;
  const line = byId("connection");
  line.dataset.state = isAnswered ? "live" : "lost";
  write(line.lastElementChild, isAnswered ? "live by /metrics" : "no answer, trying again…");
}

/** Figures that stand still say so. */
function showAge() {
  const age = readings.now ? performance.now() - readings.now.at : 0;
  byId("age").hidden = age < OLD;
  write(byId("age"), `Figures of ${ago(age)}.`);
}

function showReadiness(isReady, words) {
  showState(byId("ready"), isReady, "ready", "not ready");
  byId("not-ready").hidden = isReady;
  if (!isReady) write(byId("not-ready"), words);
}

function showState(line, isGood, good, bad) {
  line.dataset.state = isGood ? "live" : "lost";
  write(line.lastElementChild, isGood ? good : bad);
}

// --- Showing ---

const charts = new Map(Object.entries(CHARTS).map(([name, { values, unit, format }]) => {
  const place = byId(`chart-${name}`);
  const legend = Array.from(place.closest("figure").querySelectorAll(".key"), (key) => key.textContent);
  const chart = new TimeChart(place, { series: legend, unit, format, fromZero: true, group: "relay", height: 150 });
  return [name, { values, chart, lines: legend.map(() => []) }];
}));
const times = [];

function show() {
  for (const [name, figure] of Object.entries(FIGURES)) writeWithUnit(byId(`figure-${name}`), ...figure());
  const up = readings.value("relay_broker_up");
  byId("broker").hidden = Number.isNaN(up); // a relay without a broker has no such figure
  showState(byId("broker"), up > 0, "linked", "no link");
  showCharts();
  for (const [name, rows] of Object.entries(TABLES)) showTable(byId(`table-${name}`), rows);
  showHistogram();
  if (byId("all").open) showAll();
}

function showCharts() {
  const now = readings.now.at / 1000;
  // Where nothing was known the lines are broken, rather than drawn as if it had been.
  if (now - times.at(-1) > OLD / 1000) addBreak(times.at(-1) + 0.001);
  times.push(now);
  const old = times.findIndex((time) => time >= now - WINDOW);
  times.splice(0, old);
  for (const { values, chart, lines } of charts.values()) {
    values().forEach((value, index) => {
      lines[index].push(Number.isFinite(value) ? value : null);
      lines[index].splice(0, old);
    });
    chart.draw([times, ...lines], Math.min(times[0], now - 30), now);
  }
}

function addBreak(time) {
  times.push(time);
  for (const { lines } of charts.values()) for (const line of lines) line.push(null);
}

/** Rows are made once, when their counter is first seen. */
function showTable(body, rows) {
  for (const [title, name, label] of rows) {
    if (!readings.now.has(name)) continue;
    for (const value of label ? readings.now.labels(name, label) : [undefined]) {
      const [minute, total] = row(body, `${title}${value ?? ""}`);
      count(minute, readings.minute(name, label, value));
      count(total, readings.now.value(name, label, value));
    }
  }
}

/** What has happened at all stands out. */
function count(cell, value) {
  write(cell, number(value));
  cell.classList.toggle("some", value > 0);
  cell.classList.toggle("none", value === 0);
}

function row(body, title) {
  for (const line of body.rows) if (line.cells[0].textContent === title) return [line.cells[1], line.cells[2]];
  const line = body.insertRow();
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = title;
  line.append(name);
  return [line.insertCell(), line.insertCell()].map((cell) => {
    cell.className = "number";
    return cell;
  });
}

/** How late ticks were over the last minute, by the histogram's own buckets. */
function showHistogram() {
  const body = byId("table-lateness");
  const buckets = readings.histogram(LATENESS, readings.minuteAgo);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let low = 0;
  for (const [bound, count] of buckets) {
    const [bar, share] = row(body, bound === Infinity ? `over ${thousand(low)} ms` : `up to ${thousand(bound)} ms`);
    bar.className = "bar-cell";
    bar.style.setProperty("--part", total > 0 ? count / total : 0);
    write(share, total > 0 ? `${((100 * count) / total).toFixed(1)} %` : "–");
    low = bound;
  }
}

function showAll() {
  const wanted = byId("find").value.trim().toLowerCase();
  const lines = [];
  for (const [name, { help, kind, samples }] of readings.now.families) {
    if (name.endsWith("_bucket") || !`${name} ${help}`.toLowerCase().includes(wanted)) continue;
    for (const { labels, value } of samples) lines.push([name, Object.values(labels).join(" "), kind, String(value), help]);
  }
  const body = byId("table-all");
  while (body.rows.length > lines.length) body.deleteRow(-1);
  lines.forEach((line, index) => {
    const tableRow = body.rows[index] ?? body.insertRow();
    line.forEach((text, place) => {
      const cell = tableRow.cells[place] ?? tableRow.insertCell();
      cell.className = ["mono", "", "muted", "number", "muted"][place];
      write(cell, text);
    });
  });
}
byId("all").addEventListener("toggle", () => { if (readings.now) showAll(); });
byId("find").addEventListener("input", () => { if (readings.now) showAll(); });

setInterval(ask, PERIOD);
ask();
