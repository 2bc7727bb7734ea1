"""Plays 300 moves into a room over a network that fails: python game_moves.py URL RID

An asyncio python-socketio client with its own reconnecting. A move whose answer did not come is sent again under the same
number; after a reconnect the seat is resumed first. Prints OK with the number of moves that had to be sent again.
"""

import asyncio
import sys

import socketio

NAMESPACE = "/game"
MOVES = 300
# Moves are allowed 30 a second: no more than that on average.
PACE = 0.04


class Player:
    def __init__(self, room):
        self.room = room
        self.seat = None
        self.seen = 0
        self.here = asyncio.Event()
        self.again = 0
        self.sio = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.3)
        self.sio.on("connect", self.connected, namespace=NAMESPACE)
        self.sio.on("disconnect", self.disconnected, namespace=NAMESPACE)
        self.sio.on("tick", self.ticked, namespace=NAMESPACE)

    async def connected(self):
        while True:
            if self.seat is None:
                event, payload = "room:join", {"rid": self.room}
            else:
                event, payload = "room:resume", {"rid": self.room, "token": self.seat["token"], "q": self.seen}
            try:
                answer = await self.sio.call(event, payload, namespace=NAMESPACE, timeout=2)
            except (socketio.exceptions.SocketIOError, asyncio.TimeoutError):
                return
            if answer["ok"]:
                break
            if answer["code"] != "RATE":
                raise SystemExit(f"{event}: {answer}")
            await asyncio.sleep(answer["retry"] / 1000)
        self.seat = answer
        self.here.set()

    async def disconnected(self, *_):
        self.here.clear()

    async def ticked(self, frame):
        self.seen = max(self.seen, frame[3] + len(frame[4]) - 1)

    async def deliver(self, n):
        while True:
            await self.here.wait()
            try:
                move = [self.seat["ref"], n, 40, {"n": n}]
                answer = await self.sio.call("move", move, namespace=NAMESPACE, timeout=2)
            except (socketio.exceptions.SocketIOError, asyncio.TimeoutError):
                self.again += 1
                await asyncio.sleep(0.02)
                continue
            if answer["ok"]:
                return
            if answer["code"] == "REF":
                # The connection is new and the seat not resumed yet.
                await asyncio.sleep(0.02)
            elif answer["code"] == "RATE":
                await asyncio.sleep(answer["retry"] / 1000)
            else:
                raise SystemExit(f"move {n}: {answer}")


async def main(url, room):
    player = Player(room)
    auth = {"v": 1, "pid": "python", "key": "0123456789abcdef0123"}
    await player.sio.connect(url, auth=auth, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)
    for n in range(1, MOVES + 1):
        await player.deliver(n)
        await asyncio.sleep(PACE)
    print(f"OK {player.again}", flush=True)
    await player.sio.disconnect()


asyncio.run(main(*sys.argv[1:]))
