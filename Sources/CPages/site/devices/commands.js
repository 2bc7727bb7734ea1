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
      if (error) this.answer(line, "bad", `no answer from the relay within ${PATIENCE / 1000} s`);
      else if (!answer.ok) this.answer(line, "bad", `${answer.code}: ${answer.message}`);
      else if (event === "publish") this.answer(line, "good", `the broker has it, after ${took}`);
      else this.answer(line, "good", `answered after ${took}: ${words(answer.payload)}`);
    });
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

/** JSON where it is JSON; a text goes out as it is. */
function payload(text) {
  try { return JSON.parse(text); } catch { return text; }
}

function words(value) {
  if (value instanceof ArrayBuffer) return new TextDecoder().decode(value) || "nothing";
  return JSON.stringify(value);
}
