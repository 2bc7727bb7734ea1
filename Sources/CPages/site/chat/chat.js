// The page /chat: rooms as tabs, on the left by Socket.IO (rooms.js), on the right by a plain WebSocket (plain.js).
import { addressed, fragment } from "../shared/address.js";
import { isUnserved, showConnection, tellUnserved } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";
import { cut, saveName, savedName } from "../shared/name.js";
import { MessageList } from "./message-list.js";
import { PlainSide } from "./plain-side.js";
import { Chat } from "./rooms.js";

const ROOMS = "relay.chat.rooms"; // in sessionStorage: the rooms of this tab
const LONGEST = 32; // characters of a name
const find = (id) => document.getElementById(id);

const list = new MessageList(find("messages"));
const plain = new PlainSide();
let active; // the room shown
const unread = new Map(); // room → messages not seen yet

const chat = new Chat({ name: cut(savedName(), LONGEST), path, changed, noticed });
showConnection(chat.socket, find("connection"));
tellUnserved(chat.socket, find("unserved"));

// For tests, and for who looks around in the console.
globalThis.relay = { chat, plain };

// --- What is remembered. Storage may be forbidden, and may hold what others have put there. ---

function roomsOfThisTab() {
  try {
    const rooms = JSON.parse(sessionStorage.getItem(ROOMS));
    return Array.isArray(rooms) ? rooms.filter((room) => typeof room === "string") : [];
  } catch {
    return [];
  }
}

function rememberRooms() {
  try { sessionStorage.setItem(ROOMS, JSON.stringify([...chat.rooms.keys(), ...wanted])); } catch {}
}

// --- What happens ---

function changed(room, what) {
  if (what === "said" && room !== active) unread.set(room, (unread.get(room) ?? 0) + 1);
  if (what === "lost" && room === active) list.note("Connection lost.");
  if (what === "joined" && room === active) plain.open(room.room, plainName(room));
  showTabs();
  if (room === active) show();
}

function noticed(room, text) {
  if (room === active) list.note(text);
}

/** A name is one member's at a time, and the plain side is another one. Long names are told apart by the member's number. */
function plainName({ name, you }) {
  const most = LONGEST - " (plain)".length;
  const short = cut(name, most) === name ? name : `${cut(name, most - 8)} ${you}`;
  return `${short} (plain)`;
}

// --- What is shown ---

function show() {
  list.show(active.messages);
  const members = [...active.members].sort(([one], [other]) => one - other);
  find("members").replaceChildren(...members.map(([id, name]) => {
    const item = document.createElement("li");
    item.textContent = id === active.you ? `${name} (you)` : name;
    item.classList.toggle("me", id === active.you);
    return item;
  }));
  find("member-count").textContent = active.isIn ? String(members.length) : "–";
  find("send").disabled = !active.isIn;
  find("out").hidden = !active.isOut;
}

/** With no room there is nothing but the way into one. */
function showNoRoom() {
  active = undefined;
  plain.close();
  find("panel").hidden = true;
  find("no-room").hidden = false;
}

function showTabs() {
  const tabs = [...chat.rooms.values()].map((room) => {
    const known = find(tabName(room));
    const tab = known ?? makeTab(room);
    const count = unread.get(room) ?? 0;
    tab.setAttribute("aria-selected", String(room === active));
    tab.tabIndex = room === active ? 0 : -1;
    const badge = tab.querySelector(".unread");
    badge.textContent = count === 0 ? "" : count > 99 ? "99+" : String(count);
    badge.nextElementSibling.textContent = count === 0 ? "" : " unread";
    return tab;
  });
  const focused = document.activeElement;
  const isSame = tabs.length === find("tabs").children.length && tabs.every((tab) => tab.isConnected);
  if (!isSame) find("tabs").replaceChildren(...tabs);
  if (focused?.isConnected && focused !== document.activeElement) focused.focus();
}

let tabCount = 0;
const tabNames = new WeakMap();
function tabName(room) {
  if (!tabNames.has(room)) tabNames.set(room, `tab-${(tabCount += 1)}`);
  return tabNames.get(room);
}

function makeTab(room) {
  const tab = document.createElement("button");
  tab.type = "button";
  tab.id = tabName(room);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "panel");
  const name = document.createElement("span");
  name.className = "tab-name";
  name.textContent = room.room;
  const badge = document.createElement("span");
  badge.className = "unread";
  const word = document.createElement("span");
  word.className = "visually-hidden";
  tab.append(name, badge, word);
  tab.addEventListener("click", () => activate(room));
  return tab;
}

function activate(room) {
  if (active === room) return;
  active = room;
  unread.delete(room);
  list.clear();
  refuse("");
  find("panel").setAttribute("aria-labelledby", tabName(room));
  find("panel").hidden = false;
  find("no-room").hidden = true;
  find("room-name").textContent = room.room;
  history.replaceState(null, "", fragment(room.room));
  plain.open(room.room, plainName(room));
  showTabs();
  show();
  list.scrollToEnd();
}

find("tabs").addEventListener("keydown", (event) => {
  const tabs = [...find("tabs").children];
  const at = tabs.indexOf(document.activeElement);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined || at === -1) return;
  event.preventDefault();
  const tab = tabs[(next + tabs.length) % tabs.length];
  tab.click();
  tab.focus();
});

function refuse(text) {
  find("refusal").textContent = text;
}

function explain({ code, message }) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)} (${code})`;
}

// --- What one does ---

/** Returns whether it went well; else the refusal is shown. */
async function join(name) {
  refuse("");
  try {
    activate(await chat.join(name));
    rememberRooms();
    return true;
  } catch (refusal) {
    refuse(explain(refusal));
    return false;
  }
}

find("join-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = find("join-name").value.trim();
  if (name !== "" && await join(name)) find("join-name").value = "";
});

find("join-again").addEventListener("click", () => join(active.room));

find("leave").addEventListener("click", () => {
  chat.leave(active.room).catch(() => {});
  rememberRooms();
  const [next] = chat.rooms.values();
  if (next) return activate(next);
  showNoRoom();
  history.replaceState(null, "", location.pathname);
  showTabs();
  find("join-name").focus();
});

find("say-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = find("say-text");
  const text = field.value.trim();
  if (text === "" || !active) return;
  refuse("");
  field.value = "";
  try {
    await chat.say(active.room, text);
    list.scrollToEnd();
  } catch (refusal) {
    if (field.value === "") field.value = text; // what was refused can be sent again
    refuse(explain(refusal));
  }
});

find("name").value = chat.name;
find("name").addEventListener("change", async () => {
  const name = find("name").value.trim();
  tellOfName("");
  if (name === "" || name === chat.name) return void (find("name").value = chat.name);
  try {
    await chat.rename(name);
    saveName(name);
    if (active && active.name !== name) tellOfName(`Somebody is called so: you are ${active.name} here.`);
    joinWanted();
  } catch (refusal) {
    tellOfName(explain(refusal));
  }
});

/** What has become of a name, beside its field. */
function tellOfName(text) {
  find("name-note").textContent = text;
}

// --- The rooms of this tab before a reload, and the one of the link: wanted until they are in ---

const wanted = new Set(roomsOfThisTab());
if (addressed()) wanted.add(addressed());
if (wanted.size === 0) wanted.add("lobby");
find("no-room").hidden = false;

async function joinWanted() {
  for (const name of [...wanted]) if (await join(name)) wanted.delete(name);
  const linked = chat.rooms.get(addressed());
  if (linked) activate(linked);
}

chat.socket.on("connect", joinWanted);
chat.socket.on("connect_error", (error) => {
  if (isUnserved(error)) plain.close("not served here");
});
addEventListener("hashchange", () => {
  const name = addressed();
  if (name && name !== active?.room) join(name);
});
