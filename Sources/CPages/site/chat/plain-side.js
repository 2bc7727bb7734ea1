// The page's right side: the same room through chat/plain.js, whose text stands beside it.
import { MessageList } from "./message-list.js";
import { openChat } from "./plain.js";

const find = (id) => document.getElementById(id);
const AGAIN_AFTER = 2_000; // milliseconds

export class PlainSide {
  #list = new MessageList(find("plain-messages"));
  #socket;
  #timer;

  constructor() {
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
    this.#connect();
  }

  close() {
    this.room = undefined;
    clearTimeout(this.#timer);
    this.#close();
    this.#list.clear();
    this.#say("waiting", "not in a room");
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#close();
    this.#say("waiting", "opening…");
    const socket = openChat(this.room, this.name, {
      opened: () => this.#say("live", `open as ${this.name}`),
      heard: (text) => this.#socket === socket && this.#show(text, false),
      closed: (reason) => this.#socket === socket && this.#lost(reason),
    });
    this.#socket = socket;
  }

  #close() {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** A WebSocket that has ended does not come back: a new one is opened, and what was said between is not told. */
  #lost(reason) {
    this.#say("lost", "closed, trying again…");
    if (!this.isLost) this.#list.note(`Closed (${reason}). What is said until it is open again does not come.`);
    this.isLost = true;
    this.#timer = setTimeout(() => this.#connect(), AGAIN_AFTER);
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
    if (state === "live") this.isLost = false;
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
