// Messages on the page: those that one person sends in a row stand under one name and time.

const TOGETHER = 5 * 60_000; // milliseconds between two messages that still stand together
const MOST = 400; // messages and notes on the page

export class MessageList {
  #shown = []; // keys of what `show` was given, in order
  #count = 0; // messages and notes on the page
  #last; // {from, at, group}

  constructor(list) {
    this.list = list;
  }

  clear() {
    this.#shown = [];
    this.#count = 0;
    this.#last = undefined;
    this.list.replaceChildren();
  }

  /** What is new at the end is added; only where something has come in between, all is built again. */
  show(messages) {
    const keys = messages.map(({ key }) => key);
    // The oldest may have gone since.
    const known = this.#shown.slice(Math.max(0, this.#shown.indexOf(keys[0])));
    const isGoingOn = known.every((key, index) => keys[index] === key);
    this.#atEnd(() => {
      if (!isGoingOn) this.clear();
      for (const message of messages.slice(isGoingOn ? known.length : 0)) this.#add(message);
      this.#shown = keys;
    });
  }

  /** One more at the end. */
  add(message) {
    this.#atEnd(() => this.#add(message));
  }

  /** A line about something that has happened. */
  note(text) {
    this.#atEnd(() => this.#note(text));
  }

  scrollToEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** Who reads the newest goes on reading the newest; who has scrolled up stays there. */
  #atEnd(work) {
    const isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    work();
    this.#trim();
    if (isAtEnd) this.scrollToEnd();
  }

  #trim() {
    for (; this.#count > MOST; this.#count -= 1) {
      const first = this.list.firstElementChild;
      first.querySelector(".text")?.remove();
      if (!first.querySelector(".text")) first.remove();
    }
  }

  #note(text) {
    this.#last = undefined;
    this.#count += 1;
    this.list.append(line("li", "note", text));
  }

  #add({ from, name, text, at, isMine, isAfterGap }) {
    if (isAfterGap) this.#note("Some messages are missing here.");
    this.#count += 1;
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
