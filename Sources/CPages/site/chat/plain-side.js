// The page's right side: the same room through chat/plain.js, whose text stands beside it.
import { MessageList } from "./message-list.js";
import { openChat } from "./plain.js";

const find = (id) => document.getElementById(id);
// Milliseconds until a new one is opened: twice as long each time, until one has lasted.
const SOONEST = 1_000;
const LATEST = 30_000;
const LASTED = 5_000;
/** Reasons that another try does not do away with. */
const FINAL = /^(BAD_INPUT|UNAUTHORIZED|FORBIDDEN|TOO_MANY|RATE)\b/;

export class PlainSide {
  #list = new MessageList(find("plain-messages"));
  #socket;
  #timer;
  #lasting;
  #delay = SOONEST;
  #reason; // said last, so that it is said once

  constructor() {
    find("plain-again").addEventListener("click", () => {
      this.#delay = SOONEST;
      this.#reason = undefined;
      this.#connect();
    });
    find("plain-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(find("plain-text"));
    });
    this.#showCode();
  }

  /** Another room, or another name. */
  open(room, name) {
    if (this.room === room && this.name === name) return;
    if (this.room !== room) this.#list.clear();
    this.room = room;
    this.name = name;
    this.#delay = SOONEST;
    this.#reason = undefined;
    this.#connect();
  }

  close(words = "not in a room") {
    this.room = undefined;
    this.#close();
    this.#list.clear();
    this.#say("waiting", words);
  }

  #connect() {
    this.#close();
    // In an address these are the folder itself and the one above: no room's.
    if ([".", ".."].includes(this.room)) return this.#say("lost", "no address leads to this room");
    this.#say("waiting", "opening…");
    const socket = openChat(this.room, this.name, {
      opened: () => this.#socket === socket && this.#opened(),
      heard: (text) => this.#socket === socket && this.#show(text, false),
      closed: (reason) => this.#socket === socket && this.#lost(reason),
    });
    this.#socket = socket;
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#lasting);
    find("plain-again").hidden = true;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** Open it is also before the room has said no. */
  #opened() {
    this.#say("live", `open as ${this.name}`);
    this.#lasting = setTimeout(() => {
      this.#delay = SOONEST;
      this.#reason = undefined;
    }, LASTED);
  }

  /** A WebSocket that has ended does not come back: a new one is opened, and what was said between is not told. */
  #lost(reason) {
    clearTimeout(this.#lasting);
    const isFinal = FINAL.test(reason);
    if (reason !== this.#reason) {
      const next = isFinal ? "" : " What is said until it is open again does not come.";
      this.#list.note(`Closed (${reason}).${next}`);
    }
    this.#reason = reason;
    if (isFinal) return this.#giveUp();
    this.#say("lost", "closed, trying again…");
    this.#timer = setTimeout(() => this.#connect(), this.#delay);
    this.#delay = Math.min(LATEST, 2 * this.#delay);
  }

  #giveUp() {
    this.#say("lost", "closed");
    find("plain-again").hidden = false;
  }

  /** No answer comes: it was sent, more is not known. */
  #send(field) {
    const text = field.value.trim();
    if (text === "" || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    this.#show(text, true);
    field.value = "";
  }

  /** Only text comes: neither who has said it nor when. */
  #show(text, isMine) {
    const name = isMine ? this.name : "somebody";
    this.#list.add({ from: isMine, name, text, at: Date.now(), isMine });
  }

  #say(state, text) {
    const element = find("plain-state");
    element.dataset.state = state;
    element.lastElementChild.textContent = text;
    find("plain-send").disabled = state !== "live";
  }

  async #showCode() {
    const text = await (await fetch("/chat/plain.js")).text();
    for (const line of text.trimEnd().split("\n")) {
      const element = document.createElement("span");
      element.className = line.startsWith("//") ? "comment" : "";
      element.textContent = `${line}\n`;
      find("plain-code").append(element);
    }
  }
}
