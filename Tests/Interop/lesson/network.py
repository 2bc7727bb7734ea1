"""The stage of the lesson: a private mosquitto, a relay, a publisher, and proxies that count."""

import asyncio
import contextlib
import os
import pathlib
import shutil
import socket
import struct
import tempfile

CONFIGURATION = """
server:
  host: 127.0.0.1
  port: 0
  limits: {{ queue: 256kB }}
mqtt:
  url: mqtt://127.0.0.1:{broker}
namespaces:
  /lesson:
    kind: topics
    rules:
      - topics: lesson/{{thing}}/value
        event: value
        delivery: state
  /chat:
    kind: chat
    rate: 1000
"""


class Proxy:
    """A TCP proxy on a free port. It counts what passes, and can cut connections, refuse new ones, or stop reading."""

    def __init__(self):
        self.up = self.down = self.requests = self.connections = 0
        self.shut = False
        self.reading = asyncio.Event()
        self.reading.set()
        self.writers = set()

    async def start(self, target):
        self.target = target
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def accept(self, reader, writer):
        if self.shut:
            writer.transport.abort()
            return
        self.connections += 1
        upstream = socket.socket()
        # Little room in the kernel, so that a reader that stops is soon felt by whoever writes to it.
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        upstream.setblocking(False)
        await asyncio.get_running_loop().sock_connect(upstream, ("127.0.0.1", self.target))
        there, back = await asyncio.open_connection(sock=upstream, limit=16_384)
        self.writers |= {writer, back}
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self.pump(reader, back, True), self.pump(there, writer, False))
        self.writers -= {writer, back}

    async def pump(self, reader, writer, upwards):
        with contextlib.suppress(OSError):
            while True:
                if not upwards:
                    await self.reading.wait()
                data = await reader.read(16_384)
                if not data:
                    break
                if upwards:
                    self.up += len(data)
                    self.requests += data.count(b" HTTP/1.1\r\n")
                else:
                    self.down += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self):
        for writer in self.writers:
            writer.transport.abort()


class Publisher:
    """A device: as much of MQTT 3.1.1 as it takes to publish with QoS 0."""

    async def connect(self, port):
        _, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(b"\x10\x12\x00\x04MQTT\x04\x02\x00\x00\x00\x06lesson")

    def publish(self, topic, payload):
        body = struct.pack(">H", len(topic)) + topic.encode() + payload
        length, left = b"", len(body)
        while True:
            left, low = divmod(left, 128)
            length += bytes([low | (128 if left else 0)])
            if not left:
                break
        self.writer.write(b"\x30" + length + body)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def mosquitto():
    """On Debian it is in /usr/sbin, which is in the path of few users."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"])
    program = shutil.which("mosquitto", path=places)
    if program is None:
        raise SystemExit("there is no mosquitto: scripts/setup installs it")
    return program


async def listening_port(program):
    """The port that the relay says it listens on."""
    while b"listening on" not in (line := await program.stdout.readline()):
        if not line:
            raise SystemExit("the relay has ended")
    return int(line.split(b":")[-1])


async def reachable(port):
    for _ in range(300):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise SystemExit(f"nobody listens on port {port}")


@contextlib.asynccontextmanager
async def stage(relay):
    """Runs mosquitto and the program `relay`; yields their ports, and stops both."""
    with tempfile.TemporaryDirectory() as folder:
        broker = free_port()
        files = {"mosquitto.conf": f"listener {broker} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_dest none\n",
                 "relay.yaml": CONFIGURATION.format(broker=broker)}
        for name, text in files.items():
            pathlib.Path(folder, name).write_text(text)
        processes = []
        try:
            processes.append(await asyncio.create_subprocess_exec(mosquitto(), "-c", f"{folder}/mosquitto.conf"))
            await reachable(broker)
            program = await asyncio.create_subprocess_exec(
                relay, "serve", "--config", f"{folder}/relay.yaml", "--log-level", "error", stdout=asyncio.subprocess.PIPE)
            processes.append(program)
            yield broker, await asyncio.wait_for(listening_port(program), 60)
        finally:
            for process in reversed(processes):
                process.terminate()
                await process.wait()
