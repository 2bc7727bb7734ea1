"""Measures the ways from the relay to a page on one relay, all at once: python lesson RELAY [SECONDS]

Prints the tables of docs/lesson.md. A value carries its number and the time at which it was published.
Python 3.10 or later.
"""

import asyncio
import contextlib
import json
import random
import string
import sys
import time
from typing import NamedTuple

import aiohttp

from network import Proxy, Publisher, stage
from ways import ROOM, TOPIC, WAYS


# What pads values: random, since answers to polls are compressed, and a row of one letter would be nothing then.
LETTERS = string.ascii_letters + string.digits


class Arrival(NamedTuple):
    """A value that a page has got."""

    number: int
    delay: float
    """Seconds since it was published."""
    when: float
    down: int
    """The bytes that had come to the page by then."""


class Reader:
    """One page behind a proxy of its own, and when it got what."""

    def __init__(self, way):
        self.way = way
        self.proxy = Proxy()
        self.arrivals = []

    async def start(self, relay, rate):
        url = await self.proxy.start(relay)
        self.task = asyncio.create_task(self.way(url, self.seen, rate))

    async def stop(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        self.proxy.reading.set()
        self.proxy.cut()
        self.proxy.server.close()

    def seen(self, text):
        value = json.loads(text)
        self.arrivals.append(Arrival(value["seq"], time.time() - value["at"], time.monotonic(), self.proxy.down))

    def since(self, number):
        """The values from that number on, each when it first came."""
        first = {}
        for arrival in self.arrivals:
            if arrival.number >= number:
                first.setdefault(arrival.number, arrival)
        return list(first.values())


class World:
    def __init__(self, broker, relay):
        self.broker, self.relay, self.number = broker, relay, 0

    @contextlib.asynccontextmanager
    async def readers(self, rate):
        """A device, whoever says its values in the chat, and a page of each way that has got a first value."""
        self.device = Publisher()
        await self.device.connect(self.broker)
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"http://127.0.0.1:{self.relay}/ws/chat/{ROOM}?name=device") as self.voice:
                readers = {name: Reader(way) for name, way in WAYS.items()}
                for reader in readers.values():
                    await reader.start(self.relay, rate)
                await asyncio.wait_for(self.publish_until_heard(readers.values()), 60)
                try:
                    yield readers
                finally:
                    await asyncio.gather(*(reader.stop() for reader in readers.values()))

    async def publish_until_heard(self, readers):
        while not all(reader.arrivals for reader in readers):
            await self.publish()
            await asyncio.sleep(0.5)

    async def publish(self, size=0):
        self.number += 1
        value = {"seq": self.number, "at": time.time()}
        if size:
            value["pad"] = "".join(random.choices(LETTERS, k=size))
        text = json.dumps(value)
        self.device.publish(TOPIC, text.encode())
        await self.voice.send_str(text)

    async def publish_for(self, seconds, rate, size=0):
        """Returns the number of the first value. Times are kept, however late one value was."""
        begin, first = time.monotonic(), self.number + 1
        for index in range(round(seconds * rate)):
            await asyncio.sleep(max(0, begin + index / rate - time.monotonic()))
            await self.publish(size)
        return first


def table(title, columns, rows):
    print(f"\n**{title}**\n\n| way | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}")
    for name, cells in rows:
        print(f"| {name} | {' | '.join(str(cell) for cell in cells)} |")


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


async def cost(world, rate, seconds):
    async with world.readers(rate) as readers:
        await asyncio.sleep(2)
        before = {name: (r.proxy.requests, r.proxy.up, r.proxy.down) for name, r in readers.items()}
        first = await world.publish_for(seconds, rate)
        await asyncio.sleep(1 / rate)
        rows = []
        for name, reader in readers.items():
            requests, up, down = (now - then for now, then in zip(
                (reader.proxy.requests, reader.proxy.up, reader.proxy.down), before[name]))
            got = reader.since(first)
            delays = [arrival.delay * 1_000 for arrival in got]
            rows.append((name, (f"{len(got)} of {seconds * rate}", requests, f"{up:,}", f"{down:,}",
                                f"{percentile(delays, 0.5):.1f} ms", f"{percentile(delays, 0.99):.1f} ms")))
    table(f"{rate} value{'s' * (rate > 1)} a second, {seconds} s",
          ("values", "requests", "bytes up", "bytes down", "p50", "p99"), rows)


async def opening(world):
    async with world.readers(1) as readers:
        await asyncio.sleep(3)
        rows = [(name, (r.proxy.connections, r.proxy.requests)) for name, r in readers.items() if "Socket" in name]
    table("To the first value and a little on", ("TCP connections", "requests"), rows)


# The network is gone for a little longer each time, over the whole 2 s that pages wait between attempts, so that their
# attempts do not all fall on the same moment after it is back.
OUTAGES = [2 + 0.2 * index for index in range(10)]


async def loss(world, rate=10, after=10):
    pauses, missed, ends = ({name: [] for name in WAYS} for _ in range(3))
    for away in OUTAGES:
        async with world.readers(rate) as readers:
            await world.publish_for(2, rate)
            for reader in readers.values():
                reader.proxy.shut = True
                reader.proxy.cut()
            await world.publish_for(away, rate)
            back, first = time.monotonic(), world.number + 1
            for reader in readers.values():
                reader.proxy.shut = False
            await world.publish_for(after, rate)
            await asyncio.sleep(0.5)
            for name, reader in readers.items():
                came = [arrival for arrival in reader.arrivals if arrival.when > back]
                pauses[name].append(came[0].when - back if came else float("inf"))
                missed[name].append(world.number - first + 1 - len(reader.since(first)))
                ends[name].append(bool(came) and came[-1].number == world.number)
    rows = [(name, (spread(pauses[name], "{:.1f}") + " s", spread(missed[name], "{:.0f}"),
                    "yes" if all(ends[name]) else "no")) for name in WAYS]
    table(f"The network is gone for {min(OUTAGES):.1f} to {max(OUTAGES):.1f} s, {len(OUTAGES)} times; {rate} values a second",
          ("first value after it is back", f"never seen of the {after * rate} after that", "the last one seen"), rows)


def spread(values, form):
    """Least, median, and most."""
    return " · ".join(form.format(value) for value in (min(values), percentile(values, 0.5), max(values)))


async def slow(world, rate=500, size=1_900, seconds=12, patience=20):
    async with world.readers(10) as readers:
        for reader in readers.values():
            reader.proxy.reading.clear()
        first = await world.publish_for(seconds, rate, size)
        before = {name: (reader.proxy.connections, reader.proxy.down) for name, reader in readers.items()}
        begin = time.monotonic()
        for reader in readers.values():
            reader.proxy.reading.set()
        while time.monotonic() < begin + patience and not all(
                reader.arrivals[-1].number == world.number for reader in readers.values()):
            await asyncio.sleep(0.1)
        rows = []
        for name, reader in readers.items():
            got = reader.since(first)
            connections, down = before[name]
            last = [arrival.when - begin for arrival in got if arrival.number == world.number]
            # Not what else came while others were still waited for, such as a poll's answers that there is nothing new.
            bytes_ = got[-1].down - down if got else 0
            rows.append((name, (len(got), f"{bytes_ / 1_000:,.0f} kB",
                                f"after {last[0]:.2f} s" if last else "never", reader.proxy.connections - connections)))
    table(f"A reader takes nothing for {seconds} s, in which {rate * seconds:,} values of 2 kB are published, and then goes on",
          ("values it then gets", "bytes", "the last one", "new connections"), rows)


async def main(relay, seconds="30"):
    async with stage(relay) as ports:
        world = World(*ports)
        for rate in (1, 10):
            await cost(world, rate, int(seconds))
        await opening(world)
        await loss(world)
        await slow(world)


asyncio.run(main(*sys.argv[1:]))
