// A client of the relay's chat rooms (namespaces of kind `chat`). It needs the official Socket.IO client (`io`) and
// nothing else: copy this file into your page.
//
//   const chat = new Chat({ name: "Ann", changed: (room) => show(room) });
//   const room = await chat.join("tea");      // room.messages begins with the room's history
//   await chat.say("tea", "Hello");           // resolves when the relay has it: then it has a number and a time
//
// After a lost connection every room is joined again, and its history merged with what is here already: by number and
// time, so that nothing is there twice.

/** What the relay, or this client (`NO_ANSWER`, `NOT_CONNECTED`), said instead of yes. */
export class Refused extends Error {
  constructor({ code, message, retry }) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.retry = retry;
  }
}

const PATIENCE = 10_000; // milliseconds until a question counts as lost
const KEPT = 500; // messages of a room that are kept here
const TRIES = 9; // names that are tried where one is taken

export class Chat {
  /**
   * @param {object} options
   * @param {string} options.name 1 to 32 characters; where somebody has it already, a number is put behind it
   * @param {string} options.namespace where the rooms are
   * @param {string} options.path where Socket.IO answers at the relay, if not at /socket.io/
   * @param {(room: ChatRoom, what: "joined" | "said" | "members" | "lost" | "out") => void} options.changed `out`: one was
   *   put out, and is not taken in again unless one joins
   * @param {(room: ChatRoom, text: string) => void} options.noticed who came and went
   */
  constructor({ name, namespace = "/chat", path, changed, noticed = () => {} }) {
    this.name = name;
    this.changed = changed;
    this.noticed = noticed;
    this.rooms = new Map();
    this.joining = new Map(); // room → the promise of who asked first
    this.socket = io(namespace, { path });
    this.socket.on("connect", () => this.#rejoin());
    this.socket.on("disconnect", (reason) => this.#lost(reason));
    this.socket.on("connect_error", (error) => this.#turnedAway(error));
    this.socket.on("said", (message) => this.#in(message.room, (room) => {
      room.take([message]);
      this.changed(room, "said");
    }));
    this.socket.on("joined", (member) => this.#in(member.room, (room) => this.#came(room, member)));
    this.socket.on("left", (member) => this.#in(member.room, (room) => this.#went(room, member)));
  }

  /** Joins a room, under another name if this one is taken there. */
  join(name) {
    const room = this.rooms.get(name) ?? new ChatRoom(name);
    if (room.isIn) return Promise.resolve(room);
    if (!this.joining.has(name)) {
      this.joining.set(name, this.#enter(room, this.name).finally(() => this.joining.delete(name)));
    }
    return this.joining.get(name);
  }

  /** The message is in the room's history when this resolves, and in `room.messages`. */
  async say(name, text) {
    const room = this.rooms.get(name);
    const { id, at } = await this.#ask("say", { room: name, text });
    room.take([{ id, at, from: room.you, name: room.name, text }]);
    this.changed(room, "said");
  }

  async leave(name) {
    const room = this.rooms.get(name);
    if (!room) return;
    room.isLeft = true;
    this.rooms.delete(name);
    this.joining.delete(name);
    if (this.socket.connected) await this.#ask("leave", { room: name });
  }

  /** Another name, in every room: joining again is how one says it. Where that goes wrong, the old one stays in all. */
  async rename(name) {
    const old = this.name;
    const renamed = [];
    try {
      for (const room of this.rooms.values()) {
        if (!room.isIn) continue;
        await this.#enter(room, name);
        renamed.push(room);
      }
      this.name = name;
    } catch (refusal) {
      for (const room of renamed) await this.#enter(room, old).catch(() => {});
      throw refusal;
    }
  }

  async #enter(room, wanted) {
    for (let attempt = 1; ; attempt += 1) {
      const name = attempt === 1 ? wanted : `${[...wanted].slice(0, 29).join("")} ${attempt}`;
      try {
        await this.#ask("join", { room: room.room, name }, (answer) => {
          if (answer.room !== room.room) this.rooms.delete(room.room);
          room.room = answer.room; // as the relay writes it, in its events as well
          if (!room.isLeft) this.rooms.set(room.room, room); // one may have left again before the answer
          room.joined(answer, name);
        });
        this.changed(room, "joined");
        return room;
      } catch (refusal) {
        if (refusal.code !== "NAME_TAKEN" || attempt === TRIES) throw refusal;
      }
    }
  }

  async #rejoin() {
    for (const room of this.rooms.values()) {
      if (room.isIn || room.isOut) continue;
      try {
        await this.join(room.room);
      } catch (refusal) {
        if (!this.socket.connected) return; // lost again: the next connection tries
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.socket.connected && this.#rejoin(), refusal.retry ?? 3_000);
      }
    }
  }

  #lost(reason) {
    for (const room of this.rooms.values()) {
      room.isIn = false;
      this.changed(room, "lost");
    }
    // Ended on purpose by the relay: then nobody tries again unless we do.
    if (reason === "io server disconnect") this.#tryAgain(1_000);
  }

  /** The relay said no to the connection itself. */
  #turnedAway(error) {
    if (!this.socket.active) this.#tryAgain(error.data?.retry ?? 5_000); // else it is the network, and tried again already
  }

  #tryAgain(delay) {
    setTimeout(() => this.socket.active || this.socket.connect(), delay);
  }

  #came(room, { id, name, was }) {
    room.members.set(id, name);
    this.noticed(room, was === undefined ? `${name} has joined.` : `${was} is ${name} now.`);
    this.changed(room, "members");
  }

  #went(room, { id, name, reason }) {
    if (id === room.you) return this.#putOut(room, reason);
    room.members.delete(id);
    this.noticed(room, reason === undefined ? `${name} has left.` : `${name} was put out (${reason}).`);
    this.changed(room, "members");
  }

  /** Who leaves is not told so: it is the room that has ended it. */
  #putOut(room, reason) {
    room.isIn = false;
    room.isOut = true;
    room.members.clear();
    this.noticed(room, `You were put out of the room${reason === undefined ? "" : ` (${reason})`}.`);
    this.changed(room, "out");
  }

  #in(name, work) {
    const room = this.rooms.get(name);
    if (room) work(room);
  }

  /** @param {(answer: object) => void} taken called at once: what comes behind the answer finds done what this does */
  #ask(event, payload, taken) {
    if (!this.socket.connected) {
      return Promise.reject(new Refused({ code: "NOT_CONNECTED", message: "there is no connection now" }));
    }
    return new Promise((resolve, reject) => {
      this.socket.timeout(PATIENCE).emit(event, payload, (error, answer) => {
        if (error) reject(new Refused({ code: "NO_ANSWER", message: "no answer: it may have been said or not" }));
        else if (!answer.ok) reject(new Refused(answer));
        else {
          taken?.(answer);
          resolve(answer);
        }
      });
    });
  }
}

export class ChatRoom {
  #known = new Set(); // keys of messages

  constructor(room) {
    this.room = room;
    /** The name and the number that one has here. */
    this.name = undefined;
    this.you = undefined;
    this.isIn = false;
    /** Whether one was put out since, or has left for good. */
    this.isOut = false;
    this.isLeft = false;
    this.members = new Map(); // id → name
    /** `{key, id, from, name, text, at, isMine, isAfterGap}`, the oldest first. */
    this.messages = [];
    this.mine = new Set(); // the numbers that one has had here, one for each connection
  }

  joined({ members, history, you }, name) {
    this.isIn = true;
    this.isOut = false;
    this.you = you;
    this.name = name;
    this.mine.add(you);
    this.members = new Map(members.map((member) => [member.id, member.name]));
    this.take(history);
  }

  /** Puts messages where they belong; those that are here already are left out. */
  take(messages) {
    const last = this.messages.at(-1);
    let isNew = false;
    messages.forEach(({ id, from, name, text, at }, index) => {
      // A room that nobody was in for long begins anew, and counts from 1: the time tells the two apart.
      const key = `${id} ${at}`;
      if (this.#known.has(key)) return;
      this.#known.add(key);
      isNew = true;
      const isAfterGap = index === 0 && last !== undefined && id > last.id + 1;
      this.messages.push({ key, id, from, name, text, at, isMine: this.mine.has(from), isAfterGap });
    });
    if (!isNew) return;
    this.messages.sort((one, other) => one.at - other.at || one.id - other.id);
    for (const { key } of this.messages.splice(0, this.messages.length - KEPT)) this.#known.delete(key);
  }
}
