/** One's name, which the pages share, and how long it may be. */

const NAME = "relay.name"; // in localStorage

/** The name of last time, or a guest's. */
export function savedName() {
  let name = null;
  try { name = localStorage.getItem(NAME); } catch {} // forbidden to some pages in some browsers
  return name?.trim() || `Guest ${100 + Math.floor(Math.random() * 900)}`;
}

/** For next time, once the relay has taken it. */
export function saveName(name) {
  try { localStorage.setItem(NAME, name); } catch {}
}

/** The beginning of a text that is so many characters long at most; none is cut in two. */
export function cut(text, most) {
  const characters = [...text];
  return characters.length > most ? characters.slice(0, most).join("").trimEnd() : text;
}

const encoder = new TextEncoder();

/** The beginning of a text that has so many bytes of UTF-8 at most; no character is cut in two. */
export function cutBytes(text, most) {
  if (encoder.encode(text).length <= most) return text;
  // Reads whole characters only, and says how many UTF-16 units of the text they are.
  const { read } = encoder.encodeInto(text, new Uint8Array(most));
  return text.slice(0, read).trimEnd();
}

/** Keeps what is typed into a field within so many bytes. */
export function boundBytes(field, most) {
  field.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const bound = cutBytes(field.value, most);
    if (bound.length < field.value.trimEnd().length) field.value = bound;
  });
}
