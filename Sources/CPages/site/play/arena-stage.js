// An arena on the page: the picture, the keys and the pad, the scores and the figures of its ticks.
import { Arena, leftOfRound } from "./arena.js";
import { Controls } from "./controls.js";
import { find, setText } from "./elements.js";
import { paintBadge } from "./players.js";
import { Pulse } from "./pulse.js";

export class ArenaStage {
  #arena = new Arena(find("arena-canvas"));
  #pulse = new Pulse();
  #beganAt; // by the room's time; undefined: no round, or not known
  #outcome;
  #hasWarned = false;

  /** @param {(text: string) => void} announce says something to screen readers */
  constructor(announce) {
    this.announce = announce;
    this.controls = new Controls({
      send: (bits) => this.room?.input("input", { bits }),
      pad: find("stick"), knob: find("knob"), dash: find("dash"),
    });
  }

  enter(room) {
    this.room = room;
    this.#beganAt = room.roundBegan;
    this.#outcome = undefined;
    this.#hasWarned = false;
    this.#pulse.clear();
    this.#arena.seat = room.seat;
    this.#arena.reset(room.snapshot, room.tick, room.t);
    for (const id of ["arena", "arena-help", "pad"]) find(id).hidden = false;
    find("pulse").classList.add("is-real-time");
    this.#arena.show(true);
  }

  leave() {
    this.controls.turn(false);
    this.#arena.show(false);
    this.room = undefined;
    for (const id of ["arena", "arena-help", "pad"]) find(id).hidden = true;
    find("pulse").classList.remove("is-real-time");
  }

  link(isUp) {
    if (isUp) {
      this.#arena.reset(this.room.snapshot, this.room.tick, this.room.t);
      this.#pulse.clear();
    }
    this.changed();
  }

  changed() {
    const { room } = this;
    this.#arena.seat = room.seat;
    this.#arena.players = room.info.players;
    const plays = room.isUp && room.info.state === "live" && room.seat !== null;
    if (this.controls.isOn !== plays) this.controls.turn(plays);
  }

  event({ kind, seat, t, data }) {
    switch (kind) {
      case "coin": return this.#arena.celebrate(seat, t, "+1");
      case "steal":
        this.#arena.celebrate(data.from, t, "−1");
        return this.#arena.celebrate(seat, t, "+1");
      case "state":
        if (data.to !== "live") return;
        this.#outcome = undefined;
        this.#beganAt = t;
        this.#hasWarned = false;
        this.#arena.reset(undefined);
        return;
      case "end":
        this.#outcome = data;
    }
  }

  repaint() {
    this.#arena.repaint();
  }

  /** Where keys go once a round begins; on a phone the pad comes into view. */
  focus() {
    find("arena").focus({ preventScroll: true });
    if (!matchMedia("(pointer: coarse)").matches || this.room.seat === null) return;
    // Held sideways the pad is beside the field, and has no box of its own.
    const lowest = find("pad").getClientRects().length > 0 ? find("pad") : find("stage");
    lowest.scrollIntoView({ block: "end" });
  }

  state(frame) {
    this.#pulse.add(performance.now(), frame.tick, frame.t);
    this.wait = frame.acks.find(([seat]) => seat === this.room.seat)?.[2];
    this.#arena.take(frame);
  }

  paintBadge(canvas, seat) {
    paintBadge(canvas, seat);
  }

  score(seat) {
    return this.#arena.scores.get(seat);
  }

  placeOf(seat) {
    return this.#arena.placeOf(seat);
  }

  status() {
    const { room } = this;
    if (room.info.state === "live") return room.seat === null ? "You are watching." : "Collect coins. The most win.";
    if (!this.#outcome) return "The round is over.";
    const { winner, scores, why } = this.#outcome;
    const points = new Map(scores).get(winner);
    const reason = why === "abandoned" ? "nobody else was left" : coins(points);
    if (winner === undefined) return "The round is over: a draw.";
    return winner === room.seat ? `You won: ${reason}.` : `${room.playerOn(winner)?.name ?? "Somebody"} won: ${reason}.`;
  }

  /** What stands over the picture when the round is over. */
  overlay() {
    return this.status();
  }

  /** Twice a second: what is left of the round, and the figures. */
  beat() {
    const { room } = this;
    const isLive = room.info.state === "live" && this.#beganAt !== undefined;
    const left = isLive ? Math.ceil(leftOfRound(this.#beganAt, room.time) / 1_000) : undefined;
    if (left !== undefined && left <= 10 && left > 5 && !this.#hasWarned) {
      this.#hasWarned = true;
      this.announce(`${left} seconds left.${room.seat === null ? "" : ` You have ${coins(this.score(room.seat) ?? 0)}.`}`);
    }
    const figures = this.#pulse.figures(performance.now());
    setText(find("jitter"), figures ? figures.jitter.toFixed(1) : "–");
    setText(find("late"), figures ? String(figures.late) : "–");
    setText(find("missing"), figures ? String(figures.missing) : "–");
    setText(find("rate"), figures ? figures.rate.toFixed(1) : "–");
    setText(find("fps"), this.#arena.fps ? this.#arena.fps.toFixed(0) : "–");
    setText(find("wait"), this.wait === undefined ? "–" : String(this.wait));
    find("dash").classList.toggle("spent", this.#arena.isDashSpent);
    return this.#clock(left);
  }

  /** One's score as well: the list of players may be out of sight. */
  #clock(left) {
    const { seat, info } = this.room;
    const score = seat !== null && info.state === "live" ? this.score(seat) : undefined;
    return [score === undefined ? "" : `you: ${coins(score)}`, left === undefined ? "" : `${left} s`].filter(Boolean).join(" · ");
  }
}

function coins(count) {
  return `${count} ${count === 1 ? "coin" : "coins"}`;
}
