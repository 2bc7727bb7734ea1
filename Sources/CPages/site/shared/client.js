// A plain script behind the Socket.IO client's: where that did not load no page can do anything, and this one says so.
if (typeof io === "undefined") {
  const client = document.querySelector("script[src$='/socket.io.min.js']").getAttribute("src");
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.id = "no-client";
  notice.setAttribute("role", "alert");
  notice.textContent = `The Socket.IO client did not load from ${client}. Reload the page; if that does not help, this relay was built without it: run scripts/setup, then build again.`;
  document.querySelector("main").prepend(notice);
}
