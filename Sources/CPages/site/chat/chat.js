// The page /chat: rooms as tabs, on the left by Socket.IO (rooms.js), on the right by a plain WebSocket (plain.js).
import { showConnection } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";
import { MessageList } from "./message-list.js";
import { PlainSide } from "./plain-side.js";
import { Chat } from "./rooms.js";

const NAME = "relay.name"; // in localStorage
const ROOMS = "relay.chat.rooms"; // in sessionStorage: the rooms of this tab
const find = (id) => document.getElementById(id);

const list = new MessageList(find("messages"));
const plain = new PlainSide();
let active; // the room shown
const unread = new Map(); // room → messages not seen yet

const chat = new Chat({ name: savedName(), path, changed, noticed });
showConnection(chat.socket, find("connection"));

// For tests, and for who looks around in the console.
globalThis.relay = { chat, plain };

// --- What is remembered ---

function savedName() {
  return read(localStorageOrNothing(), NAME) ?? `Guest ${100 + Math.floor(Math.random() * 900)}`;
}

function localStorageOrNothing() {
  try { return localStorage; } catch { return undefined; } // forbidden to some pages in some browsers
}

function sessionStorageOrNothing() {
  try { return sessionStorage; } catch { return undefined; }
}

function read(storage, key) {
  return storage?.getItem(key) ?? undefined;
}

function rememberRooms() {
  sessionStorageOrNothing()?.setItem(ROOMS, JSON.stringify([...chat.rooms.keys()]));
}

// --- What happens ---

function changed(room, what) {
  if (what === "said" && room !== active) unread.set(room, (unread.get(room) ?? 0) + 1);
  if (what === "lost" && room === active) list.note("Connection lost.");
  if (what === "joined" && room === active) plain.open(room.room, plainName(room.name));
  showTabs();
  if (room === active) show();
}

function noticed(room, text) {
  if (room === active) list.note(text);
}

/** A name is one member's at a time: the plain side is another one. */
function plainName(name) {
  return `${name.slice(0, 24)} (plain)`;
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
  history.replaceState(null, "", `#${encodeURIComponent(room.room)}`);
  plain.open(room.room, plainName(room.name));
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

async function join(name) {
  refuse("");
  try {
    activate(await chat.join(name));
    rememberRooms();
  } catch (refusal) {
    refuse(explain(refusal));
  }
}

find("join-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = find("join-name").value.trim();
  if (name === "") return;
  await join(name);
  find("join-name").value = "";
});

find("leave").addEventListener("click", () => {
  const room = active;
  chat.leave(room.room).catch(() => {});
  rememberRooms();
  const [next] = chat.rooms.values();
  if (next) return activate(next);
  active = undefined;
  plain.close();
  find("panel").hidden = true;
  find("no-room").hidden = false;
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
  if (name === "" || name === chat.name) return void (find("name").value = chat.name);
  refuse("");
  try {
    await chat.rename(name);
    localStorageOrNothing()?.setItem(NAME, name);
    if (active) plain.open(active.room, plainName(name));
  } catch (refusal) {
    find("name").value = chat.name;
    refuse(explain(refusal));
  }
});

// --- The rooms of this tab before a reload, and the one of the link ---

function linkedRoom() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; } // not what a link here ever says
}

chat.socket.once("connect", async () => {
  const linked = linkedRoom();
  const before = JSON.parse(read(sessionStorageOrNothing(), ROOMS) ?? "[]");
  const rooms = new Set([...before, ...(linked ? [linked] : before.length > 0 ? [] : ["lobby"])]);
  for (const room of rooms) await join(room);
  if (linked && chat.rooms.has(linked)) activate(chat.rooms.get(linked));
});
addEventListener("hashchange", () => {
  const name = linkedRoom();
  if (name && name !== active?.room) join(name);
});
