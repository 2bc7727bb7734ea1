// Keys and the touch pad of the arena, as the bits that an input has.

export const UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8, DASH = 16;

const KEYS = {
  ArrowUp: UP, KeyW: UP, ArrowDown: DOWN, KeyS: DOWN, ArrowLeft: LEFT, KeyA: LEFT, ArrowRight: RIGHT, KeyD: RIGHT,
  Space: DASH,
};

// A room repeats what was sent last for three ticks (150 ms) only, so that a lost player does not run on: what is held
// down is sent again before.
const REPEAT = 80; // milliseconds
const LEAST = 34; // milliseconds between two inputs: the relay takes 30 a second

/** Tells `send(bits)` what is held down: at once when it changes, and again while it is. */
export class Controls {
  #held = new Map(); // key code or "pad" → bits
  #tapped = 0; // pressed since the last input, and perhaps let go of already
  #sent = { bits: 0, at: 0 };
  #timer;

  constructor({ send, pad, knob, dash }) {
    this.send = send;
    this.isOn = false;
    this.#listenToKeys();
    this.#listenToPad(pad, knob);
    this.#listenToDash(dash);
  }

  get bits() {
    let bits = 0;
    for (const held of this.#held.values()) bits |= held;
    return bits;
  }

  turn(isOn) {
    this.isOn = isOn;
    if (!isOn) this.release();
  }

  release() {
    this.#held.clear();
    this.#tapped = 0;
    this.#changed();
  }

  #hold(name, bits) {
    if (this.#held.get(name) === bits) return;
    if (bits === 0) this.#held.delete(name);
    else this.#held.set(name, bits);
    this.#tapped |= bits;
    this.#changed();
  }

  #changed() {
    clearTimeout(this.#timer);
    const bits = this.bits | this.#tapped;
    const now = performance.now();
    const due = this.#sent.at + (bits === this.#sent.bits ? REPEAT : LEAST);
    if (bits === 0 && this.#sent.bits === 0) return;
    if (now < due) {
      this.#timer = setTimeout(() => this.#changed(), due - now);
      return;
    }
    this.#sent = { bits, at: now };
    this.#tapped = 0;
    this.send(bits);
    if (bits !== 0) this.#timer = setTimeout(() => this.#changed(), this.bits === bits ? REPEAT : LEAST);
  }

  #listenToKeys() {
    addEventListener("keydown", (event) => {
      const bits = KEYS[event.code];
      if (!this.isOn || !bits || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      event.preventDefault();
      this.#hold(event.code, bits);
    });
    addEventListener("keyup", (event) => this.#hold(event.code, 0));
    addEventListener("blur", () => this.release());
  }

  /** Where on the pad the finger is, as one of eight directions. */
  #listenToPad(pad, knob) {
    const follow = (event) => {
      const box = pad.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width - 0.5;
      const y = (event.clientY - box.top) / box.height - 0.5;
      const reach = Math.hypot(x, y);
      const scale = reach > 0.32 ? 0.32 / reach : 1;
      knob.style.transform = `translate(${x * scale * box.width}px, ${y * scale * box.height}px)`;
      let bits = 0;
      if (reach > 0.1) {
        // A direction counts when the finger is within 67.5° of it: eight equal parts.
        if (x / reach > 0.383) bits |= RIGHT;
        if (x / reach < -0.383) bits |= LEFT;
        if (y / reach > 0.383) bits |= DOWN;
        if (y / reach < -0.383) bits |= UP;
      }
      this.#hold("pad", this.isOn ? bits : 0);
    };
    const end = () => {
      knob.style.transform = "";
      this.#hold("pad", 0);
    };
    pad.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      pad.setPointerCapture(event.pointerId);
      follow(event);
    });
    pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && follow(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) pad.addEventListener(name, end);
  }

  #listenToDash(dash) {
    dash.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      dash.setPointerCapture(event.pointerId);
      this.#hold("dash", this.isOn ? DASH : 0);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      dash.addEventListener(name, () => this.#hold("dash", 0));
    }
  }
}

/** Whether what has the focus makes something of the key itself: fields and scrollers of any, buttons of the space. */
function isTaken({ target, code }) {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, dialog, [role=log]")) return true;
  return code === "Space" && target.closest("button, a, summary") !== null;
}
