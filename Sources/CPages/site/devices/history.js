/** The values of one device over the last minutes, as charts want them: times, and beside them the values of each field. */
import { FIELDS } from "./fleet.js";

/** How far back, in seconds, and how many values at most. */
const SPAN = 300;
const MOST = 6000;
/** Values of one millisecond are drawn in their order, this far apart. Seconds. */
const NEXT = 0.000_01;
/** A time so far below the last one is of a clock that was set back. Seconds. */
const SET_BACK = 1;

export class History {
  /** Unix seconds, rising. */
  times = [];
  /** By field; as long as `times`, null where there was no such value. */
  fields = new Map();

  get first() { return this.times[0]; }
  get last() { return this.times.at(-1); }

  /**
   * @param {number} at Unix seconds
   * @param {Iterable<[string, number]>} values
   * @param {boolean} isHistory whether it is of what the relay remembers, and may be here already; else it is new
   */
  push(at, values, isHistory) {
    if (at <= this.last) {
      if (isHistory) return;
      // Charts are drawn along a time that rises; before the clock was set it cannot.
      if (at < this.last - SET_BACK) this.drop(this.times.length);
      else at = this.last + NEXT;
    }
    const usual = (this.last - this.first) / (this.times.length - 1);
    // Where the device was away the line is broken, rather than drawn as if it had been there.
    if (this.times.length > 2 && at - this.last > Math.max(5, 5 * usual)) this.add(this.last + 0.001, []);
    this.add(at, values);
    const old = this.times.findIndex((time) => time >= at - SPAN);
    // In one go now and then: to take one from the front moves all the others.
    if (old > 200 || this.times.length > MOST) this.drop(Math.max(old, this.times.length - MOST + 200));
  }

  add(at, values) {
    const length = this.times.push(at);
    for (const [name, value] of values) {
      let field = this.fields.get(name);
      if (!field) {
        if (this.fields.size >= FIELDS) continue;
        this.fields.set(name, (field = new Array(length - 1).fill(null)));
      }
      field.push(value);
    }
    for (const field of this.fields.values()) if (field.length < length) field.push(null);
  }

  drop(count) {
    this.times.splice(0, count);
    for (const field of this.fields.values()) field.splice(0, count);
  }
}
