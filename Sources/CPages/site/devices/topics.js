/** MQTT topic filters as far as a page has use for them. The relay has the last word on what a filter matches. */

/** A list of filters as somebody types it: with commas, spaces or both between them. */
export function parseFilters(text) {
  return [...new Set(text.split(/[\s,]+/).filter((filter) => filter !== ""))];
}

/** Whether a topic matches a filter (MQTT 5 §4.7). */
export function matches(topic, filter) {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  for (let i = 0; i < wanted.length; i += 1) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return levels.length === wanted.length;
}

/** Of `devices/<id>/…`, the id. */
export function deviceOf(topic) {
  return topic.split("/")[1] ?? topic;
}
