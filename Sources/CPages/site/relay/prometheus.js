/**
 * The Prometheus text format, as far as `/metrics` writes it: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES = { n: "\n", "\\": "\\", '"': '"' };

/** What `/metrics` said at one time. */
export class Metrics {
  /** By name: `{help, kind, samples: [{labels, value}]}`. A histogram's parts stand under their own names. */
  families = new Map();
  /** @param {string} text @param {number} at when it was, in milliseconds */
  constructor(text, at) {
    this.at = at;
    const told = new Map();
    for (const line of text.split("\n")) {
      if (line.startsWith("#")) {
        const [, word, name, ...rest] = line.split(" ");
        if (word === "HELP" || word === "TYPE") told.set(name, { ...told.get(name), [word]: rest.join(" ") });
        continue;
      }
      const match = SAMPLE.exec(line.trim());
      if (match) this.add(match[1], labels(match[2] ?? ""), number(match[3]), told);
    }
  }

  add(name, labels, value, told) {
    let family = this.families.get(name);
    if (!family) {
      const base = told.get(name) ?? told.get(name.replace(/_(bucket|sum|count)$/, "")) ?? {};
      this.families.set(name, (family = { help: base.HELP ?? "", kind: base.TYPE ?? "untyped", samples: [] }));
    }
    family.samples.push({ labels, value });
  }

  has(name) { return this.families.has(name); }

  /** All samples of a name together, or those with this label; NaN where there is no such name. */
  value(name, label, wanted) {
    const samples = this.families.get(name)?.samples;
    if (!samples) return NaN;
    return samples.reduce((sum, { labels, value }) => (label === undefined || labels[label] === wanted ? sum + value : sum), 0);
  }

  /** The values that a label takes under a name. */
  labels(name, label) {
    return (this.families.get(name)?.samples ?? []).map(({ labels }) => labels[label]).filter((value) => value !== undefined);
  }

  /** A histogram's cumulative buckets, `[upper bound, count]`, rising. */
  buckets(name) {
    return (this.families.get(`${name}_bucket`)?.samples ?? [])
      .map(({ labels, value }) => [number(labels.le), value]).sort(([a], [b]) => a - b);
  }
}

/**
 * By how much a counter has risen; one that is lower than before has begun again from 0.
 * @param {number} now
 * @param {number} before
 */
export function increase(now, before) {
  return now >= before ? now - before : now;
}

/** What a histogram counted between two times: buckets that are not cumulative, `[upper bound, count]`. */
export function between(now, before) {
  const earlier = new Map(before);
  let below = 0;
  return now.map(([bound, count]) => {
    const risen = increase(count, earlier.get(bound) ?? 0);
    const own = Math.max(0, risen - below);
    below = risen;
    return [bound, own];
  });
}

/**
 * A quantile of a histogram, straight between the bounds of its bucket, as Prometheus does it.
 * @param {number} part 0 to 1
 * @param {[number, number][]} buckets not cumulative
 * @returns {number} NaN if nothing was counted; above the last bound, that bound
 */
export function quantile(part, buckets) {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return NaN;
  let rank = part * total;
  let low = 0;
  for (const [bound, count] of buckets) {
    if (rank <= count && count > 0) return bound === Infinity ? low : low + (bound - low) * (rank / count);
    rank -= count;
    low = bound;
  }
  return low;
}

function labels(text) {
  const all = {};
  for (const [, name, value] of text.matchAll(LABEL)) all[name] = value.replace(/\\(.)/g, (_, letter) => ESCAPES[letter] ?? letter);
  return all;
}

function number(text) {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}
