/**
 * The round trip from this page to the relay and back, measured with an event that the relay acknowledges: `time` of a
 * namespace of kind `game`, or `last` of one of kind `topics`, whichever is served here.
 */
import { showConnection } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";

const PROBES = [
  { namespace: "/game", auth: { v: 1, name: "page" }, ask: (socket, ack) => socket.emit("time", 0, ack) },
  { namespace: "/devices", ask: (socket, ack) => socket.emit("last", "devices/relay-page/telemetry", ack) },
];
/** Kept, for the median and the 99th percentile. */
const KEPT = 120;

export class RoundTrip {
  times = [];
  isUnderWay = false;

  /** @param {HTMLElement} status where the state of the connection is shown */
  constructor(status) {
    this.status = status;
    this.use(0);
  }

  use(index) {
    const probe = PROBES[index];
    this.probe = probe;
    this.socket = io(probe.namespace, { path, auth: probe.auth });
    const stop = showConnection(this.socket, this.status);
    this.socket.on("disconnect", () => { this.isUnderWay = false; });
    this.socket.on("connect_error", (error) => {
      if (error.message !== "Invalid namespace" || index + 1 >= PROBES.length) return;
      stop();
      this.use(index + 1);
    });
  }

  get isConnected() { return this.socket.connected; }

  /** Measures once, unless the last one is still under way. */
  measure() {
    if (!this.isConnected || this.isUnderWay) return;
    this.isUnderWay = true;
    const began = performance.now();
    this.probe.ask(this.socket, () => {
      this.isUnderWay = false;
      this.times.push(performance.now() - began);
      if (this.times.length > KEPT) this.times.shift();
    });
  }

  get last() { return this.times.at(-1) ?? NaN; }

  quantile(part) {
    const sorted = [...this.times].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  }
}
