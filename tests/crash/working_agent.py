"""A light agent that also works: it runs jobs that it is told to start, and changes its key when it is asked to."""
import random
import time

import msgpack
import zmq

from fleet import expect
from light_agent import ACK, BATCH, GO_BACK, JOB_CANCEL, JOB_START, KEY_CHANGE, RESULTS, WELCOME, LightAgent, now_ms, pack

JOB = "note"
RUNNING, SUCCEEDED, CANCELLED = 2, 3, 6
PHASES = {SUCCEEDED: "succeeded", CANCELLED: "cancelled"}
MAKE, MADE, ACCEPTED = 1, 2, 3
RUN_SECONDS = 0.1  # long enough to be cancelled meanwhile, now and then


class Run:
    def __init__(self, fence, state):
        self.fence = fence
        self.state = state
        self.began_at = time.monotonic()
        self.began_at_ms = now_ms()


class WorkingAgent(LightAgent):
    version = 2

    def __init__(self, host):
        super().__init__(host)
        self.runs = {}  # by id: what the ledger of a real one holds
        self.results_incarnation = random.getrandbits(63) | 1
        self.results = {}
        self.results_next = 1
        self.results_sent = self.results_acked = 0
        self.next_keys = None
        self.keys_changed = 0
        self.where = None

    def open(self, context, endpoint, server_key):
        self.where = (context, endpoint, server_key)
        super().open(*self.where)

    def hello(self):
        words = super().hello()
        words[7] = [JOB]
        words[8].append([RESULTS, self.results_incarnation, 1, self.results_next])
        return words

    def step(self):
        for run_id, run in self.runs.items():
            if run.state == RUNNING and time.monotonic() - run.began_at > RUN_SECONDS:
                self.report(run_id, run, SUCCEEDED)
        super().step()

    def report(self, run_id, run, state):
        run.state = state
        ended = 0 if state == RUNNING else now_ms()
        self.results[self.results_next] = pack([2, [run_id, run.fence, JOB, state, 0, run.began_at_ms, ended, "", b"", "{}"]])
        self.results_next += 1

    def send_entries(self):
        while self.results_sent + 1 < self.results_next:
            seq = self.results_sent + 1
            if not self.say(self.head(BATCH, self.session, RESULTS, self.results_incarnation, seq), self.results[seq]):
                return
            self.results_sent = seq
        super().send_entries()

    def take(self, head, body):
        super().take(head, body)
        _, kind, _, session, stream, incarnation, seq, ack, _ = msgpack.unpackb(head)[:9]
        if session == 0 or session != self.session:
            return
        if kind == WELCOME:
            self.welcomed(msgpack.unpackb(body)[4])
        elif kind == JOB_START:
            self.start_run(*msgpack.unpackb(body)[:2])
        elif kind == JOB_CANCEL:
            self.cancel_run(*msgpack.unpackb(body)[:2])
        elif kind == KEY_CHANGE:
            self.change_key(*msgpack.unpackb(body)[:2])
        elif kind in (ACK, GO_BACK) and (stream, incarnation) == (RESULTS, self.results_incarnation):
            expect(ack >= self.results_acked, f"{self.host}: result {self.results_acked} was acknowledged, now only {ack} is there")
            self.results_acked = ack
            self.results_sent = seq - 1 if kind == GO_BACK else self.results_sent

    def welcomed(self, cursors):
        for stream, incarnation, applied, _ in cursors:
            if (stream, incarnation) == (RESULTS, self.results_incarnation):
                expect(applied >= self.results_acked,
                       f"{self.host}: result {self.results_acked} was acknowledged, now only {applied} is there")
                self.results_acked = self.results_sent = applied
        if self.next_keys:
            self.tell_key()

    def start_run(self, run_id, fence):
        known = self.runs.get(run_id)
        expect(known is None or fence <= known.fence, f"run {run_id} is to begin again though its host forgot nothing")
        if known is None:
            self.runs[run_id] = Run(fence, RUNNING)
            self.report(run_id, self.runs[run_id], RUNNING)

    def cancel_run(self, run_id, fence):
        run = self.runs.setdefault(run_id, Run(fence, RUNNING))
        if run.state == RUNNING and fence >= run.fence:
            self.report(run_id, run, CANCELLED)

    def change_key(self, step, public_key):
        if step == MAKE:
            self.next_keys = self.next_keys or zmq.curve_keypair()
            self.tell_key()
        elif step == ACCEPTED and self.next_keys and public_key == self.next_keys[0].decode():
            self.keys, self.next_keys = self.next_keys, None
            self.keys_changed += 1
            self.open(*self.where)

    def tell_key(self):
        self.say(self.head(KEY_CHANGE, self.session), pack([MADE, self.next_keys[0].decode(), ""]))
