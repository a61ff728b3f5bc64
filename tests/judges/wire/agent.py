"""An agent in Python: one loop, its outbox in memory. It and messages.py follow docs/protocol/README.md and nothing else: what they
need and the page does not say is a fault of the page.

What a check wants to see is kept: each BATCH with the window it was sent in, refusals, GO_BACKs, sessions, runs. Errors of the
controller against the page raise Violation. It does not collect anything, and runs no command.
"""
import random
import struct
import time

import zmq

from messages import (LOGS, METRICS, RESULTS, RUN_REFUSED, RUN_SUCCEEDED, STREAMS, TYPES, NUMBERS, Malformed, Unsupported,
                      decode_body, decode_header, encode_body, encode_entry, encode_header)

HELLO_ANSWER_S = 30
ACK_S = 30
SILENT_INTERVALS = 3
BACKOFF_FIRST_S, BACKOFF_MAX_S, RETRY_AFTER_MAX_S = 1, 60, 3600
UNKNOWN_SESSION = 6
GAP_WAS_FULL, GAP_WAS_TRIMMED = 1, 3
SEND_AT_ONCE_MAX = 64  # entries between two looks at what came in


class Violation(Exception):
    """The controller did what the page forbids."""


def unix_ms():
    return time.time_ns() // 1_000_000


def connect(context, endpoint, controller_key, public_key, secret_key):
    """A DEALER as the page's section Transport wants it; keys in Z85."""
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.maxmsgsize = (1 << 20) + 33  # what CURVE adds
    dealer.curve_serverkey = controller_key.encode()
    dealer.curve_publickey, dealer.curve_secretkey = public_key, secret_key
    dealer.connect(endpoint)
    return dealer


def enrol(context, endpoint, controller_key, token, host, keys, seconds=20):
    """Asks for admission and gives ENROLLED's fields; keys are (public, secret) in Z85."""
    dealer = connect(context, endpoint, controller_key, *keys)
    try:
        dealer.send_multipart([encode_header(NUMBERS["ENROL"]),
                               encode_body("ENROL", token=token, host=host, public_key=keys[0].decode())])
        if not dealer.poll(seconds * 1000):
            raise Violation(f"no answer to ENROL within {seconds} s")
        header, body = dealer.recv_multipart()
        header = decode_header(header)
        if TYPES[header["type"]] != "ENROLLED":
            raise Violation(f"{TYPES[header['type']]} answers ENROL")
        return decode_body("ENROLLED", body)
    finally:
        dealer.close()


class Stream:
    """One numbered sequence of entries, what of it is held, and how far it has come."""

    def __init__(self, number):
        self.number = number
        self.renew()

    def renew(self):
        """A new incarnation numbers what is held from 1."""
        held = [self.entries[seq] for seq in sorted(self.entries)] if hasattr(self, "entries") else []
        self.incarnation = random.getrandbits(63) | 1
        self.entries = dict(enumerate(held, start=1))
        self.next_seq = len(held) + 1
        self.acked = 0
        self.begin(0, 0, 0)

    def begin(self, sent, ack, credit):
        """Sent: the highest number under way or acknowledged. The window counts from `ack`, an amount of `credit` bytes."""
        self.sent, self.window_from, self.credit = sent, ack, credit
        self.heard_at = time.monotonic()

    def add(self, entry):
        self.entries[self.next_seq] = entry
        self.next_seq += 1
        return self.next_seq - 1

    def oldest(self):
        return min(self.entries, default=self.next_seq)

    def under_way(self):
        return sum(len(self.entries.get(seq, b"")) for seq in range(self.window_from + 1, self.sent + 1))

    def acknowledge(self, ack, credit):
        if ack < self.window_from:
            return  # stale, its credit too
        if ack >= self.next_seq:
            raise Violation(f"stream {self.number}: {ack} is acknowledged, {self.next_seq} is not numbered yet")
        self.acked = max(self.acked, ack)
        self.window_from, self.credit = ack, credit
        self.sent = max(self.sent, ack)
        self.heard_at = time.monotonic()
        for seq in [seq for seq in self.entries if seq <= self.acked]:
            del self.entries[seq]  # no rewind window: what is asked for again later becomes a GAP


class Agent:
    def __init__(self, context, endpoint, controller_key, keys, jobs=(), labels=None):
        self.context, self.endpoint, self.controller_key, self.keys = context, endpoint, controller_key, keys
        self.jobs, self.labels = list(jobs), dict(labels or {})
        self.streams = {number: Stream(number) for number in STREAMS}
        self.boot_id = open("/proc/sys/kernel/random/boot_id", encoding="ascii").read().strip()
        self.socket = None
        self.session = self.previous_session = 0
        self.interval_s = 10
        self.trouble_since = None
        self.open_at = 0
        self.batch_bytes_max = 1 << 20
        self.runs = {}  # run id -> [fence, report], the record that a real agent keeps on its disk
        # What a check may ask for.
        self.lost_on_purpose = set()  # numbers of metrics that get lost on their way once
        self.is_credit_ignored = False
        self.are_reports_held = False
        # What a check looks at.
        self.sessions, self.refusals, self.go_backs, self.gaps_sent, self.starts = [], [], [], [], []
        self.windows = set()  # every credit that was granted
        self.over_credit = 0  # entries that were sent beyond the window
        self.waits_for_credit = 0

    def add_samples(self, at_ms, series):
        """One entry of the stream metrics; series: key -> value."""
        keys = sorted(series)
        entry = encode_entry(1, sampled_at_unix_ms=at_ms, schema="".join(key + "\n" for key in keys).encode(),
                             values=struct.pack(f"<{len(keys)}d", *(series[key] for key in keys)))
        return self.streams[METRICS].add(entry)

    # --- the connection ------------------------------------------------------------------------------------------------

    def open(self):
        self.socket = connect(self.context, self.endpoint, self.controller_key, *self.keys)
        self.say_hello()

    def close(self, retry_after_s=0.0):
        """Ends the connection; the next one is opened after the back-off, by pump()."""
        if self.socket:
            self.socket.close()
        self.socket, self.session = None, 0
        now = time.monotonic()
        self.trouble_since = self.trouble_since or now
        limit_s = min(max(now - self.trouble_since, BACKOFF_FIRST_S), BACKOFF_MAX_S)
        self.open_at = now + min(retry_after_s, RETRY_AFTER_MAX_S) + random.uniform(0, limit_s)

    def send(self, type_name, body, **header):
        self.socket.send_multipart([encode_header(NUMBERS[type_name], session=self.session, **header), body], zmq.DONTWAIT)

    def say_hello(self):
        self.session = 0
        states = [{"stream": stream.number, "incarnation": stream.incarnation, "oldest_seq": stream.oldest(),
                   "next_seq": stream.next_seq} for stream in self.streams.values()]
        self.send("HELLO", encode_body(
            "HELLO", version_min=1, version_max=1, features=[], agent_version="judge", boot_id=self.boot_id,
            sent_at_unix_ms=unix_ms(), labels=self.labels, jobs=self.jobs, streams=states, previous_session=self.previous_session))
        self.hello_at = self.heard_at = time.monotonic()

    def pump(self, wait_ms=20):
        """One turn: what came in, what is due, what may be sent."""
        now = time.monotonic()
        if not self.socket:
            if now < self.open_at:
                time.sleep(min(wait_ms / 1000, self.open_at - now))
                return
            self.open()
        if self.socket.poll(wait_ms):
            for _ in range(SEND_AT_ONCE_MAX):
                try:
                    self.receive(self.socket.recv_multipart(zmq.DONTWAIT))
                except zmq.Again:
                    break
                if not self.socket:
                    return
        self.keep_alive(time.monotonic())
        if self.session:
            self.send_entries()

    def keep_alive(self, now):
        if not self.session:
            if now - self.hello_at > HELLO_ANSWER_S:
                self.close()
            return
        if now - self.heard_at > SILENT_INTERVALS * self.interval_s:
            self.close()
            return
        if now - self.welcomed_at > self.interval_s:
            self.trouble_since = None
        if now - self.pinged_at >= self.interval_s:
            self.send("PING", encode_body("PING", sent_at_unix_ms=unix_ms()))
            self.pinged_at = now

    # --- what is said to the agent -------------------------------------------------------------------------------------

    def receive(self, frames):
        if len(frames) != 2:
            return
        try:
            header = decode_header(frames[0])
            name = TYPES[header["type"]]
            body = decode_body(name, frames[1])
        except Unsupported:
            return
        except Malformed as error:
            raise Violation(f"the controller sent what can't be read: {error}") from None
        if name == "WELCOME":
            return self.on_welcome(header, body)
        if header["session"] != self.session:
            return None
        self.heard_at = time.monotonic()
        on = getattr(self, f"on_{name.lower()}", None)  # what only an agent sends has none, and is ignored
        return on(header, body) if on else None

    def on_welcome(self, header, body):
        if self.session:
            return
        if body["version"] != 1 or not header["session"] or body["batch_bytes_max"] > 1 << 20:
            raise Violation(f"WELCOME {header} {body}")
        self.session = self.previous_session = header["session"]
        self.sessions.append(self.session)
        self.welcomed_at = self.heard_at = self.pinged_at = time.monotonic()
        self.interval_s = body["heartbeat_interval_ms"] / 1000
        self.batch_bytes_max = body["batch_bytes_max"]
        cursors = {(cursor["stream"], cursor["incarnation"]): cursor for cursor in body["cursors"]}
        if set(cursors) != {(stream.number, stream.incarnation) for stream in self.streams.values()}:
            raise Violation(f"cursors of streams that HELLO did not name, or not of all: {body['cursors']}")
        is_renewed = False
        for stream in self.streams.values():
            cursor = cursors[stream.number, stream.incarnation]
            if cursor["last_applied"] >= stream.next_seq:
                stream.renew()
                is_renewed = True
                continue
            self.note_window(cursor["credit_bytes"])
            stream.begin(cursor["last_applied"], cursor["last_applied"], cursor["credit_bytes"])
            stream.acknowledge(cursor["last_applied"], cursor["credit_bytes"])
        if is_renewed:
            self.say_hello()

    def on_refuse(self, _, body):
        self.refusals.append(body["reason"])
        is_young = not self.session or time.monotonic() - self.welcomed_at < self.interval_s
        if body["reason"] == UNKNOWN_SESSION and not is_young:
            self.say_hello()
        else:
            self.close(body["retry_after_ms"] / 1000)

    def note_window(self, credit):
        self.windows.add(credit)
        if 0 < credit < self.batch_bytes_max:
            raise Violation(f"a window of {credit} bytes, below batch_bytes_max")

    def on_ack(self, header, _):
        stream = self.streams[header["stream"]]
        self.note_window(header["credit_bytes"])
        if header["incarnation"] == stream.incarnation:
            stream.acknowledge(header["ack"], header["credit_bytes"])

    def on_go_back(self, header, body):
        self.go_backs.append((header["stream"], header["seq"]))
        self.on_ack(header, body)
        stream = self.streams[header["stream"]]
        if header["incarnation"] == stream.incarnation and stream.acked < header["seq"] <= stream.sent:
            stream.sent = header["seq"] - 1

    def on_ping(self, _, body):
        self.send("PONG", encode_body("PONG", ping_sent_at_unix_ms=body["sent_at_unix_ms"], sent_at_unix_ms=unix_ms()))

    def on_job_start(self, _, body):
        """Every job of this agent succeeds at once, and says so."""
        self.starts.append((body["run_id"], body["fence"]))
        if body["run_id"] in self.runs:
            # None of ours ends as indeterminate, so a higher fence starts nothing either.
            self.runs[body["run_id"]][0] = max(self.runs[body["run_id"]][0], body["fence"])
            return
        now = unix_ms()
        is_known = body["job"] in self.jobs
        report = {"run_id": body["run_id"], "fence": body["fence"], "job": body["job"],
                  "state": RUN_SUCCEEDED if is_known else RUN_REFUSED, "exit_code": 0, "started_at_unix_ms": now,
                  "ended_at_unix_ms": now, "message": "done by the judge" if is_known else "no such job",
                  "output_tail": b"the judge ran\n", "report_json": ""}
        self.runs[body["run_id"]] = [body["fence"], report]
        if not self.are_reports_held:
            self.report_runs()

    def report_runs(self):
        self.are_reports_held = False
        for run in self.runs.values():
            if run[1]:
                self.streams[RESULTS].add(encode_entry(2, **{**run[1], "fence": run[0]}))
                run[1] = None

    # --- what the agent says -------------------------------------------------------------------------------------------

    def send_entries(self):
        now = time.monotonic()
        for stream in (self.streams[RESULTS], self.streams[METRICS], self.streams[LOGS]):
            if stream.sent > stream.acked and now - stream.heard_at > ACK_S:
                stream.sent, stream.heard_at = stream.acked, now
            for _ in range(SEND_AT_ONCE_MAX):
                try:
                    if not self.send_next(stream):
                        break
                except zmq.Again:
                    return  # the socket is full

    def send_next(self, stream):
        """Sends one entry or GAP of the stream; false when there is nothing or no room for it."""
        seq = stream.sent + 1
        if seq >= stream.next_seq:
            return False
        if seq not in stream.entries:
            last = next((held for held in sorted(stream.entries) if held > seq), stream.next_seq) - 1
            self.send("GAP", encode_body("GAP", last_missing_seq=last, reason=GAP_WAS_FULL if seq > stream.acked else GAP_WAS_TRIMMED),
                      stream=stream.number, incarnation=stream.incarnation, seq=seq)
            self.gaps_sent.append((stream.number, seq, last))
            stream.sent = last
            return True
        entry = stream.entries[seq]
        if stream.under_way() + len(entry) > stream.credit:
            self.waits_for_credit += 1
            if not self.is_credit_ignored:
                return False
            self.over_credit += 1
        if stream.number == METRICS and seq in self.lost_on_purpose:
            self.lost_on_purpose.remove(seq)
        else:
            self.send("BATCH", entry, stream=stream.number, incarnation=stream.incarnation, seq=seq)
        if stream.sent == stream.window_from:
            stream.heard_at = time.monotonic()
        stream.sent = seq
        return True

    def end(self):
        if self.socket:
            self.socket.close()

    def run_until(self, what, probe, seconds=60):
        end = time.monotonic() + seconds
        while not probe():
            if time.monotonic() > end:
                raise Violation(f"not within {seconds} s: {what}")
            self.pump()
