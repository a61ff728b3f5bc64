"""An agent of a few lines, after docs/protocol: one stream of metrics, an outbox in memory, no collectors. Tests drive it to be
many agents in one process, or one that says what no agent of ours would."""
import json
import random
import socket
import struct
import time

import msgpack
import zmq

from fleet import Failed, eventually, expect

HELLO, WELCOME, REFUSE, BATCH, ACK, GO_BACK, GAP, PING, PONG = range(1, 10)
JOB_START, JOB_CANCEL = 10, 11
ENROL, ENROLLED, KEY_CHANGE = 13, 14, 15
RESULTS, METRICS, LOGS = range(3)
UNKNOWN_SESSION = 6
UNDER_WAY_MAX = 256  # entries; far below any credit with the few bytes that ours have


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def now_ms():
    return time.time_ns() // 1_000_000


def header(kind, session=0, stream=0, incarnation=0, seq=0, version=1):
    return pack([version, kind, 0, session, stream, incarnation, seq, 0, 0])


def samples(schema, values, at_ms=None):
    """An entry: the values of the series, whose keys are the lines of the schema."""
    lines = "".join(f"{line}\n" for line in schema).encode()
    return pack([1, [now_ms() if at_ms is None else at_ms, lines, struct.pack(f"<{len(values)}d", *values)]])


def ask_operator(path, verb, /, **arguments):
    """One request on the operators' socket, without the cost of starting `vigie`."""
    line = json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n"
    for _ in range(20):
        try:
            answer = json.loads(answered(path, line))
            break
        except (BrokenPipeError, ConnectionResetError):
            time.sleep(0.1)  # hung up on before it was read: `vigie` asks again, too
    else:
        raise Failed(f"{verb}: the controller hangs up")
    if "result" not in answer:
        raise Failed(f"{verb}: {answer['error']['message']}")
    return answer["result"]


def answered(path, line):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(str(path))
        peer.sendall(line)
        text = b""
        while not text.endswith(b"\n"):
            more = peer.recv(1 << 20)
            if not more:
                raise Failed("the controller hung up without an answer")
            text += more
    return text


class LightAgent:
    version = 1  # of the protocol

    def __init__(self, host, keys=None):
        self.host = host
        self.keys = keys or zmq.curve_keypair()
        self.incarnation = random.getrandbits(63) | 1
        self.entries = {}  # number -> bytes: what is not acknowledged, and what is kept for a controller set back
        self.next = 1
        self.oldest = 1
        self.acked = 0
        self.added_at = {}
        self.read_at = 0  # Unix time in ms
        self.ack_seconds_max = 0.0
        self.refusals = []
        self.welcomes = 0
        self.acked_at_welcome = 0
        self.socket = None
        self.session = 0
        self.before = 0
        self.sent_to = 0
        self.greeted_at = self.pinged_at = 0.0

    def open(self, context, endpoint, server_key):
        self.close()
        self.socket = context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.IMMEDIATE, 1), (zmq.RECONNECT_IVL, 100), (zmq.SNDHWM, 1000)):
            self.socket.setsockopt(option, value)
        self.socket.curve_publickey, self.socket.curve_secretkey = self.keys
        self.socket.curve_serverkey = server_key.encode()
        self.socket.connect(endpoint)

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.leave_session()

    def leave_session(self):
        self.before, self.session, self.greeted_at = self.session or self.before, 0, 0.0

    def head(self, kind, *rest):
        return header(kind, *rest, version=self.version)

    def say(self, *frames):
        """False when there is no connection, or it takes no more."""
        try:
            self.socket.send_multipart(frames, zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def enrol(self, context, enrol_endpoint, server_key, token):
        self.open(context, enrol_endpoint, server_key)
        try:
            eventually(f"{self.host} can ask to be enrolled", lambda: self.ask_to_be_enrolled(token))
            expect(self.socket.poll(20_000), f"{self.host}: nothing answers its ENROL")
            self.take_enrolled()
        finally:
            self.close()

    def ask_to_be_enrolled(self, token):
        return self.say(header(ENROL), pack([token, self.host, self.keys[0].decode()]))

    def take_enrolled(self):
        accepted, message = msgpack.unpackb(self.socket.recv_multipart()[1])[:2]
        expect(accepted, f"{self.host} is not enrolled: {message}")

    def add(self, entry):
        self.entries[self.next] = entry
        self.added_at[self.next] = time.monotonic()
        self.next += 1

    def read(self, **series):
        """Adds a reading of light_number, which is its number in the stream, and of others; no two have the same time."""
        self.read_at = max(now_ms(), self.read_at + 1)
        self.add(samples(["light_number", *series], [self.next, *series.values()], self.read_at))

    def lose_before(self, seq):
        """As if the outbox had let go of what is older."""
        self.oldest = max(self.oldest, min(seq, self.next))
        self.entries = {number: entry for number, entry in self.entries.items() if number >= self.oldest}

    def step(self):
        """Takes what has come, says what is due. Never waits."""
        while self.socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
            self.take(*self.socket.recv_multipart())
        now = time.monotonic()
        if self.session == 0:
            if now - self.greeted_at >= 1 and self.say(self.head(HELLO), pack(self.hello())):
                self.greeted_at = now
            return
        if now - self.pinged_at >= 1:
            self.say(self.head(PING, self.session), pack([now_ms()]))
            self.pinged_at = now
        self.send_entries()

    def hello(self):
        streams = [[METRICS, self.incarnation, self.oldest, self.next]]
        return [1, self.version, [], "light", "light-" + self.host, now_ms(), {}, [], streams, self.before]

    def send_entries(self):
        while self.sent_to + 1 < self.next and self.sent_to - self.acked < UNDER_WAY_MAX:
            seq = self.sent_to + 1
            if seq < self.oldest:
                gap = self.head(GAP, self.session, METRICS, self.incarnation, seq)
                if not self.say(gap, pack([self.oldest - 1, 3])):
                    return
                self.sent_to = self.oldest - 1
            elif self.say(self.head(BATCH, self.session, METRICS, self.incarnation, seq), self.entries[seq]):
                self.sent_to = seq
            else:
                return

    def take(self, head, body):
        _, kind, _, session, stream, incarnation, seq, ack, _ = msgpack.unpackb(head)[:9]
        if kind == WELCOME:
            self.welcomes += 1
            self.session = session
            self.sent_to = 0
            for of_stream, of_incarnation, applied, _ in msgpack.unpackb(body)[4]:
                if (of_stream, of_incarnation) == (METRICS, self.incarnation):
                    self.acked = self.acked_at_welcome = self.sent_to = applied  # lower than before when the controller was set back
        elif kind == REFUSE and session in (0, self.session):
            reason, message, retry_after_ms = msgpack.unpackb(body)[:3]
            self.leave_session()
            if reason != UNKNOWN_SESSION:
                self.refusals.append(message)
                self.greeted_at = time.monotonic() + retry_after_ms / 1000
        elif session == self.session and (stream, incarnation) == (METRICS, self.incarnation):
            if kind in (ACK, GO_BACK):
                self.take_ack(ack)
            if kind == GO_BACK:
                self.sent_to = seq - 1

    def take_ack(self, ack):
        now = time.monotonic()
        for seq in range(self.acked + 1, ack + 1):
            self.ack_seconds_max = max(self.ack_seconds_max, now - self.added_at.pop(seq, now))
        self.acked = max(self.acked, ack)

    def waits_seconds(self):
        """How long the oldest entry without an acknowledgement has been waiting."""
        return time.monotonic() - self.added_at[self.acked + 1] if self.acked + 1 in self.added_at else 0.0


def step_until(what, agents, probe, seconds=60):
    """Lets agents do what is due until probe gives something true."""
    def try_once():
        for agent in agents:
            agent.step()
        return probe()
    return eventually(what, try_once, seconds)


def enrol_all(fleet, context, names):
    """Enrols a light agent for each name, in a fleet whose controller runs."""
    return enrol_each(fleet, context, [LightAgent(name) for name in names])


def enrol_each(fleet, context, agents):
    status = ask_operator(fleet.socket, "status")
    for agent in agents:
        token = ask_operator(fleet.socket, "enrol.token", hosts=agent.host)["token"]
        agent.enrol(context, status["enrol_endpoint"], status["public_key"], token)
    return agents


def stored_values(fleet, host, name):
    """The values of a series, oldest first."""
    series = ask_operator(fleet.socket, "metrics.show", host=host, name=name, since_ms=86_400_000)["series"]
    return [float(value) for _, value in series[0]["points"]]


def stored_numbers(fleet, host, name="light_number"):
    """What has been stored of a host that numbers its readings."""
    return [int(value) for value in stored_values(fleet, host, name)]
