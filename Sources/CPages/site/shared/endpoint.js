/** Where Socket.IO answers: beside its client, which every page has loaded from there. */
export const path = new URL(".", document.querySelector("script[src$='/socket.io.min.js']").src).pathname;
