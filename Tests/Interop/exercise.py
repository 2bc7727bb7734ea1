"""What every Python client is put through, said once for both its blocking and its asyncio form."""

TEXT = [1, "zwei €😀", {"three": [True, None, 0.5]}, "a/b"]
BINARY = [b"\x00\x01\xfe\xff", {"deep": b"attachment"}, b""]
BLOB = bytes(i % 251 for i in range(100_000))


def expect(what, found, wanted):
    found = list(found) if isinstance(found, tuple) else found
    if found != wanted:
        raise SystemExit(f"{what}: expected {wanted!r}, found {found!r}")


def transports(name):
    return {"polling": ["polling"], "websocket": ["websocket"], "upgrading": None}[name]


def final_transport(name):
    return "polling" if name == "polling" else "websocket"
