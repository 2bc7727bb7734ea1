/**
 * The command box: `publish` tells a device something, and the answer says that the broker has it; `request` waits for
 * the device's own answer (MQTT 5 request and response).
 */
import { clock } from "../shared/format.js";

/** Lines kept. */
const LINES = 20;
/** How long the relay waits for a device's answer, and this page for the relay's. Milliseconds. */
const ANSWER = 3000;
const PATIENCE = 8000;

export class Commands {
  /**
   * @param {HTMLFormElement} form with an input `payload` and two buttons, whose values are `publish` and `request`
   * @param {HTMLElement} log role=log
   * @param {import("socket.io-client").Socket} socket
   */
  constructor(form, log, socket) {
    this.form = form;
    this.log = log;
    this.socket = socket;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(event.submitter?.value === "request" ? "request" : "publish", form.elements.payload.value);
    });
    for (const button of form.querySelectorAll("[data-payload]")) {
      button.addEventListener("click", () => {
        form.elements.payload.value = button.dataset.payload;
        form.elements.payload.focus();
      });
    }
  }

  /** Commands go to this topic from now on. */
  address(topic) {
    this.topic = topic;
    this.log.replaceChildren();
  }

  send(event, text) {
    const line = this.line(event, text);
    if (!this.socket.connected) return this.answer(line, "bad", "not sent: there is no connection");
    const began = performance.now();
    const more = event === "request" ? [{ timeout: ANSWER }] : [];
    this.socket.timeout(PATIENCE).emit(event, this.topic, payload(text), ...more, (error, answer) => {
      const took = `${(performance.now() - began).toFixed(1)} ms`;
      if (error) this.answer(line, "bad", this.unanswered);
      else if (!answer.ok) this.answer(line, "bad", `${answer.code}: ${answer.message}`);
      else if (event === "publish") this.answer(line, "good", `the broker has it, after ${took}`);
      else this.answer(line, "good", `answered after ${took}: ${words(answer.payload)}`);
    });
  }

  /** The client gives up what it waits for at once when the connection is lost. */
  get unanswered() {
    if (!this.socket.connected) return "connection lost: it may have been sent or not";
    return `no answer from the relay within ${PATIENCE / 1000} s`;
  }

  line(event, text) {
    const line = document.createElement("p");
    const what = document.createElement("code");
    what.textContent = text;
    const said = document.createElement("span");
    said.textContent = "…";
    line.append(`${clock(Date.now())} ${event} `, what, document.createElement("br"), said);
    this.log.prepend(line);
    if (this.log.children.length > LINES) this.log.lastElementChild.remove();
    return said;
  }

  answer(said, className, text) {
    said.className = className;
    said.textContent = text;
  }
}

/**
 * JSON where it is JSON; a text goes out as it is. So does JSON with a number that JavaScript has no room for, such as an integer
 * over 2^53: to the device it is the same bytes.
 */
function payload(text) {
  try {
    const value = JSON.parse(text);
    return numerals(JSON.stringify(value)) === numerals(text) ? value : text;
  } catch {
    return text;
  }
}

/** The integers of a JSON text outside of its strings, in order. */
function numerals(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d{16,}(?![\d.eE])/g)?.join() ?? "";
}

function words(value) {
  if (value instanceof ArrayBuffer) return new TextDecoder().decode(value) || "nothing";
  return JSON.stringify(value);
}
