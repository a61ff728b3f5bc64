"""Somebody who changes things while the controller dies again and again, and remembers what it said is done."""
import time

import zmq

from fleet import Failed, expect
from light_agent import LightAgent, ask_operator
from working_agent import JOB, PHASES

ENROL_SECONDS = 1  # until somebody who wants to be let in asks again


class Newcomer(LightAgent):
    """A host that asks with its token until it is let in, whoever dies meanwhile."""

    def __init__(self, host, token):
        super().__init__(host)
        self.token = token
        self.asked_at = 0.0

    def is_let_in(self):
        if self.socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
            self.take_enrolled()
            return True
        if time.monotonic() - self.asked_at > ENROL_SECONDS and self.ask_to_be_enrolled(self.token):
            self.asked_at = time.monotonic()
        return False


class Operator:
    """Each thing has a set of the states that it may be in: one when the last change was answered, two when nobody knows."""

    def __init__(self, fleet, context, status, worker):
        self.fleet = fleet
        self.context = context
        self.status = status
        self.worker = worker
        self.tokens = {}    # by id: the token itself, and whom it let in
        self.silences = {}  # by id
        self.keys = {}      # of newcomers that were let in, by host
        self.runs = []      # ids
        self.newcomer = None
        self.newcomers = 0
        self.answers = {}   # by verb: how many were given
        self.turn = 0
        self.errands = [self.make_token, self.run_job, self.add_silence, self.let_one_in, self.cancel_run, self.expire_silence,
                        self.rotate_worker, self.run_job, self.rotate_newcomer, self.make_token, self.revoke_newcomer]

    def act(self):
        """One errand after the other; again the same one when nobody was there to be asked."""
        try:
            self.errands[self.turn % len(self.errands)]()
        except (ConnectionRefusedError, FileNotFoundError):
            return
        self.turn += 1

    def step(self):
        """What somebody at the enrolment port does."""
        if self.newcomer and self.newcomer.is_let_in():
            self.keys[self.newcomer.host] = {"current"}
            self.newcomer.close()
            self.newcomer = None

    def close(self):
        if self.newcomer:
            self.newcomer.close()

    def ask(self, verb, /, **arguments):
        """None when there was no answer, or a refusal: whether it is done is not known."""
        try:
            answer = ask_operator(self.fleet.socket, verb, **arguments)
        except (ConnectionRefusedError, FileNotFoundError):
            raise
        except (OSError, Failed):
            return None
        self.answers[verb] = self.answers.get(verb, 0) + 1
        return answer

    def change(self, states, to, verb, **arguments):
        states.add(to)
        if self.ask(verb, **arguments):
            states.clear()
            states.add(to)

    def make_token(self, hosts="*"):
        answer = self.ask("enrol.token", hosts=hosts)
        if answer:
            self.tokens[answer["id"]] = [answer["token"], hosts]
        return answer

    def add_silence(self):
        answer = self.ask("silences.create", matchers=[f"alertname=None{self.turn}"], comment="a sweep", **{"for": "1h"})
        if answer:
            self.silences[answer["id"]] = {"active"}

    def expire_silence(self):
        """Every second one stays."""
        active = [id for number, id in enumerate(self.silences) if number % 2 == 0 and "active" in self.silences[id]]
        if active:
            self.change(self.silences[active[-1]], "expired", "silences.expire", id=active[-1])

    def run_job(self):
        answer = self.ask("jobs.run", job=JOB, host=self.worker.host)
        self.runs += [run["id"] for run in answer["runs"]] if answer else []

    def cancel_run(self):
        if self.runs:
            self.ask("runs.cancel", id=self.runs[-1])  # it may be over

    def rotate_worker(self):
        self.ask("keys.rotate", host=self.worker.host)  # one may be under way

    def let_one_in(self):
        if self.newcomer:
            return
        host = f"new-{self.newcomers + 1}"
        answer = self.make_token(host)
        if answer:
            self.newcomers += 1
            self.newcomer = Newcomer(host, answer["token"])
            self.newcomer.open(self.context, self.status["enrol_endpoint"], self.status["public_key"])

    def rotate_newcomer(self):
        current = [host for host, states in self.keys.items() if states == {"current"}]
        if current:
            self.change(self.keys[current[-1]], "pending_rotation", "keys.rotate", host=current[-1])

    def revoke_newcomer(self):
        """Every second one stays."""
        there = [host for number, host in enumerate(self.keys) if number % 2 == 0 and "revoked" not in self.keys[host]]
        if there:
            self.change(self.keys[there[0]], "revoked", "keys.revoke", host=there[0])

    # --- afterwards ---------------------------------------------------------------------------------------------------------

    def check(self):
        """Whatever was answered stands, and the audit log is whole and tells of it."""
        self.check_tokens()
        self.check_states("silence", self.silences, {row["id"]: row["state"] for row in self.now("silences.list", all=True)})
        keys = self.now("keys.list")
        self.check_states("key of", self.keys, {row["host"]: row["state"] for row in keys})
        own = next(row["public_key"] for row in keys if row["host"] == self.worker.host)
        expect(own == self.worker.keys[0].decode(), f"{self.worker.host} and the controller know different keys of it")
        self.check_runs()
        self.check_audit()

    def now(self, verb, /, **arguments):
        return ask_operator(self.fleet.socket, verb, **arguments)

    def check_states(self, what, known, rows):
        for name, states in known.items():
            expect(rows.get(name) in states, f"{what} {name} is {rows.get(name)}, not one of {sorted(states)}")

    def check_tokens(self):
        """All are there and as good as they should be; some are tried."""
        rows = {row["id"]: row for row in self.now("enrol.token.list")}
        for id, (_, hosts) in self.tokens.items():
            expect(id in rows, f"token {id} is gone")
            used_by = [hosts] if hosts in self.keys else []
            expect(rows[id]["used_by"] == used_by, f"token {id} was used by {rows[id]['used_by']}, not by {used_by}")
            expect(rows[id]["uses_left"] == 1 - len(used_by), f"token {id} is good for {rows[id]['uses_left']} more hosts")
        free = [token for token, hosts in self.tokens.values() if hosts == "*"]
        for number, token in enumerate(free[:3] + free[3:][-3:]):
            LightAgent(f"token-{number}").enrol(self.context, self.status["enrol_endpoint"], self.status["public_key"], token)

    def check_runs(self):
        """Each run that was promised is recorded as its host knows it, and so is each that its host was told to start."""
        rows = {row["id"]: row["state"] for row in self.now("runs.list", limit=10_000)}
        for id in {*self.runs, *self.worker.runs}:
            expect(id in rows, f"run {id} is gone")
        for id, state in rows.items():
            known = self.worker.runs.get(id)
            wanted = PHASES.get(known.state) if known else "cancelled"  # before it was sent
            expect(state == wanted, f"run {id} is recorded as {state}, its host says {wanted}")

    def check_audit(self):
        report = self.now("audit.verify")
        expect(report["is_whole"], f"the audit log: {report['finding']}")
        for verb, count in self.answers.items():
            done = [row for row in self.audited(verb) if row["outcome"] == "ok"]
            expect(len(done) >= count, f"{verb}: {count} were answered, the audit log has {len(done)}")

    def audited(self, verb):
        rows, before = [], 0
        while True:
            page = self.now("audit.list", verb=verb, limit=1000, before=before)
            rows += page
            if len(page) < 1000:
                return rows
            before = min(row["seq"] for row in page)

    def said(self):
        return ", ".join(f"{count} {verb}" for verb, count in sorted(self.answers.items()))
