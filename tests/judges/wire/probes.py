"""A peer that says single messages, right ones and wrong ones, and looks at the answers, after docs/protocol/README.md."""
import random
import struct
import time

import msgpack
import zmq

from agent import Violation, connect, unix_ms
from messages import (METRICS, NUMBERS, TYPES, decode_body, decode_header, encode_body, encode_entry, encode_header, pack)

ANSWER_S = 20
REFUSED_MALFORMED, REFUSED_SUPERSEDED, REFUSED_VERSION, REFUSED_UNKNOWN_SESSION = 4, 5, 1, 6


def expect(condition, complaint):
    if not condition:
        raise Violation(complaint)


def hello_fields(streams=None, **changed):
    fields = {"version_min": 1, "version_max": 1, "features": [], "agent_version": "judge", "boot_id": "a boot", "labels": {},
              "sent_at_unix_ms": unix_ms(), "jobs": [], "streams": streams or [], "previous_session": 0}
    return {**fields, **changed}


def samples(at_ms, value, key="wire_judge_probe"):
    return encode_entry(1, sampled_at_unix_ms=at_ms, schema=f"{key}\n".encode(), values=struct.pack("<d", value))


class Lost(Violation):
    """No REFUSE came."""


def again_if_lost(case):
    """A REFUSE may be lost with the connection that is cut after it, as the page says; not three times in a row."""
    for _ in range(2):
        try:
            return case()
        except Lost:
            pass
    return case()


class Probe:
    """One connection, and the stream metrics of one incarnation."""

    def __init__(self, hosts, keys, endpoint):
        self.socket = connect(hosts.context, endpoint, hosts.status["public_key"], *keys)
        self.session = 0
        self.incarnation = random.getrandbits(63) | 1
        self.next_seq = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, type_name, body, **header):
        header.setdefault("session", self.session)
        self.socket.send_multipart([encode_header(NUMBERS[type_name], **header), body])

    def send_raw(self, *frames):
        self.socket.send_multipart(list(frames))

    def state(self, **changed):
        return {"stream": METRICS, "incarnation": self.incarnation, "oldest_seq": 1, "next_seq": self.next_seq, **changed}

    def hello(self, **changed):
        """Says HELLO and gives WELCOME's body."""
        self.send("HELLO", encode_body("HELLO", **hello_fields([self.state()], **changed)), session=0)
        return self.welcomed()

    def welcomed(self):
        header, body = self.answer("WELCOME")
        expect(header["session"] != 0, "WELCOME gives session 0")
        self.session = header["session"]
        return body

    def receive(self, seconds=ANSWER_S):
        """The next message as (type name, header, body), or None."""
        if not self.socket.poll(seconds * 1000):
            return None
        frames = self.socket.recv_multipart()
        expect(len(frames) == 2, f"a message of {len(frames)} frames")
        header = decode_header(frames[0])
        name = TYPES[header["type"]]
        return name, header, decode_body(name, frames[1])

    def answer(self, wanted):
        """The next message of a type. PING and ACK may come at any time, and are passed over; others are wrong."""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            came = self.receive(max(0, end - time.monotonic()))
            if came and came[0] == wanted:
                return came[1], came[2]
            expect(not came or came[0] in ("PING", "ACK"), f"{came} instead of {wanted}")
        raise (Lost if wanted == "REFUSE" else Violation)(f"no {wanted} within {ANSWER_S} s")

    def refused(self, reason, session):
        header, body = self.answer("REFUSE")
        expect(body["reason"] == reason and header["session"] == session,
               f"REFUSE {body} of session {header['session']:x} instead of reason {reason} of {session:x}")
        return body

    def is_alive(self):
        """That the session goes on: a PING is answered by its PONG, and no REFUSE comes before it."""
        sent = unix_ms()
        self.send("PING", encode_body("PING", sent_at_unix_ms=sent))
        header, body = self.answer("PONG")
        expect(header["session"] == self.session and body["ping_sent_at_unix_ms"] == sent, f"PONG {header} {body}")

    def batch(self, entry, seq=None, **header):
        if seq is None:
            seq, self.next_seq = self.next_seq, self.next_seq + 1
        header = {"stream": METRICS, "incarnation": self.incarnation, "seq": seq, **header}
        self.send("BATCH", entry, **header)

    def go_back(self):
        header, _ = self.answer("GO_BACK")
        expect(header["stream"] == METRICS and header["incarnation"] == self.incarnation, f"GO_BACK of another stream: {header}")
        return header

    def acked(self, seq):
        """Waits for the cumulative ACK of seq."""
        last = None
        while last != seq:
            header, _ = self.answer("ACK")
            expect(header["stream"] == METRICS and header["incarnation"] == self.incarnation, f"ACK of another stream: {header}")
            expect(header["ack"] <= seq and header["seq"] == 0, f"ACK {header}")
            last = header["ack"]


# --- what is tolerated --------------------------------------------------------------------------------------------------

LATER = [None, [1, {"later": b"version"}], "text", 2**64 - 1]


def unknown_types_and_kinds_are_passed_over(host):
    with host() as probe:
        probe.hello()
        for number in (15, 99, 255):
            probe.send_raw(encode_header(number, session=probe.session), pack(["whatever", number]))
        probe.is_alive()
        probe.send_raw(pack([1, NUMBERS["PING"], 0xFFFFFFFF, probe.session, 0, 0, 0, 0, 0]), pack([unix_ms()]))  # unknown flags
        probe.answer("PONG")
        probe.batch(pack([77, ["an entry of a later version"]]))
        probe.batch(samples(unix_ms(), 1.0))
        probe.acked(2)
        probe.send("WELCOME", encode_body("WELCOME", version=1, controller_epoch=1, heartbeat_interval_ms=1, batch_bytes_max=1,
                                          cursors=[]))  # a message that an agent never sends
        probe.is_alive()


def longer_arrays_are_accepted(host):
    with host() as probe:
        values = list(hello_fields([[*probe.state().values(), *LATER]]).values())
        by_position = [values[i] for i in (0, 1, 2, 3, 4, 6, 5, 7, 8, 9)]  # labels come after the time
        known = [*by_position, []]  # and no generations, the field that is added
        probe.send_raw(pack([1, NUMBERS["HELLO"], 0, 0, 0, 0, 0, 0, 0, *LATER[:1]]), pack([*known, *LATER]))
        probe.welcomed()
        probe.send_raw(pack([1, NUMBERS["PING"], 0, probe.session, 0, 0, 0, 0, 0, "more"]), pack([5, 0, *LATER]))
        probe.answer("PONG")
        entry = pack([1, [unix_ms(), b"wire_judge_longer\n", struct.pack("<d", 2.0), *LATER], *LATER])
        probe.batch(entry)
        probe.acked(1)
        probe.send_raw(pack([1, NUMBERS["GAP"], 0, probe.session, METRICS, probe.incarnation, 2, 0, 0]), pack([4, 1, *LATER]))
        probe.acked(4)


def what_is_no_message_of_the_session_changes_nothing(host):
    with host() as probe:
        probe.hello()
        probe.send_raw(b"one frame")
        probe.send_raw(b"", encode_header(NUMBERS["PING"], session=probe.session), encode_body("PING", sent_at_unix_ms=1))
        probe.batch(samples(unix_ms(), 1.0), seq=1, incarnation=probe.incarnation ^ 1)
        probe.is_alive()


# --- what is refused ----------------------------------------------------------------------------------------------------


def malformed_frames(session):
    """What breaks the format, each a header and a body."""
    header = encode_header(NUMBERS["PING"], session=session)
    hello = encode_header(NUMBERS["HELLO"])
    good = encode_body("HELLO", **hello_fields())
    by_position = [1, 1, [], "judge", "a boot", 1, {}, [], [], 0]

    def changed(place, value):
        return hello, pack([*by_position[:place], value, *by_position[place + 1:]])

    return {
        "a header that is too short": (pack([1, NUMBERS["PING"], 0, session, 0, 0, 0, 0]), pack([1])),
        "a header of version 0": (encode_header(NUMBERS["PING"], version=0, session=session), pack([1])),
        "a header of noise": (b"\xc1\xc1\xc1", pack([1])),
        "a header of 200 bytes": (pack([1, NUMBERS["PING"], 0, session, 0, 0, 0, 0, 0, b"x" * 180]), pack([1])),
        "a PING that is too short": (header, pack([])),
        "a GAP that is too short": (encode_header(NUMBERS["GAP"], session=session, seq=1), pack([1])),
        "a HELLO that is too short": (hello, pack(by_position[:9])),
        "a stream state that is too short": changed(8, [[1, 2, 1]]),
        "no array": (header, pack({"sent_at_unix_ms": 1})),
        "an empty body": (header, b""),
        "bytes after the array": (hello, good + b"\xc0"),
        "half an array": (hello, good[:-3]),
        "an extension type": changed(6, msgpack.ExtType(5, b"ext")),
        "a text for a number": changed(5, "1"),
        "a number with a point": changed(5, 1.0),
        "a number over its bits": changed(0, 256),
        "a negative number for an unsigned one": changed(9, -1),
        "a bin for a str": changed(3, b"judge"),
        "a name over its limit": changed(3, "x" * 257),
        "65 labels": changed(6, {f"l{i}": "" for i in range(65)}),
        "a name twice in a map": (hello, b"\x9a" + b"".join(map(pack, by_position[:6])) + b"\x82\xa1a\xa1x\xa1a\xa1y" +
                                  b"".join(map(pack, by_position[7:]))),
        "a stream named twice": changed(8, [[1, 2, 1, 1], [1, 3, 1, 1]]),
        "nesting over 8": (header, pack([1, [[[[[[[[[]]]]]]]]]])),
        "over 4,096 elements": (header, pack([1, [0] * 4096])),
        "a claim of 4 Gi elements": (header, b"\xdd\xff\xff\xff\xff"),
    }


def malformed_messages_are_refused(hosts, add):
    """Each on a connection of its own; eight to a host, as sixteen in a minute end in a cut."""
    names = list(malformed_frames(0))
    for at in range(0, len(names), 8):
        keys, endpoint = add()
        for name in names[at:at + 8]:
            try:
                again_if_lost(lambda name=name: is_refused(Probe(hosts, keys, endpoint), name))
            except Violation as error:
                raise Violation(f"{name}: {error}") from None


def is_refused(probe, name):
    with probe:
        probe.hello()
        probe.send_raw(*malformed_frames(probe.session)[name])
        _, refusal = probe.answer("REFUSE")
        expect(refusal["reason"] == REFUSED_MALFORMED and refusal["message"], f"REFUSE {refusal}")


def a_malformed_message_ends_the_session(host):
    with host() as probe:
        probe.hello()
        probe.send_raw(encode_header(NUMBERS["PING"], session=probe.session), pack([]))
        body = probe.refused(REFUSED_MALFORMED, probe.session)
        expect(body["retry_after_ms"] > 0, "REFUSE 4 without a time to wait")
        probe.send("PING", encode_body("PING", sent_at_unix_ms=1))
        came = probe.receive(5)  # a refusal, or nothing because the connection is cut
        expect(came is None or (came[0] == "REFUSE" and came[2]["reason"] == REFUSED_UNKNOWN_SESSION), f"{came} after the end")


def unreadable_entries_are_passed_over(host):
    with host() as probe:
        probe.hello()
        now = unix_ms()
        probe.batch(b"\xc1 no MessagePack")
        probe.batch(pack([1, [now, b"wire_judge_probe\n"]]))  # a record that is too short
        probe.batch(pack([1, [now, b"a\nb\n", struct.pack("<d", 1.0)]]))  # two keys, one value
        probe.batch(samples(now + 3_600_000, 1.0))  # an hour ahead
        probe.batch(samples(now, 5.0))
        probe.acked(5)


def other_sessions_are_unknown(host):
    with host() as probe:
        probe.send("PING", encode_body("PING", sent_at_unix_ms=1), session=0)
        probe.refused(REFUSED_UNKNOWN_SESSION, 0)
        probe.send("PING", encode_body("PING", sent_at_unix_ms=1), session=4711)
        probe.refused(REFUSED_UNKNOWN_SESSION, 4711)
        probe.hello()
        wrong = probe.session ^ 1
        for _ in range(5):
            probe.batch(samples(unix_ms(), 1.0), seq=1, session=wrong)
        probe.refused(REFUSED_UNKNOWN_SESSION, wrong)  # once a second, not five times:
        probe.is_alive()
        probe.batch(samples(unix_ms(), 1.0))
        probe.acked(1)


def versions_without_overlap_are_refused(host):
    with host() as probe:
        header = encode_header(NUMBERS["HELLO"], version=250)
        probe.send_raw(header, encode_body("HELLO", **hello_fields([probe.state()], version_min=240, version_max=250)))
        body = probe.refused(REFUSED_VERSION, 0)
        for number in ("240", "250", "1"):
            expect(number in body["message"], f"the message names no {number}: {body['message']}")
        expect(body["retry_after_ms"] > 0, "REFUSE 1 without a time to wait")
        probe.send_raw(header, encode_body("HELLO", **hello_fields([probe.state()], version_min=1, version_max=250)))
        welcome = probe.welcomed()
        expect(1 <= welcome["version"] < 240, f"version {welcome['version']} is chosen")


def another_connection_supersedes(hosts, keys, endpoint):
    with Probe(hosts, keys, endpoint) as older, Probe(hosts, keys, endpoint) as newer:
        older.hello()
        newer.hello(previous_session=older.session)
        older.refused(REFUSED_SUPERSEDED, older.session)
        newer.is_alive()


# --- streams ------------------------------------------------------------------------------------------------------------


def entries_are_applied_once_and_in_order(host):
    with host() as probe:
        probe.hello()
        now = unix_ms() - 1000
        for seq in (1, 1, 2, 1, 2):
            probe.batch(samples(now + seq, float(seq)), seq=seq)
        probe.acked(2)
        probe.batch(samples(now + 4, 4.0), seq=4)
        header = probe.go_back()
        expect(header["seq"] == 3 and header["ack"] == 2, f"GO_BACK {header}")
        probe.batch(samples(now + 3, 3.0), seq=3)
        probe.batch(samples(now + 4, 4.0), seq=4)
        probe.acked(4)
        probe.batch(samples(now, 9.0), seq=(1 << 62) + 1)
        expect(probe.go_back()["seq"] == 5, "a number far ahead is not asked to go back")
        probe.is_alive()
        return [[now + seq, float(seq)] for seq in (1, 2, 3, 4)]


def a_new_incarnation_begins_with_hello(host):
    with host() as probe:
        probe.hello()
        probe.batch(samples(unix_ms(), 1.0))
        probe.acked(1)
        first, probe.incarnation = probe.incarnation, probe.incarnation ^ 2
        welcome = probe.hello()
        expect([cursor["last_applied"] for cursor in welcome["cursors"]] == [0], f"WELCOME {welcome}")
        probe.batch(samples(unix_ms(), 2.0), seq=1)
        probe.acked(1)
        probe.incarnation = first
        welcome = probe.hello()
        expect([cursor["last_applied"] for cursor in welcome["cursors"]] == [1], f"WELCOME {welcome}")


# --- the doors ----------------------------------------------------------------------------------------------------------


def an_unknown_key_gets_400(hosts):
    keys = zmq.curve_keypair()
    socket = hosts.context.socket(zmq.DEALER)
    try:
        socket.linger = 0
        socket.curve_serverkey = hosts.status["public_key"].encode()
        socket.curve_publickey, socket.curve_secretkey = keys
        monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_SUCCEEDED)
        socket.connect(hosts.status["endpoint"])
        expect(monitor.poll(ANSWER_S * 1000), "the handshake of an unknown key is not answered")
        event, value = struct.unpack("=HI", monitor.recv_multipart()[0])
        expect(event == zmq.EVENT_HANDSHAKE_FAILED_AUTH and value == 400, f"event {event:#x} with {value}")
        socket.disable_monitor()
    finally:
        socket.close()


def the_enrolment_port_answers_nothing_else(hosts):
    with Probe(hosts, zmq.curve_keypair(), hosts.status["enrol_endpoint"]) as probe:
        probe.send("HELLO", encode_body("HELLO", **hello_fields()))
        expect(probe.receive(1) is None, "HELLO is answered on the enrolment port")


def ask_with_body_key(hosts, token, host, keys, told_key):
    with Probe(hosts, keys, hosts.status["enrol_endpoint"]) as probe:
        probe.send("ENROL", encode_body("ENROL", token=token, host=host, public_key=told_key.decode()))
        return probe.answer("ENROLLED")[1]
