// Smooth movement from a state that comes 20 times a second: what is shown is a little in the past, so that there is
// nearly always a state before and one after the moment shown, and everything is drawn between the two.

/** States by the room's time, and the moment between them that is to be shown now. */
export class Timeline {
  /**
   * @param {number} delay how far in the past to show, in milliseconds: two states and a little for those that come late
   */
  constructor(delay = 110) {
    this.delay = delay;
    this.clear();
  }

  clear() {
    this.samples = []; // {t, state}, ascending
    this.arrivals = []; // {arrival, difference} of the last seconds
    this.offset = undefined; // the clock of this page minus the room's, for a state that came without delay
    this.shown = undefined;
  }

  /**
   * @param {number} arrival when the state came, by performance.now()
   * @param {number} t the room's time of it, in milliseconds
   */
  add(arrival, t, state) {
    this.samples.push({ t, state });
    if (this.samples.length > 64) this.samples.shift();
    this.arrivals.push({ arrival, difference: arrival - t });
    while (this.arrivals[0].arrival < arrival - 5_000) this.arrivals.shift();
  }

  /** The room's time that is shown at this moment, by performance.now(); undefined before the first state. */
  timeShown(now) {
    if (this.arrivals.length === 0) return undefined;
    const best = this.arrivals.reduce((least, { difference }) => Math.min(least, difference), Infinity);
    const passed = Math.min(now - (this.shown ?? now), 100);
    this.shown = now;
    // The clock is put right slowly, a tenth as fast as time goes: nobody sees a jump. Far off, it is set.
    if (this.offset === undefined || Math.abs(best - this.offset) > 500) this.offset = best;
    else this.offset += Math.max(-passed / 10, Math.min(passed / 10, best - this.offset));
    return now - this.offset - this.delay;
  }

  /** `{before, after, share, time}`: what to draw; share 0 is before, 1 after. Past the newest state all stands still. */
  at(now) {
    const time = this.timeShown(now);
    if (time === undefined) return undefined;
    while (this.samples.length > 2 && this.samples[1].t <= time) this.samples.shift();
    const [before, after = before] = this.samples;
    const span = after.t - before.t;
    const share = span > 0 ? Math.max(0, Math.min(1, (time - before.t) / span)) : 1;
    return { before: before.state, after: after.state, share, time };
  }
}
