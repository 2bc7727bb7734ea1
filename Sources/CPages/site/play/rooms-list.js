// The lobby's list. Rows have one height and are put in their place by a transform: whatever comes, goes or changes
// its rank, nothing else on the page moves.
import { find, make, setText } from "./elements.js";

export const GAMES = { arena: "Arena", tictactoe: "Tic-tac-toe", connect4: "Connect 4" };
export const STATES = { lobby: "waiting", countdown: "starting", live: "playing", ended: "over" };

const MOST = 200; // rows
const PAUSE = 100; // milliseconds between two looks at the list, however often rooms change
const byName = new Intl.Collator(undefined, { numeric: true });

export class RoomsList {
  #rows = new Map(); // rid → row
  #rooms = new Map(); // rid → room, the newest that is known
  #game = "";
  #timer;

  /** @param {(room: object, as: "player" | "spectator") => void} enter */
  constructor(enter) {
    this.enter = enter;
    this.list = find("rooms");
    find("filter").addEventListener("change", (event) => {
      this.#game = event.target.value;
      this.#show();
    });
  }

  show(rooms) {
    this.#rooms = rooms;
    this.#timer ??= setTimeout(() => this.#show(), PAUSE);
  }

  #show() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const isWanted = ({ game, mode }) => game in GAMES && mode === "authoritative" && (this.#game || game) === game;
    const all = [...this.#rooms.values()].filter(isWanted);
    const shown = all.sort(inOrder).slice(0, MOST);
    setText(find("room-count"), all.length > MOST ? `${MOST} of ${all.length}` : String(all.length));
    find("no-rooms").hidden = shown.length > 0;
    this.list.hidden = shown.length === 0;
    this.#place(shown);
  }

  #place(shown) {
    const wanted = new Set(shown.map(({ rid }) => rid));
    for (const [rid, row] of this.#rows) {
      if (wanted.has(rid)) continue;
      row.element.remove();
      this.#rows.delete(rid);
    }
    this.list.style.setProperty("--rows", shown.length);
    const focused = document.activeElement;
    shown.forEach((room, index) => {
      const row = this.#rows.get(room.rid) ?? this.#add(room);
      row.show(room);
      row.element.style.setProperty("--row", index);
      // In the document they stand in the same order, for whoever goes through them by keyboard.
      const at = this.list.children[index];
      if (at !== row.element) this.list.insertBefore(row.element, at ?? null);
    });
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  #add(room) {
    const row = new Row((as) => this.enter(row.room, as));
    this.#rows.set(room.rid, row);
    return row;
  }
}

class Row {
  constructor(enter) {
    this.name = make("span", { class: "row-name" });
    this.facts = make("span", { class: "row-facts" });
    this.seats = make("span", { class: "row-seats" });
    this.join = make("button", { type: "button", class: "join" }, "Join");
    this.watch = make("button", { type: "button" }, "Watch");
    this.join.addEventListener("click", () => enter("player"));
    this.watch.addEventListener("click", () => enter("spectator"));
    this.glyph = make("span", { class: "row-glyph", "aria-hidden": "true" });
    this.element = make(
      "li", {}, this.glyph,
      make("span", { class: "row-title" }, this.name, this.facts), this.seats,
      make("span", { class: "row-buttons" }, this.join, this.watch));
  }

  show(room) {
    this.room = room;
    const free = Math.max(0, room.max - room.players.length);
    const watching = room.spectators > 0 ? ` · ${room.spectators} watching` : "";
    setText(this.name, room.name);
    setText(this.facts, `${GAMES[room.game]} · ${STATES[room.state] ?? room.state} · ${room.code}${watching}`);
    setText(this.seats, room.open ? `${free} of ${room.max} free` : free === 0 ? "full" : "closed");
    this.element.classList.toggle("open", room.open);
    this.join.disabled = !room.open;
    if (this.game !== room.game) {
      this.game = room.game;
      this.glyph.replaceChildren(find("match").querySelector(`[data-game="${room.game}"] svg`).cloneNode(true));
    }
    const about = `${room.name}, ${GAMES[room.game]}`;
    if (this.about !== about) {
      this.about = about;
      this.join.setAttribute("aria-label", `Join ${about}`);
      this.watch.setAttribute("aria-label", `Watch ${about}`);
    }
  }
}

/** Where one can sit down first; of those where somebody is before the empty ones, and who waits before who plays. */
function inOrder(one, other) {
  return rank(one) - rank(other) || byName.compare(one.name, other.name) || (one.rid < other.rid ? -1 : 1);
}

function rank({ open, players, state }) {
  return (open ? 0 : 8) + (players.length > 0 ? 0 : 4) + ({ lobby: 0, countdown: 1, ended: 2, live: 3 }[state] ?? 3);
}
