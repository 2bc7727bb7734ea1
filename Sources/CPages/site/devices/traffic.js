/**
 * What a transport costs, measured in the page: requests and bytes, from both of the transport's ways.
 *
 * - Polling: what the browser says of each response (Resource Timing `transferSize`: head and body as they came over the
 *   network) and the bodies of what is sent. Heads of requests, some hundred bytes each, no browser tells.
 * - WebSocket: each message's bytes and its frame's head (RFC 6455 §5.2); no compression is offered by the relay.
 */

const encoder = new TextEncoder();

/** Bytes of a frame's head; frames to the server carry a mask of four besides. */
const head = (length) => (length < 126 ? 2 : length < 65536 ? 4 : 10);

/** @param {unknown} data of an Engine.IO packet: text, or binary in one of its shapes */
function size(data) {
  if (typeof data === "string") return encoder.encode(data).length;
  return data?.byteLength ?? data?.size ?? 0;
}

class Cost {
  since = performance.now();
  /** Up to when this transport was in use; undefined while it is. */
  until;
  requests = 0;
  received = 0;
  sent = 0;
  values = 0;

  get seconds() { return Math.max(0.001, ((this.until ?? performance.now()) - this.since) / 1000); }
}

export class Traffic {
  /** Costs by the name of the transport: that in use, and the last of the other. */
  costs = new Map();

  /** @param {import("socket.io-client").Socket} socket */
  constructor(socket) {
    const manager = socket.io;
    manager.on("open", () => this.watch(manager.engine));
    manager.on("close", () => this.end());
    if (manager.engine?.readyState === "open") this.watch(manager.engine);

    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.request(entry, manager.opts.path);
      performance.clearResourceTimings(); // else it stops at 250
    }).observe({ type: "resource" });
  }

  /** A value has come. */
  value() { if (this.current) this.current.values += 1; }

  watch(engine) {
    this.begin(engine.transport.name);
    engine.on("upgrade", (transport) => this.begin(transport.name));
    engine.on("packet", ({ type, data }) => this.packet(engine, "received", 0, type, data));
    engine.on("packetCreate", ({ type, data }) => this.packet(engine, "sent", 4, type, data));
  }

  begin(name) {
    this.end();
    this.current = new Cost();
    this.costs.delete(name);
    this.costs.set(name, this.current);
  }

  end() {
    if (this.current) this.current.until = performance.now();
    this.current = undefined;
  }

  /** A text message begins with one digit for its type, a binary one has none; by polling it is one with `b` and base64. */
  packet(engine, way, mask, type, data) {
    if (!this.current) return;
    const isText = typeof data === "string" || data === undefined;
    const length = size(data ?? "") + (isText ? 1 : 0);
    if (engine.transport.name === "websocket") this.current[way] += head(length) + mask + length;
    else if (way === "sent") this.current.sent += isText ? length : Math.ceil(length / 3) * 4 + 1;
  }

  request(entry, path) {
    const cost = this.costs.get("polling");
    if (!cost || entry.initiatorType !== "xmlhttprequest" || !entry.name.includes(path)) return;
    if (entry.responseEnd < cost.since) return;
    cost.requests += 1;
    cost.received += entry.transferSize;
  }
}
