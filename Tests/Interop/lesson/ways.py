"""The ways from the relay to a page, each as little as a page needs. `seen` is called with each value's JSON."""

import asyncio
import contextlib
import json
import random

import aiohttp
import socketio

TOPIC = "lesson/1/value"
NAMESPACE = "/lesson"
ROOM = "lesson"
# What Chromium sends with each request of a page to its own site, so that headers weigh what they weigh there.
HEADERS = {
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile": "?0",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Referer": "http://127.0.0.1:3000/",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9",
}
# As long as EventSource waits here (the relay tells it so); those who reconnect by code of their own do likewise.
PAUSE = 2


def page():
    return aiohttp.ClientSession(headers=HEADERS, timeout=aiohttp.ClientTimeout(total=None))


async def again(connection):
    """What a page does about a lost connection when no library does it: tries again."""
    while True:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            await connection()
        await asyncio.sleep(PAUSE)


async def poll(url, seen, wait, period):
    """Asks for the last value, with the ETag of the one that it has; with `wait` the answer may take its time."""
    tags = {}

    async def ask():
        while True:
            async with session.get(f"{url}/api/topics/{TOPIC}{wait}", headers=tags) as answer:
                if answer.status == 200:
                    tags["If-None-Match"] = answer.headers["ETag"]
                    seen(await answer.text())
            # A little irregular, as pages are: in step with the device the delay would always be the same.
            await asyncio.sleep(period * random.uniform(0.9, 1.1))

    async with page() as session:
        await again(ask)


async def polling(url, seen, rate):
    await poll(url, seen, "", 1 / rate)


async def long_polling(url, seen, rate):
    await poll(url, seen, "?wait=30", 0)


async def events(url, seen, rate):
    last = {}

    async def listen():
        async with session.get(f"{url}/api/events?filter={TOPIC}", headers=last) as answer:
            async for line in answer.content:
                field, _, text = line.decode().rstrip("\n").partition(": ")
                if field == "id":
                    last["Last-Event-ID"] = text
                elif field == "data" and "payload" in (message := json.loads(text)):
                    seen(json.dumps(message["payload"]))

    async with aiohttp.ClientSession(headers=HEADERS | {"Accept": "text/event-stream"}, read_bufsize=2**20,
                                     timeout=aiohttp.ClientTimeout(total=None)) as session:
        await again(listen)


async def plain(url, seen, rate):
    async def listen():
        async with session.ws_connect(f"{url}/ws/chat/{ROOM}") as messages:
            async for message in messages:
                seen(message.data)

    async with page() as session:
        await again(listen)


async def official(url, seen, transports):
    # The browser's client waits 1 s, then 2 s, up to 5 s, each by up to half more or less; so does this one.
    session = page()
    client = socketio.AsyncClient(handle_sigint=False, http_session=session)
    client.on("value", lambda topic, payload, more: seen(json.dumps(payload)), namespace=NAMESPACE)

    @client.on("connect", namespace=NAMESPACE)
    async def connected():
        await client.emit("subscribe", TOPIC, namespace=NAMESPACE)

    try:
        await client.connect(url, namespaces=[NAMESPACE], transports=transports)
        await asyncio.Event().wait()
    finally:
        await client.shutdown()
        await session.close()


async def socketio_polling(url, seen, rate):
    await official(url, seen, ["polling"])


async def socketio_websocket(url, seen, rate):
    await official(url, seen, ["websocket"])


async def socketio_default(url, seen, rate):
    await official(url, seen, None)


WAYS = {
    "HTTP polling": polling,
    "long polling": long_polling,
    "Server-Sent Events": events,
    "plain WebSocket": plain,
    "Socket.IO, polling": socketio_polling,
    "Socket.IO, WebSocket": socketio_websocket,
    "Socket.IO, as it comes": socketio_default,
}
