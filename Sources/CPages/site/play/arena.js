// The arena: its state from the frames that come, and its picture, 60 times a second.
import { colour } from "../shared/colours.js";
import { cut } from "../shared/name.js";
import { Timeline } from "./timeline.js";
import { lookOf, trace } from "./players.js";

const SIDE = 60_000; // of the square, in the game's units
const PLAYER = 900; // radius
const COIN = 450; // radius
const LEAST_PLAYER = 9; // CSS pixels that the radius has at least: shapes have to be told apart
const LETTERS = 14; // of a name
const ROUND = 60_000; // milliseconds
const DASHING = 1, AWAY = 2, DASH_SPENT = 4; // the bits of a player's flags

/** The state of an arena: frames tell all of it (base 0) or what has changed since the frame before. */
class ArenaState {
  constructor() {
    this.clear();
  }

  clear() {
    this.tick = undefined;
    this.players = new Map(); // seat → {x, y, score, flags}
    this.coins = new Map(); // id → {x, y}
  }

  /** Returns false for a difference from a state that we do not have: the next whole one is 2 s away at most. */
  take(tick, base, { players, coins, left = [] }) {
    if (base !== 0 && base !== this.tick) return false;
    this.tick = tick;
    this.players = base === 0 ? new Map() : new Map(this.players);
    this.coins = base === 0 ? new Map() : new Map(this.coins);
    for (const [seat, x, y, score, flags] of players) this.players.set(seat, { x, y, score, flags });
    for (const [id, x, y] of coins) this.coins.set(id, { x, y });
    for (const seat of left) this.players.delete(seat);
    return true;
  }
}

/** Draws an arena into a canvas for as long as it is `shown`. */
export class Arena {
  #state = new ArenaState();
  #timeline = new Timeline();
  #effects = []; // {time, x, y, text, colour}: when by the room's time, and where
  #names = new Map();
  #frames = { count: 0, since: performance.now() };

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.seat = null;
    this.isShown = false;
    /** Frames drawn a second, lately. */
    this.fps = undefined;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  // --- What comes ---

  /** Begins anew from a snapshot, or from nothing. */
  reset(snapshot, tick, t) {
    this.#timeline.clear();
    this.#effects = [];
    this.#state.clear();
    if (snapshot) this.take({ tick, t, base: 0, payload: snapshot });
  }

  /** A state frame. */
  take({ tick, t, base, payload }) {
    if (!this.#state.take(tick, base, payload)) return;
    const { players, coins } = this.#state;
    this.#timeline.add(performance.now(), t, { players, coins });
  }

  /** Something worth a sign over a player's head, when the picture gets there. */
  celebrate(seat, t, text) {
    if (!this.#state.players.has(seat) || this.#effects.length > 50) return;
    this.#effects.push({ time: t, seat, text });
  }

  set players(players) {
    this.#names = new Map(players.map(({ seat, name }) => [seat, name]));
  }

  /** seat → score, as of the newest state. */
  get scores() {
    return new Map([...this.#state.players].map(([seat, { score }]) => [seat, score]));
  }

  /** Whether one's next dash has to wait. */
  get isDashSpent() {
    return ((this.#state.players.get(this.seat)?.flags ?? 0) & DASH_SPENT) !== 0;
  }

  /** Where a player is by the newest state. */
  placeOf(seat) {
    return this.#state.players.get(seat);
  }

  // --- The picture ---

  show(isShown) {
    if (isShown && !this.isShown) requestAnimationFrame(() => this.#frame());
    this.isShown = isShown;
  }

  #fit() {
    const side = Math.round(this.canvas.clientWidth * Math.min(devicePixelRatio, 2));
    if (side > 0 && this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    this.colours = undefined;
  }

  #frame() {
    if (!this.isShown) return;
    const now = performance.now();
    this.#draw(this.#timeline.at(now));
    this.#frames.count += 1;
    if (now - this.#frames.since >= 1_000) {
      this.fps = (this.#frames.count * 1_000) / (now - this.#frames.since);
      this.#frames = { count: 0, since: now };
    }
    requestAnimationFrame(() => this.#frame());
  }

  /** The page's colours are read once, not once a frame. */
  #readColours() {
    this.colours = { field: colour("--field"), grid: colour("--grid"), ink: colour("--ink"), coin: colour("--coin") };
    this.font = getComputedStyle(this.canvas).fontFamily;
    return this.colours;
  }

  /** The page has turned dark or light. */
  repaint() {
    this.colours = undefined;
  }

  #draw(moment) {
    const { context, canvas } = this;
    const colours = this.colours ?? this.#readColours();
    const scale = canvas.width / SIDE;
    const pixel = canvas.width / canvas.clientWidth;
    context.fillStyle = colours.field;
    context.fillRect(0, 0, canvas.width, canvas.width);
    this.#drawGrid(colours.grid, pixel);
    if (!moment) return;
    for (const coin of moment.before.coins.values()) this.#drawCoin(coin, scale, pixel, colours.coin);
    const places = [];
    for (const [seat, to] of moment.after.players) {
      const from = moment.before.players.get(seat) ?? to;
      const x = (from.x + (to.x - from.x) * moment.share) * scale;
      const y = (from.y + (to.y - from.y) * moment.share) * scale;
      places.push({ seat, x, y, from, to });
    }
    for (const place of places) this.#drawPlayer(place, scale, pixel, colours);
    this.#drawNames(places, scale, pixel, colours);
    this.#drawEffects(moment.time, places, pixel, colours);
  }

  #drawGrid(colour, pixel) {
    const { context, canvas } = this;
    context.strokeStyle = colour;
    context.lineWidth = pixel;
    context.beginPath();
    for (let line = 1; line < 10; line += 1) {
      const place = Math.round((canvas.width * line) / 10) + pixel / 2;
      context.moveTo(place, 0);
      context.lineTo(place, canvas.width);
      context.moveTo(0, place);
      context.lineTo(canvas.width, place);
    }
    context.stroke();
  }

  #drawCoin({ x, y }, scale, pixel, colour) {
    const { context } = this;
    const radius = Math.max(COIN * scale, 5 * pixel);
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x * scale, y * scale, radius, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = this.colours.field;
    context.lineWidth = 1.25 * pixel;
    context.beginPath();
    context.arc(x * scale, y * scale, radius * 0.55, 0, 2 * Math.PI);
    context.stroke();
  }

  #drawPlayer({ seat, x, y, from, to }, scale, pixel, colours) {
    const { context } = this;
    const radius = Math.max(PLAYER * scale, LEAST_PLAYER * pixel);
    const { colour, shape } = lookOf(seat);
    context.globalAlpha = to.flags & AWAY ? 0.4 : 1;
    if (to.flags & DASHING) {
      // A trail against the way it goes.
      context.strokeStyle = colour;
      context.lineWidth = radius;
      context.lineCap = "round";
      context.globalAlpha *= 0.35;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x - (to.x - from.x) * scale * 1.5, y - (to.y - from.y) * scale * 1.5);
      context.stroke();
      context.globalAlpha = to.flags & AWAY ? 0.4 : 1;
    }
    context.fillStyle = colour;
    context.strokeStyle = colours.field;
    context.lineWidth = 2 * pixel;
    trace(context, shape, x, y, radius);
    context.stroke();
    context.fill();
    if (seat === this.seat) {
      // One's own ring: thin while the next dash has to wait.
      context.globalAlpha = to.flags & DASH_SPENT ? 0.45 : 1;
      context.strokeStyle = colours.ink;
      context.lineWidth = 2 * pixel;
      context.beginPath();
      context.arc(x, y, radius + 5 * pixel, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** One's own first; where two would lie upon each other the later one moves, and in a crowd is left out. */
  #drawNames(places, scale, pixel, colours) {
    const { context, canvas } = this;
    const away = Math.max(PLAYER * scale, LEAST_PLAYER * pixel) + 13 * pixel;
    const taken = [];
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const { seat, x, y } of places.toSorted((one, other) => (other.seat === this.seat) - (one.seat === this.seat))) {
      const isMe = seat === this.seat;
      const name = isMe ? "you" : cut(this.#names.get(seat) ?? `seat ${seat}`, LETTERS);
      context.font = `${isMe ? 700 : 500} ${12 * pixel}px ${this.font}`;
      const half = context.measureText(name).width / 2 + 2 * pixel;
      const middle = Math.max(half, Math.min(canvas.width - half, x));
      const line = [y - away, y + away, y - away - 14 * pixel, y + away + 14 * pixel].find((line) => (
        line > 8 * pixel && line < canvas.width - 8 * pixel
        && taken.every((other) => Math.abs(other.middle - middle) > other.half + half || Math.abs(other.line - line) > 13 * pixel)
      ));
      if (line === undefined) continue;
      taken.push({ middle, half, line });
      this.#write(name, middle, line, 3 * pixel, colours.ink);
    }
  }

  #write(text, x, y, halo, colour) {
    const { context } = this;
    context.lineJoin = "round";
    context.strokeStyle = this.colours.field;
    context.lineWidth = halo;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  #drawEffects(time, places, pixel, colours) {
    const { context } = this;
    const life = 700;
    this.#effects = this.#effects.filter((effect) => time - effect.time < life);
    for (const effect of this.#effects) {
      const age = (time - effect.time) / life;
      const place = places.find(({ seat }) => seat === effect.seat);
      if (age < 0 || !place) continue;
      const rise = this.still.matches ? 0 : 10 * age;
      context.globalAlpha = this.still.matches ? 1 : 1 - age * age;
      context.font = `700 ${14 * pixel}px ${this.font}`;
      this.#write(effect.text, place.x + 22 * pixel, place.y - rise * pixel, 3 * pixel, colours.ink);
      context.globalAlpha = 1;
    }
  }
}

/** Milliseconds of a round that are left at a time of the room. */
export function leftOfRound(beganAt, time) {
  return Math.max(0, ROUND - (time - beganAt));
}
