// Messages on the page: those that one person sends in a row stand under one name and time.

const TOGETHER = 5 * 60_000; // milliseconds between two messages that still stand together
const MOST = 400; // entries on the page

export class MessageList {
  #shown = []; // keys, in order
  #last; // {from, at, group}

  constructor(list) {
    this.list = list;
  }

  clear() {
    this.#shown = [];
    this.#last = undefined;
    this.list.replaceChildren();
  }

  /** What is new at the end is added; only where something has come in between, all is built again. */
  show(messages) {
    const isGoingOn = this.#shown.every((key, index) => messages[index]?.key === key);
    const isAtEnd = this.isAtEnd;
    if (!isGoingOn) this.clear();
    for (const message of messages.slice(this.#shown.length)) this.#add(message);
    if (isAtEnd) this.scrollToEnd();
  }

  /** One more at the end. */
  add(message) {
    const isAtEnd = this.isAtEnd;
    this.#add(message);
    while (this.list.children.length > MOST) this.list.firstElementChild.remove();
    if (isAtEnd) this.scrollToEnd();
  }

  /** A line about something that has happened. */
  note(text) {
    const isAtEnd = this.isAtEnd;
    this.#last = undefined;
    this.list.append(line("li", "note", text));
    if (isAtEnd) this.scrollToEnd();
  }

  get isAtEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
  }

  scrollToEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  #add({ key, from, name, text, at, isMine, isAfterGap }) {
    this.#shown.push(key);
    if (isAfterGap) this.note("Some messages are missing here.");
    const last = this.#last;
    if (!last || last.from !== from || last.name !== name || at - last.at > TOGETHER) {
      const group = document.createElement("li");
      group.className = isMine ? "said mine" : "said";
      const head = document.createElement("p");
      head.className = "head";
      const time = line("time", "", clock(at));
      time.dateTime = new Date(at).toISOString();
      head.append(line("strong", "", isMine ? `${name} (you)` : name), " ", time);
      group.append(head);
      this.list.append(group);
      this.#last = { from, name, group };
    }
    this.#last.at = at;
    this.#last.group.append(line("p", "text", text));
  }
}

/** Words of others come in as text, never as HTML. */
function line(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
