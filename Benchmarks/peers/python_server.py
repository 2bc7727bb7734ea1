"""The peer in Python: python-socketio and aiomqtt, written as a user of both would.

    python_server.py PORT MQTT_PORT

Viewers subscribe to MQTT filters in the namespace /devices, players meet in rooms of the namespace /echo.
A filter is a room; a payload is parsed once a message, and the library encodes it once for all.
"""

import asyncio
import json
import sys
import time

import aiomqtt
import socketio
import uvicorn
from paho.mqtt.client import topic_matches_sub

sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
wildcards: set[str] = set()  # filters in use that have a + or a #


@sio.on("subscribe", namespace="/devices")
async def subscribe(sid, topic_filter, options=None):
    if "+" in topic_filter or "#" in topic_filter:
        wildcards.add(topic_filter)
    await sio.enter_room(sid, topic_filter, namespace="/devices")
    return {"ok": True, "filters": [topic_filter], "snapshot": 0}


@sio.on("connect", namespace="/devices")
async def connect_devices(sid, environ, auth=None):
    pass


@sio.on("connect", namespace="/echo")
async def connect_echo(sid, environ, auth=None):
    pass


@sio.on("message-with-ack", namespace="/echo")
async def message_with_ack(sid, *args):
    return args


@sio.on("join", namespace="/echo")
async def join(sid, room):
    await sio.enter_room(sid, room, namespace="/echo")
    return "ok"


@sio.on("room", namespace="/echo")
async def room(sid, name, event, *args):
    await sio.emit(event, args, room=name, namespace="/echo")


def decoded(topic, payload):
    if topic.endswith("/frame"):
        return "frame", payload
    return "telemetry", json.loads(payload)


async def relay_messages(mqtt_port):
    async with aiomqtt.Client("127.0.0.1", mqtt_port) as client:
        await client.subscribe("devices/#")
        print("python: subscribed", file=sys.stderr, flush=True)
        async for message in client.messages:
            topic = message.topic.value
            rooms = [topic] + [name for name in wildcards if topic_matches_sub(name, topic)]
            event, value = decoded(topic, message.payload)
            about = {"at": int(time.time() * 1000)}
            await sio.emit(event, (topic, value, about), room=rooms, namespace="/devices")


async def main(port, mqtt_port):
    config = uvicorn.Config(
        socketio.ASGIApp(sio),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        backlog=4096,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    bridge = asyncio.create_task(relay_messages(mqtt_port))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    print(f"python: listening on http://127.0.0.1:{port}", flush=True)
    await asyncio.wait([bridge, serving], return_when=asyncio.FIRST_COMPLETED)
    if bridge.done():
        bridge.result()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
