// The list of public rooms, kept up to date by the relay: a first answer with all of them, then what changes.

/** Watches the rooms of a relay over a connection of `Games` (room.js). */
export class Lobby {
  /** @param {(rooms: Map<string, object>) => void} changed told all rooms by `rid` whenever one has come, changed or gone */
  constructor(games, changed) {
    this.games = games;
    this.changed = changed;
    this.rooms = new Map();
    this.revision = undefined; // of the last change; undefined: not watching now
    this.isWanted = false;
    const { socket } = games;
    socket.on("hello", () => this.isWanted && this.#ask());
    socket.on("disconnect", () => (this.revision = undefined));
    socket.on("lobby:add", (room, revision) => this.#take(revision, () => this.rooms.set(room.rid, room)));
    socket.on("lobby:update", (change, revision) =>
      this.#take(revision, () => this.rooms.set(change.rid, { ...this.rooms.get(change.rid), ...change })));
    socket.on("lobby:remove", ({ rid }, revision) => this.#take(revision, () => this.rooms.delete(rid)));
  }

  watch() {
    if (this.isWanted) return;
    this.isWanted = true;
    if (this.games.isUp) this.#ask();
  }

  unwatch() {
    this.isWanted = false;
    this.revision = undefined;
    if (this.games.isUp) this.games.ask("lobby:unwatch", {}).catch(() => {});
  }

  /** The answer is taken before the next packet is looked at: the first change may come right behind it. */
  #ask() {
    this.revision = undefined;
    this.games.put("lobby:watch", [{}], ({ rooms, rev }) => {
      if (!this.isWanted) return;
      this.rooms = new Map(rooms.map((room) => [room.rid, room]));
      this.revision = rev;
      this.changed(this.rooms);
    }, (refusal) => {
      if (refusal.retry !== undefined) setTimeout(() => this.isWanted && this.games.isUp && this.#ask(), refusal.retry);
    });
  }

  /** Each change has the number after the last one's; where one is missing, all is asked for again. */
  #take(revision, change) {
    if (this.revision === undefined) return;
    if (revision !== this.revision + 1) return void this.#ask();
    this.revision = revision;
    change();
    this.changed(this.rooms);
  }
}
