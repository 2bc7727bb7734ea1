// A board game on the page. Nothing is shown before the room has said it.
import { BOARDS, BoardState, BoardView } from "./board.js";
import { find, sentence } from "./elements.js";
import { paintMark } from "./players.js";

export class BoardStage {
  #outcome;
  #deadline; // of the turn, by the room's time
  #isMoving = false;

  /**
   * @param {(text: string) => void} refuse shows why a move was not taken
   * @param {(text: string) => void} announce says something to screen readers
   */
  constructor(refuse, announce) {
    this.refuse = refuse;
    this.announce = announce;
  }

  enter(room) {
    this.room = room;
    this.game = BOARDS[room.info.game];
    this.board = new BoardState(this.game);
    this.view = new BoardView(find("board"), this.game, (row, column) => this.#play(row, column));
    this.#outcome = undefined;
    this.#deadline = room.deadline;
    this.#take(room);
    for (const id of ["board", "board-help"]) find(id).hidden = false;
  }

  leave() {
    for (const id of ["board", "board-help"]) find(id).hidden = true;
    this.room = undefined;
  }

  #take(room) {
    this.board.reset(room.snapshot, room.info.players.map(({ seat }) => seat));
  }

  link() {
    this.#isMoving = false;
    this.changed();
  }

  event({ kind, seat, data }) {
    switch (kind) {
      case this.game.kind: return this.#played(seat, data);
      case "state":
        this.#deadline = undefined;
        if (data.to === "live") this.board.begin(data.round, data.seats);
        else if (data.to === "lobby") this.board.reset(undefined);
        if (data.to !== "ended") this.#outcome = undefined;
        return;
      case "timer":
        this.#deadline = data.deadline;
        this.board.turn = data.turn;
        return;
      case "end":
        this.#outcome = data;
        this.board.end();
    }
  }

  #played(seat, data) {
    this.board.play(seat, data);
    // One's own is told by the button pressed.
    if (seat !== this.room.seat) this.announce(`${this.#nameOf(seat)}: ${this.view.placeOf(this.board.last)}`);
  }

  /** Where keys go once a round begins. */
  focus() {
    this.view.focus();
  }

  state() {}

  changed() {
    const { room, board } = this;
    const mayPlay = room.isUp && room.info.state === "live" && board.turn !== null && board.turn === room.seat;
    this.view.show(board, (mark) => this.#whose(mark), mayPlay);
  }

  #whose(mark) {
    const seat = [...this.board.marks].find(([, own]) => own === mark)?.[0];
    if (seat === undefined) return "played";
    return seat === this.room.seat ? "yours" : `${this.#nameOf(seat)}’s`;
  }

  #nameOf(seat) {
    return this.room.playerOn(seat)?.name ?? "the other player";
  }

  markOf(seat) {
    return this.board.marks.get(seat);
  }

  /** A player is known by its mark, once it has one. */
  paintBadge(canvas, seat) {
    paintMark(canvas, this.room.info.game, this.markOf(seat));
  }

  score() {
    return undefined;
  }

  async #play(row, column) {
    const { room } = this;
    if (room.seat === null) return this.refuse("You are watching: take a seat to play.");
    if (!room.isUp) return this.refuse("There is no connection now.");
    if (this.#isMoving) return;
    this.#isMoving = true;
    this.refuse("");
    try {
      await room.move(this.game.kind, this.game.move(row, column));
    } catch (refusal) {
      if (this.room === room) this.refuse(sentence({ ...refusal, message: withNames(refusal.message, room) }));
    } finally {
      this.#isMoving = false;
    }
  }

  status() {
    const { room, board } = this;
    if (room.info.state === "live") {
      if (board.turn === null) return "";
      const mark = board.marks.get(board.turn);
      const plays = mark ? `, ${this.game.marks[mark]}` : "";
      return board.turn === room.seat ? `Your turn${plays}.` : `${this.#nameOf(board.turn)}’s turn${plays}.`;
    }
    if (!this.#outcome) return "The round is over.";
    const { winner, draw, why } = this.#outcome;
    if (draw || winner === undefined) return "A draw.";
    const reason = why === "abandoned" ? ": the other player is gone" : "";
    return winner === room.seat ? `You won${reason}.` : `${this.#nameOf(winner)} won${reason}.`;
  }

  /** Twice a second: what is left of the turn. */
  beat() {
    if (this.#deadline === undefined || this.room.info.state !== "live") return "";
    return `${Math.max(0, Math.ceil((this.#deadline - this.room.time) / 1_000))} s`;
  }
}

/** The relay speaks of seats; the page's players have names. */
function withNames(message, room) {
  return message.replace(/seat (\d+)/, (all, seat) => room.playerOn(Number(seat))?.name ?? all);
}
