// What a host may do about another player: a button in each row of the list, and one menu that opens beside it.
import { find, make } from "./elements.js";

/** The menu is a popover: Escape and a press elsewhere close it, and the button has the focus again. */
export class HostMenu {
  #menu = find("host-menu");
  #opener; // the button it was opened by

  /** @param {(event: "room:host" | "room:kick", seat: number) => void} command what was chosen, and for whom */
  constructor(command) {
    this.#menu.addEventListener("click", ({ target }) => {
      const { event } = target.closest("button")?.dataset ?? {};
      if (!event) return;
      const seat = Number(this.#opener.dataset.seat);
      this.close();
      command(event, seat);
    });
    this.#menu.addEventListener("keydown", (event) => this.#move(event));
    this.#menu.addEventListener("toggle", ({ newState }) => {
      this.#opener.setAttribute("aria-expanded", String(newState === "open"));
      if (newState === "open") this.#open();
      else if (document.activeElement === document.body) this.#opener.focus();
    });
    // It goes with its row.
    addEventListener("scroll", ({ target }) => {
      if (this.#menu.matches(":popover-open") && target.contains(this.#opener)) this.#place();
    }, { capture: true, passive: true });
  }

  /** The button of a player's row. */
  button(seat, name) {
    const button = make("button", {
      type: "button", class: "quiet more", title: "More", "aria-label": `More about ${name}`, "aria-haspopup": "menu",
      "aria-expanded": "false", "data-seat": String(seat),
    }, "⋯");
    button.popoverTargetElement = this.#menu;
    button.addEventListener("click", () => (this.#opener = button));
    return button;
  }

  close() {
    if (this.#menu.matches(":popover-open")) this.#menu.hidePopover();
  }

  #open() {
    this.#menu.setAttribute("aria-label", this.#opener.ariaLabel);
    this.#place();
    this.#menu.querySelector("button").focus();
  }

  #place() {
    const box = this.#opener.getBoundingClientRect();
    this.#menu.style.left = `${Math.max(8, box.right - this.#menu.offsetWidth)}px`;
    const isLow = box.bottom + this.#menu.offsetHeight > innerHeight;
    this.#menu.style.top = `${isLow ? box.top - this.#menu.offsetHeight : box.bottom}px`;
  }

  /** Arrows go from choice to choice. */
  #move(event) {
    const choices = [...this.#menu.querySelectorAll("button")];
    const at = choices.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: choices.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choices[(next + choices.length) % choices.length].focus();
  }
}
