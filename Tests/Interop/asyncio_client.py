"""The asyncio python-socketio client: python asyncio_client.py URL polling|websocket|upgrading

Prints RESTART when the server is to be restarted on the same port, OK at the end.
"""

import asyncio
import sys

import socketio

from exercise import BINARY, BLOB, TEXT, expect, final_transport, transports

PATIENCE = 60


class Client:
    def __init__(self):
        self.sio = socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.5)
        self.connects, self.echoes, self.answers, self.auths = (asyncio.Queue() for _ in range(4))
        self.sio.on("connect", lambda: self.connects.put_nowait(True))
        self.sio.on("auth", self.auths.put_nowait)
        self.sio.on("message-back", lambda *values: self.echoes.put_nowait(values))
        self.sio.on("question", lambda *values: ("reply", b"bytes", *values))
        self.sio.on("answer", lambda *values: self.answers.put_nowait(values))

    async def exercise(self, name):
        await asyncio.wait_for(self.connects.get(), PATIENCE)
        expect("auth", await asyncio.wait_for(self.auths.get(), PATIENCE), {"token": "t"})
        for values in (TEXT, BINARY):
            await self.sio.emit("message", tuple(values))
            expect("echo", await asyncio.wait_for(self.echoes.get(), PATIENCE), values)
            ack = await self.sio.call("message-with-ack", tuple(values), timeout=PATIENCE)
            expect("ack", ack, values)
            await self.sio.emit("ask", tuple(values))
            answer = await asyncio.wait_for(self.answers.get(), PATIENCE)
            expect("answer", answer, ["reply", b"bytes", *values])
        # 100 at once: over polling they come in several answers, of at most 16 packets each.
        await self.sio.emit("burst", (100, 10))
        expect("blob", await self.sio.call("blob", len(BLOB), timeout=PATIENCE), BLOB)
        who = await self.sio.call("whoami", timeout=PATIENCE)
        expect("id", who["id"], self.sio.get_sid())
        expect("transport", who["transport"], final_transport(name))


async def main(url, name):
    client = Client()
    await client.sio.connect(url, auth={"token": "t"}, transports=transports(name), wait_timeout=PATIENCE)
    await client.exercise(name)
    print("RESTART", flush=True)
    await client.exercise(name)
    await client.sio.disconnect()
    print("OK", flush=True)


asyncio.run(main(*sys.argv[1:]))
