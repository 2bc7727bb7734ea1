"""The blocking python-socketio client: python blocking_client.py URL polling|websocket|upgrading

Prints RESTART when the server is to be restarted on the same port, OK at the end.
"""

import queue
import sys

import socketio

from exercise import BINARY, BLOB, TEXT, expect, final_transport, transports

PATIENCE = 60


class Client:
    def __init__(self):
        self.sio = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
        self.connects, self.echoes, self.answers, self.auths = (queue.Queue() for _ in range(4))
        self.sio.on("connect", lambda: self.connects.put(True))
        self.sio.on("auth", self.auths.put)
        self.sio.on("message-back", lambda *values: self.echoes.put(values))
        self.sio.on("question", lambda *values: ("reply", b"bytes", *values))
        self.sio.on("answer", lambda *values: self.answers.put(values))

    def exercise(self, name):
        self.connects.get(timeout=PATIENCE)
        expect("auth", self.auths.get(timeout=PATIENCE), {"token": "t"})
        for values in (TEXT, BINARY):
            self.sio.emit("message", tuple(values))
            expect("echo", self.echoes.get(timeout=PATIENCE), values)
            ack = self.sio.call("message-with-ack", tuple(values), timeout=PATIENCE)
            expect("ack", ack, values)
            self.sio.emit("ask", tuple(values))
            expect("answer", self.answers.get(timeout=PATIENCE), ["reply", b"bytes", *values])
        for index in range(100):
            self.sio.emit("message", index)
        # This client gives each event a thread of its own: what it received in order it may handle in another.
        expect("all", sorted(self.echoes.get(timeout=PATIENCE)[0] for _ in range(100)), list(range(100)))
        expect("blob", self.sio.call("blob", len(BLOB), timeout=PATIENCE), BLOB)
        who = self.sio.call("whoami", timeout=PATIENCE)
        expect("id", who["id"], self.sio.get_sid())
        expect("transport", who["transport"], final_transport(name))


def main(url, name):
    client = Client()
    client.sio.connect(url, auth={"token": "t"}, transports=transports(name), wait_timeout=PATIENCE)
    client.exercise(name)
    print("RESTART", flush=True)
    client.exercise(name)
    client.sio.disconnect()
    print("OK", flush=True)


main(*sys.argv[1:])
