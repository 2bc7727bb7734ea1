/**
 * Says how a Socket.IO connection is: connecting, live and by which transport, lost, back. The element has role=status,
 * so that screen readers announce it; its `data-state` is `waiting`, `live` or `lost`.
 */

/** How long "back" is said before it is just "live", in milliseconds. */
const BACK_FOR = 4000;
/** When to try again where the client by itself does not, unless the relay says when. Milliseconds. */
const AGAIN_AFTER = 2000;
/** When to look whether the relay serves by now what it did not serve. Milliseconds. */
const UNSERVED_FOR = 10_000;

const TRANSPORTS = { polling: "polling", websocket: "WebSocket", webtransport: "WebTransport" };

/**
 * @param {import("socket.io-client").Socket} socket
 * @param {HTMLElement} element `<p class="connection" role="status">`
 * @returns {() => void} stops it, for who replaces the socket
 */
export function showConnection(socket, element) {
  const dot = document.createElement("span");
  dot.className = "dot";
  const words = document.createElement("span");
  element.replaceChildren(dot, words);

  let wasLost = false;
  let timer;

  const say = (state, text) => {
    if (element.dataset.state !== state) element.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  };
  const transport = () => {
    const { name } = socket.io.engine.transport;
    return TRANSPORTS[name] ?? name;
  };
  const live = () => say("live", `${wasLost ? "back" : "live"} over ${transport()}`);
  const lost = () => {
    wasLost = true;
    say("lost", "connection lost, trying again…");
  };

  const listeners = {
    connect() {
      clearTimeout(timer);
      live();
      socket.io.engine.once("upgrade", live);
      if (wasLost) {
        timer = setTimeout(() => {
          wasLost = false;
          if (socket.connected) live();
        }, BACK_FOR);
      }
    },
    disconnect(reason) {
      clearTimeout(timer);
      if (reason === "io client disconnect") return say("waiting", "disconnected");
      lost();
    },
    connect_error(error) {
      // Not active: the relay was reached and refused; else it could not be reached, and the client goes on trying.
      if (socket.active) return lost();
      clearTimeout(timer);
      wasLost = true;
      say("lost", isUnserved(error) ? "not served here" : `refused: ${error.message}`);
    },
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);

  if (socket.connected) listeners.connect(); else say("waiting", "connecting…");

  return () => {
    clearTimeout(timer);
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
  };
}

/**
 * Tries again where the client by itself does not: after a connection that the relay has ended on purpose, or refused.
 * @param {import("socket.io-client").Socket} socket of a page that has no client of its own around it
 */
export function keepTrying(socket) {
  let timer;
  const after = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.active || socket.connect(), delay);
  };
  socket.on("disconnect", (reason) => {
    if (reason !== "io client disconnect" && !socket.active) after(AGAIN_AFTER);
  });
  socket.on("connect_error", (error) => {
    if (!socket.active) after(error.data?.retry ?? (isUnserved(error) ? UNSERVED_FOR : AGAIN_AFTER));
  });
}

/**
 * Says in the page itself, for as long as it is so, that the relay does not serve what the page is about.
 * @param {import("socket.io-client").Socket} socket
 * @param {HTMLElement} element `<p class="notice bad" role="status" hidden>`
 */
export function tellUnserved(socket, element) {
  socket.on("connect", () => { element.hidden = true; });
  socket.on("connect_error", (error) => {
    if (!isUnserved(error)) return;
    element.textContent = `This relay serves no ${socket.nsp}: its configuration has no such namespace.`;
    element.hidden = false;
  });
}

/** Whether the relay was reached and has no such namespace. */
export function isUnserved(error) {
  return error.message === "Invalid namespace";
}
