#!/usr/bin/env python3
"""Writes tests/golden/v1 and the corpora made from it, with a MessagePack encoder of its own that follows the
specification (https://github.com/msgpack/msgpack/blob/master/spec.md) and shares nothing with protocol/codec.

The files of a released version are kept for ever: run this only for messages of a version that is not yet released.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent / "fuzz" / "corpus"


def integer(n):
    if 0 <= n < 0x80:
        return struct.pack("B", n)
    if -32 <= n < 0:
        return struct.pack("b", n)
    for tag, code, low, high in (
        (0xCC, ">B", 0, 0xFF), (0xCD, ">H", 0, 0xFFFF), (0xCE, ">I", 0, 0xFFFFFFFF), (0xCF, ">Q", 0, 2**64 - 1),
        (0xD0, ">b", -(2**7), -1), (0xD1, ">h", -(2**15), -1), (0xD2, ">i", -(2**31), -1), (0xD3, ">q", -(2**63), -1),
    ):
        if low <= n <= high:
            return bytes([tag]) + struct.pack(code, n)
    raise ValueError(n)


def sized(n, fix, fix_end, tags):
    if n < fix_end:
        return bytes([fix | n])
    for tag, code, end in tags:
        if n < end:
            return bytes([tag]) + struct.pack(code, n)
    raise ValueError(n)


def encode(value):
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, str):
        raw = value.encode()
        return sized(len(raw), 0xA0, 32, ((0xD9, ">B", 2**8), (0xDA, ">H", 2**16), (0xDB, ">I", 2**32))) + raw
    if isinstance(value, bytes):
        return sized(len(value), 0, 0, ((0xC4, ">B", 2**8), (0xC5, ">H", 2**16), (0xC6, ">I", 2**32))) + value
    if isinstance(value, list):
        return sized(len(value), 0x90, 16, ((0xDC, ">H", 2**16), (0xDD, ">I", 2**32))) + b"".join(map(encode, value))
    if isinstance(value, dict):
        head = sized(len(value), 0x80, 16, ((0xDE, ">H", 2**16), (0xDF, ">I", 2**32)))
        return head + b"".join(encode(k) + encode(v) for k, v in sorted(value.items()))
    raise TypeError(type(value))


def doubles(*bits_or_numbers):
    return b"".join(struct.pack("<Q" if isinstance(v, int) else "<d", v) for v in bits_or_numbers)


SESSION = 0x0123456789ABCDEF
INCARNATION = 0xFEDCBA9876543210
AT = 1764032400000  # 2025-11-25T01:00:00Z


def header(kind, session=SESSION, stream=0, incarnation=0, seq=0, ack=0, credit=0, flags=0):
    return [1, kind, flags, session, stream, incarnation, seq, ack, credit]


MESSAGES = {
    "hello": (header(1, session=0), [1, 1, ["gap", "progress"], "0.1.0", "2f0c6c62-8a1e-4b0b-9d0a-6c1f0e3d2b11", AT,
              {"env": "prod", "site": "paris"}, ["backup-etc"], [[0, INCARNATION, 1, 1], [1, INCARNATION, 40, 300]], 7]),
    "hello_generations": (header(1, session=0), [1, 1, [], "0.1.0", "2f0c6c62-8a1e-4b0b-9d0a-6c1f0e3d2b11", AT, {}, [],
                          [[1, INCARNATION, 40, 300]], 0,
                          [[1, INCARNATION, 1, 0x1122334455667788], [1, INCARNATION, 250, 9]]]),
    "welcome": (header(2), [1, 3, 10000, 1048576, [[0, INCARNATION, 0, 2097152], [1, INCARNATION, 39, 2097152]]]),
    "refuse": (header(3), [6, "unknown session", 0]),
    "batch_samples": (header(4, stream=1, incarnation=INCARNATION, seq=300),
                      [1, [AT, b'node_load1\nnode_memory_MemAvailable_bytes{a="b"}\nup\n',
                           doubles(0.5, 4096.0, 0x7FF0000000000002)]]),  # the last is Prometheus's stale marker
    "batch_run": (header(4, stream=0, incarnation=INCARNATION, seq=1),
                  [2, ["00112233445566778899aabbccddeeff", 2, "backup-etc", 4, -9, AT, AT + 1500, "killed by signal 9",
                       b"\xff\x00not text", '{"snapshot":"ab12"}']]),
    "batch_event": (header(4, stream=2, incarnation=INCARNATION, seq=65536), [3, [AT, 2, "outbox", "füllt sich"]]),
    "batch_event_errors": (header(4, stream=2, incarnation=INCARNATION, seq=65537),
                           [3, [AT, 3, "errors", "/var/log/app.log: no such user",
                                [["5c51fa0f8d4e2b7a", 3, False, "/var/log/app.log", 300, AT - 5000, AT, "no such user", "app",
                                  "ValueError", 'File "x.py", line 12, in load', "x.py", 12, "load", "GET", "/users/1",
                                  "192.0.2.1"]]]]),
    "ack": (header(5, stream=1, incarnation=INCARNATION, ack=300, credit=2097152), []),
    "go_back": (header(6, stream=1, incarnation=INCARNATION, seq=301, ack=300, credit=2097152), []),
    "gap": (header(7, stream=1, incarnation=INCARNATION, seq=40), [127, 1]),
    "ping": (header(8), [AT]),
    "ping_leaving": (header(8), [AT, 2]),
    "pong": (header(9), [AT, AT + 3]),
    "pong_deputy": (header(9), [AT, AT + 3, 2, 0xA1B2C3D4E5F60718]),
    "job_start": (header(10), ["00112233445566778899aabbccddeeff", 2, "backup-etc", AT, 3600000,
                               {"repository": "/var/backups/etc", "tag": "nightly"}]),
    "job_cancel": (header(11), ["00112233445566778899aabbccddeeff", 2, "asked by alice"]),
    "job_progress": (header(12), ["00112233445566778899aabbccddeeff", 1024, 4294967296, "bytes", "/etc/ssl"]),
    "enrol": (header(13, session=0), ["vgt_" + "0" * 32, "web-1.example.org", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"]),
    "enrolled": (header(14, session=0), [True, "", "web-1.example.org", "tcp://192.0.2.5:7411"]),
}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def step(what, message, seconds=0.5):
    """One step of tests/fuzz/session_fuzz.cpp: what happens, how much time passed, then a message's frames."""
    head, body = (encode(part) for part in MESSAGES[message])
    return bytes([what, int(seconds * 50), len(head)]) + head + bytes([min(len(body), 255)]) + body[:255]


def main():
    for name, (head, body) in MESSAGES.items():
        head_bytes, body_bytes = encode(head), encode(body)
        write(HERE / "v1" / f"{name}.hex", f"header {head_bytes.hex()}\nbody {body_bytes.hex()}\n".encode())
        write(CORPUS / "header" / name, head_bytes)
        write(CORPUS / "body" / name, bytes([head[1]]) + body_bytes)
        if name.startswith("batch_"):
            write(CORPUS / "entry" / name, body_bytes)
    # 200: a message with the sessions' own numbers put in (even: the controller's). 0, 1, 4: connected and both ticks.
    write(CORPUS / "session" / "agent", b"\x00\x00" + step(7, "welcome") + b"".join(
        step(201 + 12 * (i % 2), name) for i, name in enumerate(["ack", "go_back", "ping", "job_start", "refuse"])))
    write(CORPUS / "session" / "controller", b"\x04\x00" + b"".join(
        step(what, name) for what, name in [(8, "hello"), (200, "batch_samples"), (200, "gap"), (200, "ping"), (9, "hello")])
        + b"\x05\x10\x04\x04\xff" * 9)


if __name__ == "__main__":
    main()
