// What every room on the page has, whatever is played: who is there, what may be done now, the talk, the connection.
import { fragment } from "../shared/address.js";
import { ArenaStage } from "./arena-stage.js";
import { BoardStage } from "./board-stage.js";
import { find, make, sentence, setText } from "./elements.js";
import { HostMenu } from "./host-menu.js";
import { GAMES, STATES } from "./rooms-list.js";

const LINES = 200; // of the talk that stay on the page

const ENDINGS = {
  empty: "The room was closed: nobody was left.",
  ended: "The room was closed.",
  closed: "The room was closed.",
  host: "The host closed the room.",
  kicked: "The host has put you out of the room.",
  banned: "The host has put you out of the room for good.",
  replaced: "Your seat was taken over by another tab.",
  draining: "The relay is about to stop; the room is closed.",
  error: "The room was closed by an error.",
};

/** Why a seat could not be taken again. */
const GONE = {
  TOKEN: "You were away for too long: your seat was given up.",
  NO_ROOM: "The room is gone: the relay was started anew, or everybody was away for too long.",
  BANNED: ENDINGS.banned,
  DRAINING: ENDINGS.draining,
};

export class RoomPage {
  /** @param {(note: string) => void} closed told when one is in the room no more, and why */
  constructor(games, closed) {
    this.games = games;
    this.closed = closed;
    this.room = undefined;
    this.stages = { arena: new ArenaStage((text) => this.#say(text)), board: new BoardStage((text) => this.tell(text), (text) => this.#say(text)) };
    this.hostMenu = new HostMenu((event, seat) => this.#do(() => this.room.command(event, { seat })));
    this.people = new Map(); // seat → row
    /** What a `Room` (room.js) of this page is given. */
    this.handlers = {
      snapshot: (room) => this.#enter(room),
      event: (event) => this.room && this.#event(event),
      state: (frame) => this.room && this.stage.state(frame),
      change: () => this.#show(),
      link: (isUp, how) => this.room && this.#link(isUp, how),
      refused: ({ code, message }) => this.tell(`${message} (${code})`),
      closed: (reason, code) => this.#closed(reason, code),
    };
    this.#listen();
    setInterval(() => this.#beat(), 500);
    document.addEventListener("themechange", () => this.#paint());
  }

  get stage() {
    return this.room?.info.game === "arena" ? this.stages.arena : this.stages.board;
  }

  /** Whether leaving now would give up a seat in a round that is on. */
  get isInGame() {
    return this.room !== undefined && this.room.info.state === "live" && this.room.seat !== null;
  }

  // --- Coming and going ---

  #enter(room) {
    if (!(room.info.game in GAMES) || room.info.mode !== "authoritative") {
      room.leave().catch(() => {});
      return this.closed("This page does not know what is played in that room.");
    }
    const isFirst = this.room !== room;
    if (this.room) this.stage.leave();
    this.room = room;
    this.startsAt = undefined;
    find("overlay").hidden = true;
    this.tell("");
    this.stage.enter(room);
    find("talk").replaceChildren();
    for (const { name, text, seat } of room.chat) this.#addLine(text, name ?? `seat ${seat}`, seat);
    setText(find("room-title"), room.info.name);
    setText(find("room-game"), GAMES[room.info.game]);
    setText(find("room-code"), room.info.code);
    find("room-private").hidden = !room.info.private;
    find("talk-text").disabled = room.seat === null;
    find("talk-form").querySelector("button").disabled = room.seat === null;
    find("talk-text").placeholder = room.seat === null ? "Take a seat to talk" : "Say something";
    find("lobby").hidden = true;
    find("room").hidden = false;
    this.#show();
    if (isFirst) find("room-title").focus({ preventScroll: true });
    if (isFirst) scrollTo(0, 0);
  }

  #closed(reason, code) {
    if (!this.room) return;
    this.stage.leave();
    this.room = undefined;
    this.people.clear();
    this.hostMenu.close();
    find("leave-dialog").close();
    find("people").replaceChildren();
    find("room").hidden = true;
    find("lobby").hidden = false;
    document.title = "Play · Relay";
    this.closed(ending(reason, code));
    find("lobby-title").closest("main").focus({ preventScroll: true });
  }

  #link(isUp, { mode }) {
    const { room } = this;
    this.lostAt = isUp ? undefined : performance.now();
    find("stage").classList.toggle("frozen", !isUp);
    if (isUp && mode === "replay") this.#addLine("You are back: what you missed follows.");
    if (isUp && mode === "snapshot") this.#addLine("You are back: this is how it stands now.");
    if (!isUp) this.#addLine("Connection lost.");
    this.stage.link(isUp, room);
    this.#show();
  }

  // --- What happens ---

  #event(event) {
    const { room } = this;
    const { kind, seat, data } = event;
    const name = () => (seat === room.seat ? "You" : (room.playerOn(seat)?.name ?? `Seat ${seat}`));
    switch (kind) {
      case "chat": this.#addLine(data.text, room.playerOn(seat)?.name ?? `seat ${seat}`, seat); break;
      case "join": this.#addLine(`${data.name} has joined.`); break;
      case "leave": this.#addLine(`${this.people.get(seat)?.name ?? `Seat ${seat}`} ${LEAVING[data.why] ?? "has left"}.`); break;
      case "away": if (seat !== room.seat) this.#addLine(`${name()}: connection lost.`); break;
      case "back": if (seat !== room.seat) this.#addLine(`${name()} is back.`); break;
      case "host": this.#addLine(data.seat === room.seat ? "You are the host now." : `${room.playerOn(data.seat)?.name ?? "Somebody"} is the host now.`); break;
      case "state":
        this.startsAt = data.to === "countdown" ? data.at : undefined;
        if (data.to === "live") this.#addLine("A round begins.");
        this.begins = data.to === "live";
        break;
      default:
    }
    this.stage.event(event);
    if (kind === "end") this.#addLine(this.#result());
    if (!(kind in QUIET)) this.#show();
  }

  #result() {
    // The event `end` comes before the state `ended`.
    const { info } = this.room;
    const before = info.state;
    info.state = "ended";
    const text = this.stage.status();
    info.state = before;
    return text;
  }

  // --- What is shown ---

  /** Everything but the picture of the game; once for all that one message brings. */
  #show() {
    if (this.isShowing) return;
    this.isShowing = true;
    queueMicrotask(() => {
      this.isShowing = false;
      if (!this.room) return;
      this.stage.changed();
      this.#showStatus();
      this.#showPeople();
      this.#showActions();
      this.#showOverlay();
      this.#moveFocus();
    });
  }

  /** To the game when a round begins, unless somebody is writing. */
  #moveFocus() {
    if (!this.begins) return;
    this.begins = false;
    const focused = document.activeElement;
    if (focused === null || focused === document.body || focused.closest("button, h1, main:focus")) this.stage.focus();
  }

  #showStatus() {
    const { info } = this.room;
    setText(find("room-state"), STATES[info.state] ?? info.state);
    const status = this.#status();
    setText(find("status"), status);
    // For whoever looks at another tab meanwhile.
    const title = `${status.startsWith("Your turn") ? "Your turn · " : ""}${info.name} · Relay`;
    if (document.title !== title) document.title = title;
  }

  #status() {
    const { room } = this;
    const { info } = room;
    if (!room.isUp) return "Connection lost, trying again…";
    if (info.state === "countdown") return "The round is about to begin.";
    if (info.state !== "lobby") return this.stage.status();
    if (info.players.length < 2) return "Waiting for another player: send somebody the link.";
    if (room.seat === null) return "Waiting for the players to be ready.";
    if (!room.me?.ready) return "Press Ready when you want to begin.";
    const others = info.players.filter(({ ready }) => !ready).map(({ name }) => name);
    return others.length > 3 ? `Waiting for ${others.length} players.` : `Waiting for ${others.join(", ")}.`;
  }

  #showPeople() {
    const { room } = this;
    const { players, max } = room.info;
    setText(find("people-count"), `${players.length} of ${max}`);
    const wanted = new Set(players.map(({ seat }) => seat));
    for (const [seat, row] of this.people) {
      if (wanted.has(seat)) continue;
      row.element.remove();
      this.people.delete(seat);
    }
    for (const player of players) {
      const row = this.people.get(player.seat) ?? this.#addPerson(player);
      const isMe = player.seat === room.seat;
      row.element.classList.toggle("me", isMe);
      row.element.classList.toggle("away", player.state === "away");
      setText(row.label, isMe ? `${player.name} (you)` : player.name);
      setText(row.note, this.#noteOn(player));
      row.more.hidden = !room.isHost || isMe;
      this.#paintBadge(row);
    }
    this.#showScores();
  }

  #noteOn({ seat, state, ready }) {
    const { info } = this.room;
    const notes = [];
    const mark = this.stage.markOf?.(seat);
    if (mark) notes.push(this.stage.game.marks[mark]);
    if (info.host === seat) notes.push("host");
    if (state === "away") notes.push("connection lost");
    if (state === "bot") notes.push("played by the relay");
    if (info.state === "lobby" || info.state === "countdown") notes.push(ready ? "ready" : "not ready");
    return notes.join(" · ");
  }

  #addPerson({ seat, name }) {
    const row = {
      seat, name, badge: make("canvas", { class: "badge", "aria-hidden": "true" }), label: make("span", { class: "person-name" }),
      note: make("span", { class: "person-note" }), score: make("span", { class: "person-score" }),
      more: this.hostMenu.button(seat, name),
    };
    row.element = make("li", {}, row.badge, row.label, row.note, row.score, row.more);
    this.people.set(seat, row);
    find("people").append(row.element);
    return row;
  }

  /** Again once the player has another mark. */
  #paintBadge(row) {
    const look = this.stage.markOf?.(row.seat) ?? "none";
    if (row.look === look) return;
    row.look = look;
    this.stage.paintBadge(row.badge, row.seat);
  }

  #showScores() {
    for (const [seat, row] of this.people) {
      const score = this.stage.score(seat);
      setText(row.score, score === undefined ? "" : String(score));
    }
  }

  #paint() {
    for (const row of this.people.values()) this.stage.paintBadge(row.badge, row.seat);
    this.stages.arena.repaint();
  }

  #showActions() {
    const { room } = this;
    const { info, me } = room;
    const enough = info.players.length >= 2;
    const may = (id, isShown) => {
      find(id).hidden = !(isShown && room.isUp);
    };
    may("ready", me && (info.state === "lobby" || info.state === "countdown"));
    setText(find("ready"), me?.ready ? "Not ready" : "Ready");
    find("ready").classList.toggle("primary", !me?.ready);
    may("start", room.isHost && info.state === "lobby" && enough);
    may("rematch", room.isHost && info.state === "ended");
    may("take-seat", room.seat === null && info.players.length < info.max && (info.state !== "live" || info.game === "arena"));
  }

  #showOverlay() {
    const { room } = this;
    let text = "";
    if (!room.isUp) {
      const left = room.grace - (performance.now() - this.lostAt);
      const seat = room.seat === null ? "Your place" : "Your seat";
      text = `Connection lost. ${left > 0 ? `${seat} is kept for ${Math.ceil(left / 1_000)} s.` : "Trying again…"}`;
    } else if (this.startsAt !== undefined && room.info.state === "countdown") {
      text = String(Math.max(1, Math.ceil((this.startsAt - room.time) / 1_000)));
    } else if (room.info.state === "ended") {
      text = this.stage.overlay?.() ?? "";
    }
    find("overlay").hidden = text === "";
    find("overlay").classList.toggle("lost", !room.isUp);
    setText(find("overlay-text"), text);
  }

  #beat() {
    if (!this.room) return;
    setText(find("clock"), this.room.isUp ? this.stage.beat() : "");
    const isMeasured = this.games.isUp && this.games.rtt !== null;
    setText(find("rtt"), isMeasured ? this.games.rtt.toFixed(1) : "–");
    setText(find("offset"), isMeasured ? signed(this.games.offset) : "–");
    setText(find("events"), String(this.room.q));
    this.#showScores();
    this.#showOverlay();
  }

  // --- What one does ---

  #listen() {
    const command = (id, event, more) => {
      find(id).addEventListener("click", () => this.#do(() => this.room.command(event, more?.())));
    };
    command("ready", "room:ready", () => ({ ready: !this.room.me?.ready }));
    command("start", "room:start");
    command("rematch", "room:rematch");
    find("leave").addEventListener("click", () => this.room?.leave().catch(() => {}));
    find("share").addEventListener("click", () => this.#share());
    find("talk-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = find("talk-text").value.trim();
      if (text === "") return;
      this.#do(async () => {
        await this.room.command("room:chat", { text });
        find("talk-text").value = "";
      });
    });
  }

  /** Carries out what was asked for; a refusal is shown. */
  async #do(work) {
    this.tell("");
    try {
      await work();
    } catch (refusal) {
      this.tell(sentence(refusal));
    }
  }

  async #share() {
    const link = `${location.origin}/play${fragment(this.room.info.code)}`;
    try {
      if (navigator.share && matchMedia("(pointer: coarse)").matches) return await navigator.share({ url: link });
      await navigator.clipboard.writeText(link);
      setText(find("share"), "Copied");
      this.#say("The link is copied.");
      setTimeout(() => setText(find("share"), "Copy link"), 2_000);
    } catch (error) {
      if (error.name === "AbortError") return; // shared with nobody after all
      this.#addLine(`The link to this room: ${link}`); // no clipboard without TLS
    }
  }

  /** What went otherwise than one would think; nothing takes it away. */
  tell(text) {
    setText(find("refusal"), text);
  }

  /** To screen readers, beside what is seen. */
  #say(text) {
    setText(find("said"), text);
  }

  /** A line of the talk: somebody's, or, without a name, what has happened. */
  #addLine(text, name, seat) {
    const list = find("talk");
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const line = make("li", name === undefined ? { class: "event" } : {});
    if (name !== undefined) line.append(make("strong", {}, seat === this.room.seat ? "You" : name), " ");
    line.append(text);
    list.append(line);
    while (list.children.length > LINES) list.firstElementChild.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }
}

function ending(reason, code) {
  if (reason === "left") return "";
  if (reason === "gone") return GONE[code] ?? `Your seat could not be taken again (${code}).`;
  return ENDINGS[reason] ?? `The room was closed (${reason}).`;
}

function signed(milliseconds) {
  const rounded = Math.round(milliseconds);
  return rounded > 0 ? `+${rounded}` : String(rounded).replace("-", "−");
}

const LEAVING = { left: "has left", timeout: "did not come back", kicked: "was put out", closed: "is gone" };

/** Events that change nothing but the game's own picture, and come often. */
const QUIET = { coin: 1, steal: 1, hash: 1 };
