/** What `/metrics` said over the last minutes, and what follows from it: rates, increases, quantiles. */
import { between, increase, quantile } from "./prometheus.js";

/** How far back, in milliseconds. */
const SPAN = 5 * 60_000;

export class Readings {
  all = [];

  /** @param {import("./prometheus.js").Metrics} metrics */
  push(metrics) {
    this.all.push(metrics);
    while (metrics.at - this.all[0].at > SPAN) this.all.shift();
  }

  get now() { return this.all.at(-1); }
  get before() { return this.all.at(-2); }
  /** The last one that is at least a minute old, else the first. */
  get minuteAgo() {
    return this.all.findLast(({ at }) => at <= this.now.at - 60_000) ?? this.all[0];
  }

  value(name) { return this.now.value(name); }

  /** A counter's rise a second since the reading before. */
  rate(name, label, value) {
    if (!this.before) return NaN;
    return increase(this.now.value(name, label, value), this.before.value(name, label, value)) / ((this.now.at - this.before.at) / 1000);
  }

  /** A counter's rise over the last minute. */
  minute(name, label, value) {
    return increase(this.now.value(name, label, value), this.minuteAgo.value(name, label, value));
  }

  /** What a histogram counted since the reading before, or over the last minute. */
  histogram(name, since = this.before) {
    return since ? between(this.now.buckets(name), since.buckets(name)) : [];
  }

  quantile(part, name, since) { return quantile(part, this.histogram(name, since)); }
}
