// Board games for two: the rules that the page has to know to show what the room says, and the board as a grid of
// buttons. What may be played and who has won is the room's to say.

export const BOARDS = {
  tictactoe: {
    columns: 3, rows: 3, line: 3, kind: "place", marks: { X: "X", O: "O" },
    move: (row, column) => ({ c: row * 3 + column }),
    cellOf: (cells, { c }) => c,
    verb: "Place on an empty cell",
  },
  connect4: {
    columns: 7, rows: 6, line: 4, kind: "drop", marks: { X: "filled disc", O: "ring" },
    move: (row, column) => ({ col: column }),
    cellOf: (cells, { col }) => [5, 4, 3, 2, 1, 0].map((row) => row * 7 + col).find((cell) => cells[cell] === "."),
    verb: "Drop into a column",
  },
};

/** What lies on a board, by the snapshot and the moves since. `X` is who began. */
export class BoardState {
  constructor(game) {
    this.game = game;
    this.reset(undefined);
  }

  /** @param {{board: string, turn: number | null, ply: number} | undefined} snapshot undefined: no round yet */
  reset(snapshot, seats = []) {
    const { columns, rows } = this.game;
    this.cells = [...(snapshot?.board ?? ".".repeat(columns * rows))];
    this.ply = snapshot?.ply ?? 0;
    this.turn = snapshot?.turn ?? null;
    this.last = undefined;
    this.marks = new Map(); // seat → X or O
    if (this.turn === null || seats.length !== 2) return;
    const other = seats.find((seat) => seat !== this.turn);
    this.marks.set(this.turn, this.#markOf(this.ply));
    this.marks.set(other, this.#markOf(this.ply + 1));
  }

  /** A round begins: the lower seat in even rounds, the other one in odd ones. */
  begin(round, seats) {
    const [lower, upper] = seats.toSorted((one, other) => one - other);
    this.reset(undefined);
    this.turn = round % 2 === 0 ? lower : upper;
    this.marks = new Map([[this.turn, "X"], [round % 2 === 0 ? upper : lower, "O"]]);
  }

  play(seat, data) {
    const cell = this.game.cellOf(this.cells, data);
    if (this.cells[cell] === undefined) return;
    this.cells[cell] = this.#markOf(this.ply);
    this.ply += 1;
    this.last = cell;
    this.turn = [...this.marks.keys()].find((other) => other !== seat) ?? null;
  }

  end() {
    this.turn = null;
  }

  #markOf(ply) {
    return ply % 2 === 0 ? "X" : "O";
  }

  /** The cells of a line that is full, to be shown as such. */
  get line() {
    const { columns, rows, line } = this.game;
    for (let cell = 0; cell < columns * rows; cell += 1) {
      for (const [right, down] of [[1, 0], [0, 1], [1, 1], [-1, 1]]) {
        const found = this.#alike(cell, right, down);
        if (found.length >= line) return found;
      }
    }
    return [];
  }

  #alike(cell, right, down) {
    const { columns, rows } = this.game;
    const mark = this.cells[cell];
    const found = [];
    let column = cell % columns;
    let row = Math.floor(cell / columns);
    while (mark !== "." && column >= 0 && column < columns && row < rows && this.cells[row * columns + column] === mark) {
      found.push(row * columns + column);
      column += right;
      row += down;
    }
    return found;
  }
}

/** The board as buttons. Arrows, Home and End go from cell to cell, Enter and Space play; one cell is in the tab order. */
export class BoardView {
  #buttons = [];
  #current = 0;

  /** @param {(row: number, column: number) => void} play */
  constructor(grid, game, play) {
    this.grid = grid;
    this.game = game;
    grid.className = `board board-${game.columns}`;
    grid.setAttribute("aria-rowcount", game.rows);
    grid.setAttribute("aria-colcount", game.columns);
    const rows = Array.from({ length: game.rows }, (_, row) => this.#makeRow(row, play));
    grid.replaceChildren(...rows);
    grid.onkeydown = (event) => this.#move(event);
    grid.onpointerover = (event) => this.#point(event.target.closest(".cell"));
    grid.onpointerleave = () => this.#point(null);
  }

  #makeRow(row, play) {
    const element = document.createElement("div");
    element.className = "board-row";
    element.setAttribute("role", "row");
    for (let column = 0; column < this.game.columns; column += 1) {
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "cell";
      button.tabIndex = row + column === 0 ? 0 : -1;
      button.dataset.column = column;
      button.append(Object.assign(document.createElement("span"), { className: "mark" }));
      const index = row * this.game.columns + column;
      button.addEventListener("click", () => play(row, column));
      button.addEventListener("focus", () => this.#makeCurrent(index));
      this.#buttons[index] = button;
      cell.append(button);
      element.append(cell);
    }
    return element;
  }

  focus() {
    this.#buttons[this.#current].focus({ preventScroll: true });
  }

  #makeCurrent(index) {
    this.#buttons[this.#current].tabIndex = -1;
    this.#buttons[index].tabIndex = 0;
    this.#current = index;
  }

  #move(event) {
    const { columns, rows } = this.game;
    let column = this.#current % columns;
    let row = Math.floor(this.#current / columns);
    switch (event.key) {
      case "ArrowLeft": column -= 1; break;
      case "ArrowRight": column += 1; break;
      case "ArrowUp": row -= 1; break;
      case "ArrowDown": row += 1; break;
      case "Home": column = 0; break;
      case "End": column = columns - 1; break;
      default: return;
    }
    event.preventDefault();
    if (column < 0 || column >= columns || row < 0 || row >= rows) return;
    this.#makeCurrent(row * columns + column);
    this.#buttons[this.#current].focus();
  }

  /** Where a cell is, in words. */
  placeOf(index) {
    const { columns } = this.game;
    return `row ${Math.floor(index / columns) + 1}, column ${(index % columns) + 1}`;
  }

  /** Marks the column that a drop would go into. */
  #point(cell) {
    for (const button of this.#buttons) {
      button.classList.toggle("aimed", cell !== null && button.dataset.column === cell.dataset.column);
    }
  }

  /**
   * @param {(mark: string) => string} whose who plays this mark, for screen readers
   * @param {boolean} mayPlay whether a press could be a move now
   */
  show(state, whose, mayPlay) {
    const line = new Set(state.line);
    const { marks } = this.game;
    this.grid.classList.toggle("mine", mayPlay);
    this.#buttons.forEach((button, index) => {
      const mark = state.cells[index];
      const words = mark === "." ? "empty" : `${marks[mark]}, ${whose(mark)}${index === state.last ? ", last move" : ""}`;
      setAttribute(button, "aria-label", `${this.placeOf(index)}, ${words}${line.has(index) ? ", in the winning line" : ""}`);
      setAttribute(button, "aria-disabled", String(!mayPlay));
      setAttribute(button, "data-mark", mark === "." ? "" : mark);
      button.classList.toggle("last", index === state.last);
      button.classList.toggle("won", line.has(index));
    });
  }
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
