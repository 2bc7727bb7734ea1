/**
 * How far this page's clock is ahead of the relay's, together with the shortest way that a value has lately taken. Only of the
 * last minute: so a clock that is set, on either side, is followed.
 */

/** Samples are kept as the lowest of each part, so many parts back. Milliseconds. */
const PART = 10_000;
const PARTS = 6;

export class Lag {
  /** `{since, lowest}`, the oldest first. */
  parts = [];

  /** @param {number} lag of a value that has just come, in milliseconds @param {number} now by a clock that nobody sets */
  add(lag, now) {
    const last = this.parts.at(-1);
    if (last && now - last.since < PART) {
      last.lowest = Math.min(last.lowest, lag);
    } else {
      this.parts.push({ since: now, lowest: lag });
      if (this.parts.length > PARTS) this.parts.shift();
    }
  }

  /** Milliseconds; 0 before the first sample. */
  get value() {
    return this.parts.length > 0 ? Math.min(...this.parts.map(({ lowest }) => lowest)) : 0;
  }
}
