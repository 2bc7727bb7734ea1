"""Two asyncio python-socketio clients in one chat room: python chat_client.py URL polling|websocket|upgrading

One comes before anything is said, the other in the middle of it; both end with the same messages, in the same order. Prints
OK at the end.
"""

import asyncio
import sys

import socketio

from exercise import expect, transports

NAMESPACE = "/chat"
PATIENCE = 60


class Talker:
    def __init__(self, url, name):
        self.url, self.name = url, name
        self.sio = socketio.AsyncClient()
        self.log = []
        self.seen = asyncio.Queue()
        self.sio.on("said", self.said, namespace=NAMESPACE)
        for event in ("joined", "left"):
            self.sio.on(event, lambda payload, event=event: self.seen.put_nowait((event, payload)), namespace=NAMESPACE)

    def said(self, message):
        expect("room", message.pop("room"), "tea")
        self.log.append(message)

    async def call(self, event, **payload):
        return await self.sio.call(event, {"room": "tea", **payload}, namespace=NAMESPACE, timeout=PATIENCE)

    async def enter(self, ways):
        await self.sio.connect(self.url, namespaces=[NAMESPACE], transports=ways, wait_timeout=PATIENCE)
        answer = await self.call("join", name=self.name)
        expect("ok", answer["ok"], True)
        self.log = answer["history"] + self.log
        return answer

    async def say(self, text):
        answer = await self.call("say", text=text)
        expect("ok", answer["ok"], True)
        self.log.append({"id": answer["id"], "from": self.me, "name": self.name, "text": text, "at": answer["at"]})

    async def until(self, count):
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while len(self.log) < count and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        expect("messages", len(self.log), count)


async def main(url, way):
    ways = transports(way)
    ada, bob = Talker(url, "Ada"), Talker(url, "Bob é😀")
    ada.me = (await ada.enter(ways))["you"]
    for index in range(5):
        await ada.say(f"before {index}")
    answer = await bob.enter(ways)
    bob.me = answer["you"]
    expect("members", answer["members"], [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob é😀"}])
    expect("history", [message["text"] for message in answer["history"]], [f"before {index}" for index in range(5)])
    event, payload = await asyncio.wait_for(ada.seen.get(), PATIENCE)
    expect("joined", (event, payload["id"], payload["name"]), ["joined", 2, "Bob é😀"])
    for index in range(5):
        await bob.say(f"from Bob {index}")
        await ada.say(f"from Ada {index}")
    for talker in (ada, bob):
        await talker.until(15)
    expect("log", sorted(ada.log, key=lambda message: message["id"]), sorted(bob.log, key=lambda message: message["id"]))
    expect("numbers", sorted(message["id"] for message in ada.log), list(range(1, 16)))
    expect("refusal", (await bob.call("join", name="ada"))["code"], "NAME_TAKEN")
    expect("refusal", (await bob.call("say", text=""))["code"], "BAD_INPUT")
    expect("leave", await bob.call("leave"), {"ok": True})
    event, payload = await asyncio.wait_for(ada.seen.get(), PATIENCE)
    expect("left", (event, payload["id"]), ["left", 2])
    for talker in (ada, bob):
        await talker.sio.disconnect()
    print("OK", flush=True)


asyncio.run(main(*sys.argv[1:]))
