// The page /play: from the lobby into a room and back, by a press, a code or a link.
import { showConnection } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";
import { find, setText } from "./elements.js";
import { Lobby } from "./lobby.js";
import { Games } from "./room.js";
import { RoomPage } from "./room-page.js";
import { RoomsList } from "./rooms-list.js";

const NAME = "relay.name"; // in localStorage

const games = new Games({ name: savedName(), path });
showConnection(games.socket, find("connection"));
const page = new RoomPage(games, closed);
const list = new RoomsList((room, as) => enter(() => join({ rid: room.rid, as })));
const lobby = new Lobby(games, (rooms) => list.show(rooms));

// For tests, and for who looks around in the console.
globalThis.relay = { games, page, lobby };

// --- One's name ---

function savedName() {
  let name = null;
  try { name = localStorage.getItem(NAME); } catch {}
  return name ?? `Guest ${100 + Math.floor(Math.random() * 900)}`;
}

function saveName(name) {
  try { localStorage.setItem(NAME, name); } catch {}
}

find("name").value = games.name;
find("name").addEventListener("change", () => {
  const name = find("name").value.trim();
  if (name === "") {
    find("name").value = games.name;
  } else if (name !== games.name) {
    saveName(name);
    games.rename(name);
  }
});

// --- Into a room ---

let isEntering = false;

/** Does what leads into a room; a refusal is shown in the lobby. */
async function enter(way) {
  if (isEntering) return;
  isEntering = true;
  note("");
  try {
    const room = await way();
    if (page.room) entered(room);
    return room;
  } catch (refusal) {
    note(`${refusal.message.charAt(0).toUpperCase()}${refusal.message.slice(1)} (${refusal.code})`);
    showLobby();
  } finally {
    isEntering = false;
  }
}

/** Joins; asks for the password where there is one. */
async function join(request) {
  try {
    return await games.join(request, page.handlers);
  } catch (refusal) {
    if (refusal.code === "PASSWORD") {
      const password = await askForPassword();
      return password === undefined ? undefined : games.join({ ...request, password }, page.handlers);
    }
    // By a link one comes in anyway: where no seat is free, as a spectator.
    if (request.as === undefined && (refusal.code === "ROOM_FULL" || refusal.code === "LOCKED")) {
      return games.join({ ...request, as: "spectator" }, page.handlers);
    }
    throw refusal;
  }
}

function askForPassword() {
  const dialog = find("password-dialog");
  find("password").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "join" ? find("password").value : undefined), { once: true });
  });
}

function entered(room) {
  lobby.unwatch();
  if (codeInAddress() !== room.info.code) history.pushState(null, "", `/play#${room.info.code}`);
}

function closed(why) {
  if (codeInAddress()) history.pushState(null, "", "/play");
  note(why);
  showLobby();
}

function showLobby() {
  if (!page.room) lobby.watch();
}

function note(text) {
  setText(find("lobby-note"), text);
}

find("match").addEventListener("click", (event) => {
  const { game } = event.target.closest("button")?.dataset ?? {};
  if (game) enter(() => games.match({ game, name: roomName() }, page.handlers));
});

find("join-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = find("code").value.trim().toUpperCase();
  enter(() => join({ code })).then((room) => room && (find("code").value = ""));
});

const roomName = () => `${games.name}’s room`;

const form = find("create-form");
form.addEventListener("change", () => {
  const isArena = form.elements.game.value === "arena";
  form.elements.max.disabled = !isArena;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { game, name, max, private: isPrivate } = form.elements;
  const request = { game: game.value, name: name.value.trim() || roomName(), private: isPrivate.checked };
  if (game.value === "arena") request.max = max.valueAsNumber;
  enter(() => games.create(request, page.handlers));
});

find("take-seat").addEventListener("click", async () => {
  const { rid } = page.room.info;
  await page.room.leave().catch(() => {});
  enter(() => join({ rid, as: "player" }));
});

// --- By link: /play#CODE or /play?room=CODE ---

function codeInAddress() {
  return (location.hash.slice(1) || new URLSearchParams(location.search).get("room") || "").toUpperCase();
}

/** Back to the seat that a reload left, else into the room of the link, else into the lobby. */
async function begin() {
  const code = codeInAddress();
  while (games.lastSeat && (code === "" || code === games.lastSeat.code)) {
    try {
      return entered(await games.resume(page.handlers));
    } catch (refusal) {
      if (refusal.retry === undefined) break; // the seat is gone; the room may be there still
      note(`Back on your seat in ${Math.ceil(refusal.retry / 1_000)} s…`);
      await new Promise((resolve) => setTimeout(resolve, refusal.retry));
      note("");
    }
  }
  if (/^[0-9A-Z]{6}$/.test(code)) await enter(() => join({ code }));
  showLobby();
}

addEventListener("popstate", async () => {
  const code = codeInAddress();
  if (page.room && page.room.info.code === code) return;
  await page.room?.leave().catch(() => {});
  if (/^[0-9A-Z]{6}$/.test(code)) await enter(() => join({ code }));
  showLobby();
});

begin();
