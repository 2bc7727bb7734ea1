// A client of the relay's game rooms (namespaces of kind `game`). It needs the official Socket.IO client (`io`) and
// nothing else: copy this file into your game.
//
//   const games = new Games({ name: "Ann" });
//   const room = await games.match({ game: "connect4" }, {
//     snapshot: (room) => show(room.snapshot),          // the state anew: at first, and when too much was missed
//     event: ({ kind, seat, data }) => apply(kind, seat, data),   // everything that happens, once and in order
//   });
//   await room.command("room:ready", { ready: true });
//   await room.move("drop", { col: 3 });                // resolves when the move is in the room's log
//
// What it takes off your hands:
// - Every question gets an answer: `ok` resolves, a refusal rejects with `Refused` and its `code`.
// - A move counts exactly once. It keeps its number `n` until it is answered, also over a lost connection; the room
//   knows by the number what it has taken already.
// - Events reach you in the order of the log, by their number `q`, each once. After a lost connection the seat is
//   resumed and what was missed follows; if that is too much, a snapshot comes instead.
// - Seat and token are in sessionStorage: after a reload `games.resume(…)` is back on the seat. A second tab is a
//   second player.

/** What the relay, or this client (`NO_ANSWER`, `NOT_CONNECTED`), said instead of yes. */
export class Refused extends Error {
  constructor({ code, message, ...more }) {
    super(message);
    this.name = "Refused";
    this.code = code;
    /** Milliseconds after which trying again can help; undefined: it cannot. */
    this.retry = more.retry;
    /** What else the answer holds, such as `seat` with ALREADY_IN. */
    this.details = more;
  }
}

const PATIENCE = 10_000; // milliseconds until a question counts as lost
const PLAYER = "relay.player"; // in sessionStorage: {pid, key}
const SEAT = "relay.seat"; // in sessionStorage: {rid, code, game, token}

/** Events that every room has, by their kind. The game's own are in `room.info.kinds`. */
const KINDS = [
  "hole", "join", "leave", "away", "back", "host", "ready", "state", "chat", "props", "timer", "end", "bot", "hash",
];

/** A connection to the rooms of a relay: who one is there, what time it is there, and the ways into a room. */
export class Games {
  #renaming; // {old, resolve, reject}: a name that the relay has not taken yet

  /**
   * @param {object} options
   * @param {string} options.name what the others see, 64 bytes at most
   * @param {string} options.namespace where the rooms are
   * @param {string} options.path where Socket.IO answers at the relay, if not at /socket.io/
   * @param {(isUp: boolean) => void} options.link told when the connection is there, and when it is lost
   */
  constructor({ name, namespace = "/game", path, link = () => {} }) {
    this.name = name;
    this.link = link;
    this.rooms = new Set();
    /** Round trip in milliseconds, the median of the last few; null: not measured yet. */
    this.rtt = null;
    /** What to add to `Date.now()` to get the relay's clock, in milliseconds. */
    this.offset = 0;
    this.samples = [];
    // As a function, so that every attempt tells what is known by then.
    this.socket = io(namespace, { path, auth: (give) => give({ v: 1, name: this.name, ...stored(PLAYER) }) });
    this.whenUp = new Promise((resolve) => (this.resolveWhenUp = resolve));
    this.socket.on("hello", (hello) => this.#greeted(hello));
    this.socket.on("disconnect", (reason) => this.#lost(reason));
    this.socket.on("connect_error", (error) => this.#turnedAway(error));
    this.socket.on("tick", (frame) => this.#roomOf(frame[0])?.ticked(frame));
    this.socket.on("state", (frame) => this.#roomOf(frame[0])?.stated(frame));
    this.socket.on("refused", ([ref, n, code, message]) => this.#roomOf(ref)?.handlers.refused?.({ n, code, message }));
    this.socket.on("room:resync", (answer) => this.#roomNamed(answer.rid)?.entered({ ...answer, mode: "snapshot" }));
    this.socket.on("room:closed", ({ rid, reason }) => this.#roomNamed(rid)?.ended(reason));
    this.timer = setInterval(() => this.#measure(), 2_000);
  }

  /** Leaves the relay, and with it every seat. */
  close() {
    clearInterval(this.timer);
    this.socket.disconnect();
  }

  get isUp() {
    return this.hello !== undefined && this.socket.connected;
  }

  /** Opens a room: `{game, name?, private?, password?, max?, mode?, meta?, options?}`. */
  create(request, handlers) {
    return this.#enter("room:create", request, handlers);
  }

  /** Joins an open room of the game or opens one: `{game, meta?}`. */
  match(request, handlers) {
    return this.#enter("room:match", request, handlers);
  }

  /** Joins `{code}` or `{rid}`, and if one likes `{as: "player" or "spectator", password}`. */
  join(request, handlers) {
    return this.#enter("room:join", request, handlers);
  }

  /** The seat that this tab had before it was reloaded: `{rid, code, game}`, or undefined. */
  get lastSeat() {
    return stored(SEAT);
  }

  /**
   * Back on the seat that this tab had before it was reloaded; undefined where it had none. Rejects with TOKEN or NO_ROOM
   * when the seat is gone.
   */
  async resume(handlers) {
    const seat = stored(SEAT);
    if (!seat) return undefined;
    try {
      return await this.#enter("room:resume", { rid: seat.rid, token: seat.token, q: 0 }, handlers);
    } catch (refusal) {
      if (refusal.code === "TOKEN" || refusal.code === "NO_ROOM") store(SEAT, undefined);
      throw refusal;
    }
  }

  /**
   * Another name. The relay hears it with the next connection, so this one is given up, and with it every seat. Resolves when
   * the relay has taken it; rejects with `Refused` when it has not, and the old one stays.
   */
  rename(name) {
    this.#renaming?.reject(new Refused({ code: "REPLACED", message: "there is another name since" }));
    const old = this.#renaming?.old ?? this.name;
    this.name = name;
    return new Promise((resolve, reject) => {
      this.#renaming = { old, resolve, reject };
      this.socket.disconnect().connect();
    });
  }

  /** Asks the relay. Rejects with `Refused`; with code NO_ANSWER when the connection was lost meanwhile. */
  async ask(event, ...payload) {
    await this.whenUp;
    return new Promise((resolve, reject) => this.put(event, payload, resolve, reject));
  }

  /** As `ask`, at once and with callbacks: what comes behind the answer finds done what `resolve` did. */
  put(event, payload, resolve, reject) {
    this.socket.timeout(PATIENCE).emit(event, ...payload, (error, answer) => {
      if (error) reject(new Refused({ code: "NO_ANSWER", message: "there was no answer from the relay", retry: 0 }));
      else if (answer.ok) resolve(answer);
      else reject(new Refused(answer));
    });
  }

  async #enter(event, request, handlers) {
    await this.whenUp;
    const room = new Room(this, handlers);
    // The room has to be known before the next packet is looked at: it may be for it.
    await new Promise((resolve, reject) => {
      this.put(event, [request], (answer) => {
        try {
          this.rooms.add(room);
          resolve(room.entered(answer));
        } catch (error) {
          reject(error); // a handler's
        }
      }, reject);
    });
    return room;
  }

  #roomOf(ref) {
    for (const room of this.rooms) if (room.isUp && room.ref === ref) return room;
    return undefined;
  }

  #roomNamed(rid) {
    for (const room of this.rooms) if (room.info.rid === rid) return room;
    return undefined;
  }

  #greeted(hello) {
    this.hello = hello;
    store(PLAYER, { pid: hello.pid, key: hello.key });
    this.resolveWhenUp();
    this.#renaming?.resolve();
    this.#renaming = undefined;
    this.link(true);
    for (const room of this.rooms) room.resume();
    this.#measure();
  }

  #lost(reason) {
    // Ended on purpose by the relay: then nobody tries again unless we do.
    if (reason === "io server disconnect") setTimeout(() => this.socket.active || this.socket.connect(), 1_000);
    if (!this.hello) return;
    this.hello = undefined;
    this.whenUp = new Promise((resolve) => (this.resolveWhenUp = resolve));
    this.link(false);
    for (const room of this.rooms) room.lost();
  }

  /** The relay said no to the connection itself: there is no trying again unless we do. */
  #turnedAway(error) {
    if (this.socket.active) return; // it is the network, and tried again already
    if (error.data?.code === "AUTH") store(PLAYER, undefined); // the pid is somebody else's by now
    if (error.data?.code === "BAD_INPUT" && this.#renaming) return this.#keepName(error);
    setTimeout(() => this.socket.active || this.socket.connect(), error.data?.retry ?? 2_000);
  }

  /** The new name will not do: on with the old one. */
  #keepName({ message, data }) {
    const { old, reject } = this.#renaming;
    this.#renaming = undefined;
    this.name = old;
    reject(new Refused({ ...data, message }));
    this.socket.connect();
  }

  /** The relay's time is what it said, plus the way back. The sample with the shortest way errs the least. */
  #measure() {
    if (!this.isUp) return;
    const begin = performance.now();
    const room = [...this.rooms].find(({ isUp }) => isUp);
    this.socket.timeout(PATIENCE).emit("time", begin, ...(room ? [room.info.rid] : []), (error, answer) => {
      if (error || !Array.isArray(answer)) return;
      const rtt = performance.now() - begin;
      this.samples = [...this.samples.slice(-8), { rtt, offset: answer[1] + rtt / 2 - Date.now() }];
      const inOrder = this.samples.toSorted((one, other) => one.rtt - other.rtt);
      this.rtt = inOrder[inOrder.length >> 1].rtt;
      this.offset = inOrder[0].offset;
    });
  }
}

/**
 * A room one is in. Its handlers are given with the request to enter, so that nothing can come before them; each may be
 * left out:
 * - `snapshot(room)`: `room.info`, `room.snapshot` and `room.chat` are as of `room.q`: once on entering, and again
 *   when too much was missed to be told event by event.
 * - `event({q, t, kind, seat, n, data})`: the next event of the log. `kind` is a name.
 * - `state({tick, t, base, acks, payload})`: of real-time games, next to the log.
 * - `change(room)`: who is there, ready or host, or what the room is at, has changed.
 * - `link(isUp, {mode})`: the connection is lost; the seat is taken again, by `replay` or `snapshot`.
 * - `refused({n, code, message})`: of an input.
 * - `closed(reason, code)`: one is in the room no more: `left`, `empty`, `ended`, `kicked`, `banned`, `replaced` (the seat
 *   was resumed elsewhere), `draining`, `error`, or `gone` when it could not be resumed; then `code` says why: `TOKEN` when
 *   one was away for too long, `NO_ROOM` when there is no such room any more.
 */
export class Room {
  /** The number of our last move, taken or under way. */
  #lastMove = 0;
  /** Moves that are not answered yet, the first of them under way. */
  #moves = [];
  #isSending = false;
  /** Events up to this number are in `info` already. */
  #knownThrough = 0;

  constructor(games, handlers = {}) {
    this.games = games;
    this.handlers = handlers;
    this.isUp = false;
    /** The last event that the handler was told. */
    this.q = 0;
  }

  /** One's own entry among the players; undefined for spectators. */
  get me() {
    return this.playerOn(this.seat);
  }

  get isHost() {
    return this.seat !== null && this.info.host === this.seat;
  }

  playerOn(seat) {
    return this.info.players.find((player) => player.seat === seat);
  }

  /** Milliseconds since the room began, by the relay's clock as far as it can be known here. */
  get time() {
    return performance.now() - this.began + (this.games.rtt ?? 0) / 2;
  }

  // --- What one does ---

  /** Sends a command such as `room:ready`, `room:start`, `room:rematch`, `room:chat` with what belongs to it. */
  async command(event, more = {}) {
    if (!this.isUp) throw new Refused({ code: "NOT_CONNECTED", message: "there is no connection now", retry: 0 });
    return this.games.ask(event, { rid: this.info.rid, ...more });
  }

  /** Goes for good: the seat is free for others. */
  async leave() {
    try {
      if (this.isUp) await this.command("room:leave");
    } finally {
      this.ended("left");
    }
  }

  /**
   * Makes a move that has to count: resolves with the answer `{n, q, tick}` when it is in the log, rejects with
   * `Refused` when the game says no. One is under way at a time, and sent again with the same number until answered.
   */
  move(kind, data) {
    return new Promise((resolve, reject) => {
      this.#moves.push({ kind, data, resolve, reject, n: undefined });
      this.#sendNext();
    });
  }

  /** Sends what only counts now, such as the keys held down: never again, never late. Refusals go to the handler. */
  input(kind, data) {
    if (!this.isUp || this.seat === null) return;
    this.#lastMove += 1;
    this.games.socket.volatile.emit("move", [this.ref, this.#lastMove, kind, data]);
  }

  #sendNext() {
    const move = this.#moves[0];
    if (!move || this.#isSending || !this.isUp || !this.games.isUp) return;
    this.#isSending = true;
    move.n ??= this.#lastMove += 1;
    const answered = (settle) => {
      if (this.#moves[0] !== move) return; // sent twice, answered twice
      this.#isSending = false;
      this.#moves.shift();
      settle();
      this.#sendNext();
    };
    this.games.put(
      "move", [[this.ref, move.n, move.kind, move.data]],
      (answer) => answered(() => move.resolve(answer)),
      (refusal) => {
        if (this.#moves[0] !== move) return;
        const again = (delay) => {
          this.#isSending = false;
          setTimeout(() => this.#sendNext(), delay);
        };
        switch (refusal.code) {
          // It may have been taken or not: the number tells the room, so it is sent again.
          case "NO_ANSWER": return again(0);
          // Too fast: the room says when to go on.
          case "RATE": return again(refusal.retry ?? 1_000);
          // The connection is another by now: it is sent again with the room's new number, once we are in.
          case "REF": return void (this.#isSending = false);
          case "GAP":
            move.n = this.#lastMove = refusal.details.expect;
            return again(0);
          default:
        }
        // A refused move does not use up its number.
        if (move.n === this.#lastMove) this.#lastMove -= 1;
        answered(() => move.reject(refusal));
      });
  }

  // --- What comes ---

  /** The answer that lets one in, for the first time or again. */
  entered(answer) {
    const isFirst = this.ref === undefined;
    this.info = answer.room;
    this.ref = answer.ref;
    this.seat = answer.seat;
    this.token = answer.token;
    /** How long the seat is kept after a lost connection, in milliseconds. */
    this.grace = answer.grace;
    this.props = answer.props;
    this.tick = answer.tick;
    this.t = answer.t;
    this.#knownThrough = answer.q;
    this.began = Math.min(this.began ?? Infinity, performance.now() - answer.t);
    /** When the present round began, and when the present turn is over, by the room's time; undefined: none, or not known. */
    this.roundBegan = answer.began ?? undefined;
    this.deadline = answer.deadline ?? undefined;
    this.isUp = true;
    store(SEAT, { rid: this.info.rid, code: this.info.code, game: this.info.game, token: this.token });

    const underWay = this.#moves[0]?.n ?? 0;
    if (answer.lastN !== undefined) this.#lastMove = Math.max(answer.lastN, underWay);
    this.snapshot = answer.snapshot;
    // After a lost connection the log goes on where we had it, if the relay still has all of it. Else, and at first,
    // what it has led to is in the answer; but without rules there is nothing but the log, and all of it is news.
    if (isFirst || answer.mode !== "replay") {
      const isAllNews = answer.mode === "replay" && this.info.mode === "relay";
      this.q = isAllNews ? 0 : answer.q;
      this.chat = isAllNews ? [] : answer.chat;
      this.handlers.snapshot?.(this);
    }
    if (!isFirst) this.handlers.link?.(true, { mode: answer.mode });
    this.handlers.change?.(this);
    this.#isSending = false;
    this.#sendNext();
  }

  /** `[ref, tick, t, q0, events]`: event i has the number q0 + i. */
  ticked([, tick, t, q0, events]) {
    this.began = Math.min(this.began, performance.now() - t);
    this.tick = tick;
    this.t = t;
    if (q0 > this.q + 1) return this.resume(); // something is missing: never go on over a gap
    let hasChanged = false;
    events.forEach(([kind, seat, n, data], i) => {
      const q = q0 + i;
      if (q <= this.q) return;
      this.q = q;
      const event = { q, t, kind: this.#nameOf(kind), seat, n, data };
      if (q > this.#knownThrough) hasChanged = this.#apply(event) || hasChanged;
      if (event.kind === "chat") this.chat.push({ q, t, seat, name: this.playerOn(seat)?.name, text: data.text });
      this.handlers.event?.(event);
    });
    if (hasChanged) this.handlers.change?.(this);
  }

  /** `[ref, tick, t, base, acks, payload]` */
  stated([, tick, t, base, acks, payload]) {
    this.began = Math.min(this.began, performance.now() - t);
    this.tick = tick;
    this.t = t;
    this.handlers.state?.({ tick, t, base, acks, payload });
  }

  #nameOf(kind) {
    if (kind < KINDS.length) return KINDS[kind];
    const own = Object.entries(this.info.kinds).find(([, number]) => number === kind);
    return own ? own[0] : String(kind);
  }

  /** Keeps `info` up to date. Returns whether the event changed it. */
  #apply({ kind, seat, data }) {
    const { info } = this;
    const player = this.playerOn(seat);
    switch (kind) {
      case "join":
        info.players.push({ seat, pid: data.pid, name: data.name, state: "on", ready: false, rtt: null });
        return true;
      case "leave":
        info.players = info.players.filter((one) => one.seat !== seat);
        return true;
      case "away": case "back": case "bot":
        if (player) player.state = kind === "back" ? "on" : kind;
        return true;
      case "ready":
        if (player) player.ready = data.ready;
        return true;
      case "host":
        info.host = data.seat;
        return true;
      case "state":
        info.state = data.to;
        if (data.to === "ended") for (const one of info.players) one.ready = false;
        return true;
      case "props":
        for (const [name, value] of Object.entries(data)) {
          if (name.startsWith("@")) info[name.slice(1)] = value;
          else this.props[name] = value;
        }
        return true;
      default: return false;
    }
  }

  /** The connection is gone; the relay keeps the seat for the grace. */
  lost() {
    this.isUp = false;
    this.handlers.link?.(false, {});
  }

  /** Takes the seat again by the token, and asks for what was missed since `q`. */
  resume() {
    this.isUp = false;
    this.games.put(
      "room:resume", [{ rid: this.info.rid, token: this.token, q: this.q }],
      (answer) => this.entered(answer),
      (refusal) => {
        if (!this.games.isUp) return; // lost again: the next connection tries
        if (refusal.retry === undefined) this.ended("gone", refusal.code);
        else setTimeout(() => this.games.isUp && !this.isUp && this.resume(), refusal.retry);
      });
  }

  /** One is in the room no more. @param {string} code why the seat could not be resumed */
  ended(reason, code) {
    if (!this.games.rooms.delete(this)) return;
    this.isUp = false;
    if (stored(SEAT)?.token === this.token) store(SEAT, undefined);
    for (const move of this.#moves.splice(0)) {
      move.reject(new Refused({ code: "NOT_IN", message: "you are not in this room any more" }));
    }
    this.handlers.closed?.(reason, code);
  }
}

// --- What outlives a reload. Storage may be forbidden; then a reload is a new player, and all else works. ---

function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? undefined;
  } catch {
    return undefined;
  }
}

function store(key, value) {
  try {
    if (value === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // see above
  }
}
