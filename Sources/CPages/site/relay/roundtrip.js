/**
 * The round trip from this page to the relay and back, measured with an event that the relay acknowledges: `time` of a
 * namespace of kind `game`, or `last` of one of kind `topics`, whichever is served here.
 */
import { keepTrying, showConnection } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";

const PROBES = [
  { namespace: "/game", auth: { v: 1, name: "page" }, ask: (socket, ack) => socket.emit("time", 0, ack) },
  { namespace: "/devices", ask: (socket, ack) => socket.emit("last", "devices/relay-page/telemetry", ack) },
];
/** Kept, for the median and the 99th percentile. */
const KEPT = 120;
/** Milliseconds. */
const LATELY = 3000;

export class RoundTrip {
  times = [];
  isUnderWay = false;
  /** Of the last answer, by performance.now(). */
  at = -Infinity;

  /** @param {HTMLElement} status where the state of the connection is shown */
  constructor(status) {
    this.status = status;
    this.use(0);
  }

  use(index) {
    const probe = PROBES[index];
    this.probe = probe;
    if (!probe) return void (this.socket = undefined);
    this.socket = io(probe.namespace, { path, auth: probe.auth });
    const stop = showConnection(this.socket, this.status);
    keepTrying(this.socket);
    this.socket.on("disconnect", () => { this.isUnderWay = false; });
    this.socket.on("connect_error", (error) => {
      // Not active: this one is not for us; where the relay says when to try again it is only busy.
      if (this.socket.active || error.data?.retry !== undefined) return;
      stop();
      this.socket.off().disconnect();
      this.use(index + 1);
    });
  }

  /** Whether there is nothing here to measure with. */
  get isUnserved() { return this.socket === undefined; }

  /** Measures once, unless the last one is still under way. */
  measure() {
    if (!this.socket?.connected || this.isUnderWay) return;
    this.isUnderWay = true;
    const began = performance.now();
    this.probe.ask(this.socket, () => {
      this.isUnderWay = false;
      this.at = performance.now();
      this.times.push(this.at - began);
      if (this.times.length > KEPT) this.times.shift();
    });
  }

  /** The last one, in milliseconds, unless that is a while ago. */
  get last() { return performance.now() - this.at < LATELY ? this.times.at(-1) : NaN; }

  quantile(part) {
    const sorted = [...this.times].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  }
}
