/**
 * Says how a Socket.IO connection is: connecting, live and by which transport, lost, back. The element has role=status,
 * so that screen readers announce it; its `data-state` is `waiting`, `live` or `lost`.
 */

/** How long "back" is said before it is just "live", in milliseconds. */
const BACK_FOR = 4000;
/** When to try again after a server that ended the connection on purpose, which the client by itself does not. */
const AGAIN_AFTER = 2000;

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
  const tryAgain = () => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.connect(), AGAIN_AFTER);
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
      if (!socket.active) tryAgain();
    },
    connect_error(error) {
      // Not active: the relay was reached and refused; else it could not be reached, and the client goes on trying.
      if (socket.active) return lost();
      clearTimeout(timer);
      say("lost", `refused: ${error.message}`);
    },
  };
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);

  if (socket.connected) listeners.connect(); else say("waiting", "connecting…");

  return () => {
    clearTimeout(timer);
    for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
  };
}
