// A chat room over nothing but a WebSocket: text in, text out.
export function openChat(room, name, { opened, heard, closed }) {
  const url = new URL(`/ws/chat/${encodeURIComponent(room)}`, location);
  url.protocol = location.protocol.replace("http", "ws");
  url.searchParams.set("name", name);
  const socket = new WebSocket(url);
  socket.onopen = () => opened();
  socket.onmessage = ({ data }) => heard(data);
  socket.onclose = ({ code, reason }) => closed(reason || code);
  return socket;
}
