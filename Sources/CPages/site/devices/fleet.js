/**
 * The devices as values: what was last heard of each. Nothing here touches the page; who draws asks for `changed`.
 */
import { Lag } from "./lag.js";

/** Values in a sparkline. */
export const POINTS = 60;
/** Numbers and words kept of one device, at most; the first that it sends. */
export const FIELDS = 12;
/** A device is stale when nothing came for this long, or for five of its usual intervals. Milliseconds. */
const STALE_AFTER = 10_000;

/** One number that a device sends, and its last values, as a ring. */
class Field {
  values = new Float64Array(POINTS);
  count = 0;
  /** As many decimals as the longest value had, so that a number does not change its width with each value. */
  decimals = 0;

  push(value) {
    this.values[this.count % POINTS] = value;
    this.count += 1;
    if (this.decimals < 2 && !Number.isInteger(value)) this.decimals = Number.isInteger(value * 10) ? Math.max(1, this.decimals) : 2;
  }

  /** The last value once more, perhaps put right. */
  replace(value) {
    if (this.count > 0) this.values[(this.count - 1) % POINTS] = value;
    else this.push(value);
  }

  get last() { return this.values[(this.count - 1) % POINTS]; }
  get text() { return format(this.last, this.decimals); }
}

function format(value, decimals) {
  return Math.abs(value) >= 1e7 ? value.toExponential(2) : value.toFixed(decimals);
}

export class Device {
  /** Numbers by name; those in objects within as `outer.inner`. */
  fields = new Map();
  /** Words and switches by name, such as a mode. */
  words = new Map();
  presence;
  /** When the relay had the last value, by its clock. Unix milliseconds. */
  at = 0;
  /** Whether the relay said so of its last value. */
  isStale = false;
  /** The usual time between two values. */
  interval = 0;
  /** The answer to a subscription that its last value came after. */
  answer = 0;

  constructor(id) { this.id = id; }

  /** Whether nothing is known of it any more: what was retained of it has been cleared. */
  get isEmpty() { return this.at === 0 && this.presence === undefined; }

  /** A value came so long after the one before, in milliseconds. */
  took(time) {
    this.interval += this.interval > 0 ? (time - this.interval) / 8 : time;
  }

  /**
   * @param {number} now by the relay's clock
   * @returns {"online" | "offline" | "stale" | "unknown"}
   */
  state(now) {
    if (this.presence === "offline") return "offline";
    if (this.isStale || (this.at > 0 && now - this.at > Math.max(STALE_AFTER, 5 * this.interval))) return "stale";
    return this.presence === "online" || this.at > 0 ? "online" : "unknown";
  }
}

export class Fleet {
  devices = new Map();
  /** Devices that are to be drawn again. */
  changed = new Set();
  /** Values received and, as the relay says, merged away on their way here; since the page was opened. */
  received = 0;
  skipped = 0;
  lag = new Lag();
  /** Answers to subscriptions so far. */
  answers = 0;

  /** The relay's time, as far as it can be known here. */
  relayTime(now) { return now - this.lag.value; }

  /** A subscription was answered: of each device the next value may be what the relay remembers, however old. */
  answered() { this.answers += 1; }

  device(id) {
    let device = this.devices.get(id);
    if (!device) this.devices.set(id, (device = new Device(id)));
    this.changed.add(device);
    return device;
  }

  /**
   * A value of `devices/<id>/telemetry`. Values of a topic come in order, so each is newer than the one before, whatever the
   * relay's clock says of the two. Only what the relay remembers may be known here already.
   */
  telemetry(id, payload, meta, now) {
    const device = this.device(id);
    if (meta.history && meta.at <= device.at) return device;
    const isRemembered = meta.history === true || device.answer !== this.answers;
    if (!meta.history) this.count(device, meta, now, isRemembered);
    const isKnown = isRemembered && meta.at === device.at;
    if (!isKnown && meta.at > device.at && device.at > 0) device.took(meta.at - device.at);
    device.at = meta.at;
    if (payload instanceof ArrayBuffer) this.bytes(device, payload);
    else take(device, "", payload, isKnown);
    return device;
  }

  count(device, meta, now, isRemembered) {
    this.received += 1;
    this.skipped += meta.skipped ?? 0;
    device.answer = this.answers;
    device.isStale = meta.stale === true;
    if (!isRemembered) this.lag.add(now - meta.at, performance.now());
  }

  /** Telemetry that is not JSON; none at all means that the value was deleted. */
  bytes(device, payload) {
    device.fields.clear();
    device.words.clear();
    if (payload.byteLength > 0) device.words.set("binary", `${payload.byteLength} bytes`);
    else device.at = 0;
  }

  /** A value of `devices/<id>/status`: a bare word, which arrives as bytes, or JSON. */
  presence(id, payload) {
    const device = this.device(id);
    const said = payload instanceof ArrayBuffer ? new TextDecoder().decode(payload) : payload?.state ?? payload;
    device.presence = said === "" ? undefined : String(said).slice(0, 40);
    if (device.presence === "online") device.isStale = false;
    return device;
  }

  /** Forgets a device. */
  forget(device) {
    this.devices.delete(device.id);
    this.changed.delete(device);
  }

  /** Forgets all devices but those that `keep` says. */
  retain(keep) {
    for (const device of this.devices.values()) if (!keep(device.id)) this.forget(device);
  }
}

/**
 * @param {string} path of the value within the payload; empty for a payload that is a bare number or word
 * @param {boolean} isKnown whether this is the last value once more
 */
function take(device, path, value, isKnown) {
  if (path === "ts" || path === "seq") return;
  const name = path || "value";
  if (typeof value === "number") {
    let field = device.fields.get(name);
    if (!field) {
      if (device.fields.size >= FIELDS) return;
      device.fields.set(name, (field = new Field()));
    }
    if (isKnown) field.replace(value); else field.push(value);
  } else if (typeof value === "string" || typeof value === "boolean") {
    if (device.words.size < FIELDS || device.words.has(name)) device.words.set(name, String(value).slice(0, 80));
  } else if (value !== null && typeof value === "object" && !path.includes(".")) {
    for (const key in value) take(device, path ? `${path}.${key}` : key, value[key], isKnown);
  }
}
