/**
 * The relays on this broker, as they tell of themselves on `relay/<id>/status` and `relay/<id>/metrics`. Where no
 * namespace shows these topics, that part of the page is not there.
 */
import { path } from "../shared/endpoint.js";
import { number, write } from "../shared/format.js";

const FILTERS = ["relay/+/status", "relay/+/metrics"];

/** @param {HTMLElement} section with a table, hidden at first */
export function showRelays(section) {
  const socket = io("/relays", { path });
  const relays = new Map();
  const columns = [];
  const head = section.querySelector("thead tr");
  const body = section.querySelector("tbody");

  socket.on("connect", () => {
    section.hidden = false;
    socket.emit("subscribe", FILTERS, { maxHz: 1 }, (answer) => { section.hidden = !answer.ok; });
  });
  // Nobody serves it: the client gives up by itself, and so does this part of the page.
  socket.on("connect_error", () => { if (!socket.active) section.hidden = true; });

  socket.on("status", (topic, payload) => {
    const said = payload instanceof ArrayBuffer ? new TextDecoder().decode(payload) : String(payload?.state ?? payload);
    const row = relay(topic);
    if (said === "") return remove(topic);
    row.state.dataset.state = said;
    write(row.state.lastElementChild, said);
  });
  socket.on("metrics", (topic, payload) => {
    if (payload instanceof ArrayBuffer || payload === null || typeof payload !== "object") return;
    const row = relay(topic);
    for (const [name, value] of Object.entries(payload)) {
      if (typeof value === "number" && name !== "at" && name !== "ts") write(cell(row, column(name)), number(value));
    }
  });

  function relay(topic) {
    const id = topic.split("/")[1];
    let row = relays.get(id);
    if (row) return row;
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.className = "mono";
    name.textContent = id;
    const state = document.createElement("td");
    const dot = document.createElement("span");
    dot.className = "dot";
    state.className = "state";
    state.append(dot, document.createElement("span"));
    line.append(name, state);
    body.append(line);
    relays.set(id, (row = { line, state, cells: [] }));
    return row;
  }

  function remove(topic) {
    const id = topic.split("/")[1];
    relays.get(id)?.line.remove();
    relays.delete(id);
  }

  /** The place of a figure; a new one gets a column of its own. */
  function column(name) {
    const known = columns.indexOf(name);
    if (known >= 0) return known;
    const title = document.createElement("th");
    title.scope = "col";
    title.className = "number";
    title.textContent = words(name);
    head.append(title);
    return columns.push(name) - 1;
  }

  function cell(row, index) {
    while (row.cells.length <= index) {
      const cell = document.createElement("td");
      cell.className = "number";
      row.line.append(cell);
      row.cells.push(cell);
    }
    return row.cells[index];
  }
}

/** `messagesIn` as "Messages in". */
function words(name) {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
