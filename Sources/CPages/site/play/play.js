// The page /play: from the lobby into a room and back, by a press, a code or a link.
import { addressed, fragment, isPlace } from "../shared/address.js";
import { showConnection, tellUnserved } from "../shared/connection.js";
import { path } from "../shared/endpoint.js";
import { boundBytes, cutBytes, saveName, savedName } from "../shared/name.js";
import { find, sentence, setText } from "./elements.js";
import { Lobby } from "./lobby.js";
import { Games } from "./room.js";
import { RoomPage } from "./room-page.js";
import { RoomsList } from "./rooms-list.js";

const LONGEST = 64; // bytes of a name, a player's or a room's

const games = new Games({ name: cutBytes(savedName(), LONGEST), path });
showConnection(games.socket, find("connection"));
tellUnserved(games.socket, find("unserved"));
const page = new RoomPage(games, closed);
const list = new RoomsList((room, as) => act(() => join({ rid: room.rid, as })));
const lobby = new Lobby(games, (rooms) => list.show(rooms));

// For tests, and for who looks around in the console.
globalThis.relay = { games, page, lobby };

// --- One's name ---

find("name").value = games.name;
find("name").addEventListener("change", async () => {
  const name = find("name").value.trim();
  setText(find("name-note"), "");
  if (name === "" || name === games.name) return void (find("name").value = games.name);
  try {
    await games.rename(name);
    saveName(name);
  } catch (refusal) {
    if (refusal.code !== "REPLACED") setText(find("name-note"), sentence(refusal));
  }
});

// --- Into a room ---

let isEntering = false;

/** Does what somebody has pressed for: now, or not at all. */
function act(way) {
  if (games.isUp) return enter(way);
  note("There is no connection now: press again when it is back.");
}

/** Does what leads into a room, as soon as there is a connection; a refusal is shown in the lobby. */
async function enter(way) {
  if (isEntering) return;
  isEntering = true;
  note("");
  try {
    const room = await way();
    if (page.room) entered(room);
    return room;
  } catch (refusal) {
    note(sentence(refusal));
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
    if (request.as !== undefined || !(refusal.code in WATCHING)) throw refusal;
    const room = await games.join({ ...request, as: "spectator" }, page.handlers);
    page.tell(WATCHING[refusal.code]);
    return room;
  }
}

const WATCHING = {
  ROOM_FULL: "The room is full: you are watching.",
  LOCKED: "The room takes no more players: you are watching.",
};

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
  const { code } = room.info;
  const url = `/play${fragment(code)}`;
  // The entry is marked: who comes to it again was here before.
  if (codeInAddress() === code) history.replaceState({ code }, "", url);
  else history.pushState({ code }, "", url);
}

/** In the place of the room's, so that "Back" does not lead to a seat that was given up. */
function closed(why) {
  if (codeInAddress()) history.replaceState(null, "", "/play");
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
  if (game) act(() => games.match({ game, name: roomName() }, page.handlers));
});

find("join-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = find("code").value.trim().toUpperCase();
  act(() => join({ code }))?.then((room) => room && (find("code").value = ""));
});

const roomName = () => `${cutBytes(games.name, LONGEST - 9)}’s room`;

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
  act(() => games.create(request, page.handlers));
});

find("take-seat").addEventListener("click", async () => {
  const { rid } = page.room.info;
  await page.room.leave().catch(() => {});
  enter(() => join({ rid })); // whoever was faster has the seat, and one goes on watching
});

for (const field of [find("name"), form.elements.name, find("password")]) boundBytes(field, LONGEST);

// --- By link: /play#/CODE or /play?room=CODE ---

function codeInAddress() {
  return (addressed() || new URLSearchParams(location.search).get("room") || "").toUpperCase();
}

function enterByCode(code) {
  if (/^[0-9A-Z]{6}$/.test(code)) return enter(() => join({ code }));
  note(`“${cutBytes(code, 40)}” is no code of a room: a code is six letters and digits.`);
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
  if (code !== "") await enterByCode(code);
  showLobby();
}

// --- Back, forward, and links followed while one is here ---

addEventListener("popstate", ({ state }) => {
  const code = codeInAddress();
  const { room } = page;
  if (isPlace() || (room && room.info.code === code)) return;
  if (page.isInGame) askToLeave(code, state); else follow(code, state);
});

/** @param {{code: string} | null} state of the entry in the browser's history: null where one was not in the room before */
async function follow(code, state) {
  await page.room?.leave().catch(() => {});
  if (state?.code === code) {
    history.replaceState(null, "", "/play");
    find("code").value = code;
    note(`You have left the room ${code}. Its code is below: press Join to go in again.`);
  } else if (code !== "") {
    await enterByCode(code);
  }
  showLobby();
}

let beyond; // {code, state}: where "Back" would have led

/** One press of "Back" is no reason to give up a seat in a round that is on. */
function askToLeave(code, state) {
  beyond = { code, state };
  entered(page.room); // its address again, until one has left
  const dialog = find("leave-dialog");
  if (!dialog.open) dialog.showModal();
}

find("leave-dialog").addEventListener("submit", ({ submitter }) => {
  if (submitter.value === "leave") follow(beyond.code, beyond.state);
});

begin();
