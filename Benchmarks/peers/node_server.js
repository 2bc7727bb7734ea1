// The peer in Node: Socket.IO and mqtt.js, written as a user of both would.
//
//     node node_server.js PORT MQTT_PORT
//
// Viewers subscribe to MQTT filters in the namespace /devices, players meet in rooms of the namespace /echo.
// A filter is a room; a payload is parsed once a message, and the library encodes it once for all.
"use strict";

const http = require("http");
const { Server } = require("socket.io");
const mqtt = require("mqtt");

const [port, mqttPort] = process.argv.slice(2).map(Number);
const server = http.createServer();
const io = new Server(server, { cors: { origin: "*" } });
const wildcards = new Map(); // filter with a + or a # → its levels

const matches = (levels, topic) => {
  const parts = topic.split("/");
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] === "#") return true;
    if (i >= parts.length) return false;
    if (levels[i] !== "+" && levels[i] !== parts[i]) return false;
  }
  return levels.length === parts.length;
};

const devices = io.of("/devices");
devices.on("connection", (socket) => {
  socket.on("subscribe", (filter, options, ack) => {
    if (/[+#]/.test(filter)) wildcards.set(filter, filter.split("/"));
    socket.join(filter);
    ack({ ok: true, filters: [filter], snapshot: 0 });
  });
});

const echo = io.of("/echo");
echo.on("connection", (socket) => {
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack("ok");
  });
  socket.on("room", (room, event, ...args) => echo.to(room).emit(event, ...args));
  socket.on("message-with-ack", (...args) => args.pop()(...args));
});

const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`);
client.on("message", (topic, payload) => {
  const rooms = [topic];
  for (const [filter, levels] of wildcards) if (matches(levels, topic)) rooms.push(filter);
  const about = { at: Date.now() };
  if (topic.endsWith("/frame")) devices.to(rooms).emit("frame", topic, payload, about);
  else devices.to(rooms).emit("telemetry", topic, JSON.parse(payload.toString()), about);
});

client.once("connect", () =>
  client.subscribe("devices/#", (error) => {
    if (error) throw error;
    server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () =>
      console.log(`node: listening on http://127.0.0.1:${port}`),
    );
  }),
);
