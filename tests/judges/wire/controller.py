"""A controller in Python that knows version 1 and nothing later, after docs/protocol/README.md: it enrols whoever asks, applies
each entry once, and keeps what it was told. One loop, all in memory; no operators.

It takes longer arrays and passes over what it does not know, as the page bids; what breaks the format it notes in `malformed`.
"""
import random
import time

import zmq
from zmq.auth.thread import ThreadAuthenticator

from messages import (ENTRY_RECORDS, NUMBERS, TYPES, Malformed, Unsupported, decode_body, decode_header, encode_body,
                      encode_header)

HEARTBEAT_MS = 500
BATCH_BYTES_MAX = 1 << 20
CREDIT_BYTES = 2 << 20
UNKNOWN_SESSION, NO_VERSION = 6, 1


def unix_ms():
    return time.time_ns() // 1_000_000


class Controller:
    def __init__(self, versions=(1, 1)):
        self.versions = versions
        self.context = context = zmq.Context()  # of its own: there is one authenticator to a context
        self.public_key, secret_key = zmq.curve_keypair()
        self.authenticator = ThreadAuthenticator(context)
        self.authenticator.start()
        self.authenticator.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
        self.router, self.endpoint = self.listen(context, secret_key, "tcp://127.0.0.1:0")
        self.enrol_router, self.enrol_endpoint = self.listen(context, secret_key, "tcp://127.0.0.1:0")
        self.sessions = {}  # routing id -> session number
        self.cursors = {}  # (stream, incarnation) -> the last number applied
        self.entries = []  # (stream, number, kind, record)
        self.gaps, self.hellos, self.malformed, self.unknown = [], [], [], []
        self.versions_used = set()
        self.pings = 0
        # What a check may ask for.
        self.credit_bytes = CREDIT_BYTES
        self.lose_next = 0  # so many BATCHes get lost on their way
        self.is_silent = False  # reads, and answers nothing

    def listen(self, context, secret_key, address):
        router = context.socket(zmq.ROUTER)
        router.linger = 0
        router.router_mandatory = True
        router.maxmsgsize = (1 << 20) + 33  # what CURVE adds
        router.curve_server = True
        router.curve_secretkey, router.curve_publickey = secret_key, self.public_key
        router.zap_domain = b"vigie"
        router.bind(address)
        return router, router.last_endpoint.decode()

    def end(self):
        self.router.close()
        self.enrol_router.close()
        self.authenticator.stop()
        self.context.destroy(linger=0)

    def frames(self, type_name, body, header):
        return encode_header(NUMBERS[type_name], **header), body

    def grant(self, credit_bytes):
        self.credit_bytes = credit_bytes
        for sender in self.sessions:
            for name in self.cursors:
                self.acknowledge(sender, name, False)

    def forget_sessions(self):
        """As after a restart."""
        self.sessions.clear()

    def send(self, to, type_name, body, router=None, **header):
        if self.is_silent:
            return
        header.setdefault("session", self.sessions.get(to, 0))
        try:
            (router or self.router).send_multipart([to, *self.frames(type_name, body, header)], zmq.DONTWAIT)
        except zmq.ZMQError:
            pass  # gone or full: the agent asks again in its next session

    def run_until(self, what, probe, seconds=60):
        end = time.monotonic() + seconds
        while not probe():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {what}")
            self.pump()

    def pump(self):
        poller = zmq.Poller()
        poller.register(self.router, zmq.POLLIN)
        poller.register(self.enrol_router, zmq.POLLIN)
        for socket, _ in poller.poll(20):
            (self.receive if socket is self.router else self.enrol)(socket.recv_multipart())

    def enrol(self, frames):
        header, body = decode_header(frames[1]), decode_body("ENROL", frames[2])
        if TYPES[header["type"]] != "ENROL":
            return
        self.send(frames[0], "ENROLLED", encode_body("ENROLLED", is_accepted=True, message="", agent_id=body["host"],
                                                     endpoint=self.endpoint), self.enrol_router)

    def receive(self, frames):
        if len(frames) != 3:
            return
        sender = frames[0]
        try:
            header = decode_header(frames[1])
            name = TYPES[header["type"]]
            body = decode_body(name, frames[2])
        except Unsupported as error:
            self.unknown.append(str(error))
            return
        except Malformed as error:
            self.malformed.append(str(error))
            return
        if name == "HELLO":
            self.on_hello(sender, body)
        elif header["session"] != self.sessions.get(sender, 0) or not header["session"]:
            self.send(sender, "REFUSE", encode_body("REFUSE", reason=UNKNOWN_SESSION, message="unknown session", retry_after_ms=0),
                      session=header["session"])
        else:
            self.versions_used.add(header["version"])
            on = getattr(self, f"on_{name.lower()}", None)
            if on:
                on(sender, header, body)

    def on_hello(self, sender, body):
        self.hellos.append(body)
        version = min(self.versions[1], body["version_max"])
        if version < max(self.versions[0], body["version_min"]):
            self.send(sender, "REFUSE", encode_body("REFUSE", reason=NO_VERSION, message="no version in common", retry_after_ms=0),
                      session=0)
            return
        self.sessions[sender] = random.getrandbits(63) | 1
        cursors = [{"stream": state["stream"], "incarnation": state["incarnation"], "credit_bytes": self.credit_bytes,
                    "last_applied": self.cursors.get((state["stream"], state["incarnation"]), 0)} for state in body["streams"]]
        self.send(sender, "WELCOME", encode_body("WELCOME", version=version, controller_epoch=1, heartbeat_interval_ms=HEARTBEAT_MS,
                                                 batch_bytes_max=BATCH_BYTES_MAX, cursors=cursors))

    def on_batch(self, sender, header, body):
        if self.lose_next:
            self.lose_next -= 1
            return
        name = header["stream"], header["incarnation"]
        last = self.cursors.get(name, 0)
        if header["seq"] == last + 1:
            self.cursors[name] = header["seq"]
            self.entries.append((header["stream"], header["seq"], body["kind"], body["record"]))
        self.acknowledge(sender, name, header["seq"] > last + 1)

    def on_gap(self, sender, header, body):
        name = header["stream"], header["incarnation"]
        last = self.cursors.get(name, 0)
        if header["seq"] <= last + 1 <= body["last_missing_seq"]:
            self.gaps.append((header["stream"], last + 1, body["last_missing_seq"]))
            self.cursors[name] = body["last_missing_seq"]
        self.acknowledge(sender, name, header["seq"] > last + 1)

    def acknowledge(self, sender, name, is_ahead):
        last = self.cursors.get(name, 0)
        type_name = "GO_BACK" if is_ahead else "ACK"
        self.send(sender, type_name, encode_body(type_name), stream=name[0], incarnation=name[1], seq=last + 1 if is_ahead else 0,
                  ack=last, credit_bytes=self.credit_bytes)

    def on_ping(self, sender, _, body):
        self.pings += 1
        self.send(sender, "PONG", encode_body("PONG", ping_sent_at_unix_ms=body["sent_at_unix_ms"], sent_at_unix_ms=unix_ms()))

    def start_job(self, run_id, job):
        for sender in self.sessions:
            self.send(sender, "JOB_START", encode_body("JOB_START", run_id=run_id, fence=1, job=job, scheduled_at_unix_ms=unix_ms(),
                                                       lease_ms=0, parameters={}))

    def of_kind(self, kind):
        """Records of one kind of entry, in the order in which they were applied."""
        return [record for _, _, each, record in self.entries if each == kind and each in ENTRY_RECORDS]
