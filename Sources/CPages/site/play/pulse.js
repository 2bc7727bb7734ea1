// How evenly a room's ticks come: the figures beside a real-time game.

const WINDOW = 10_000; // milliseconds that are looked at

/** Takes the arrival of every state frame, and says how late, uneven and complete they have been lately. */
export class Pulse {
  constructor(interval = 50) {
    this.interval = interval; // milliseconds between two ticks
    this.clear();
  }

  clear() {
    this.frames = [];
  }

  /** @param {number} tick the room's count, without gaps as long as nothing is missing */
  add(arrival, tick, t) {
    const last = this.frames.at(-1);
    if (last && tick <= last.tick) this.clear();
    const missing = last ? Math.max(0, tick - last.tick - 1) : 0;
    this.frames.push({ arrival, tick, difference: arrival - t, missing });
    while (this.frames[0].arrival < arrival - WINDOW) this.frames.shift();
  }

  /**
   * Of the last ten seconds: `rate` frames a second, `jitter` the middle 90 % of frames' spread in milliseconds, `late`
   * how many came more than one tick late, `missing` how many ticks had no frame of their own.
   */
  figures(now) {
    const frames = this.frames.filter(({ arrival }) => arrival >= now - WINDOW);
    if (frames.length < 2) return undefined;
    const differences = frames.map(({ difference }) => difference).sort((one, other) => one - other);
    const at = (share) => differences[Math.round((differences.length - 1) * share)];
    return {
      rate: ((frames.length - 1) * 1_000) / (frames.at(-1).arrival - frames[0].arrival),
      jitter: at(0.95) - at(0.05),
      late: differences.filter((difference) => difference - differences[0] > this.interval).length,
      missing: frames.reduce((sum, frame) => sum + frame.missing, 0),
    };
  }
}
