#!/usr/bin/env python3
"""An agent in another language, written from docs/protocol/README.md alone, judges the controller: it enrols, sends 1,000
samples over a link that is cut to a controller that is killed, and says what the page forbids. A controller after the same page
judges the agent. Both know version 1 and nothing later, so they are also the older peers of whatever is built here.

The peers are agent.py, probes.py and controller.py beside this file; they need Debian's python3-zmq and python3-msgpack.
"""
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
os.environ.setdefault("VIGIE_BIN_DIR", str(ROOT / "build/release/bin"))
sys.path.insert(0, str(ROOT / "tests/process"))

try:
    import zmq
    import messages
except ImportError as missing:
    # Debian's packages are for Debian's Python, which need not be the first in PATH.
    debians = pathlib.Path("/usr/bin/python3")
    if debians.exists() and sys.prefix != "/usr":
        os.execv(debians, [str(debians), *sys.argv])
    sys.exit(f"judge wire: {missing}: install python3-zmq and python3-msgpack\n0 passed, 1 failed")

from fleet import BIN, SANITIZER, Failed, Fleet, expect

import links
import our_agent
import probes
import streams
import words
from agent import Agent, Violation, enrol, unix_ms
from relay import Relay

SAMPLES = 1000
SPACING_MS = 100
# A BATCH of one sample is a frame of about 70 bytes and a header of about 40, each with CURVE's 33 and ZMTP's 2 to 9: about 180
# bytes of TCP. So each cut falls among a few hundred entries, and rather in the middle of one than between two.
CUT_AFTER_BYTES = 50_001


class Judge:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, case):
        """Runs a case; what it raises is the failure, and the next case goes on. True when it passed."""
        try:
            case()
            self.passed += 1
            print(f"ok {name}", flush=True)
            return True
        except (Violation, Failed, TimeoutError, messages.Malformed, messages.Unsupported, zmq.ZMQError) as error:
            self.failed += 1
            print(f"FAILED {name}: {error}", flush=True)
            return False


class Hosts:
    """Enrols hosts for the checks, each with a key of its own."""

    def __init__(self, fleet, context):
        self.fleet, self.context = fleet, context
        self.status = fleet.ask("status")

    def token(self, host):
        return self.fleet.ask("enrol", "token", "--hosts", host)["token"]

    def ask(self, token, host, keys):
        return enrol(self.context, self.status["enrol_endpoint"], self.status["public_key"], token, host, keys)

    def add(self, host):
        keys = zmq.curve_keypair()
        answer = self.ask(self.token(host), host, keys)
        expect(answer["is_accepted"] and answer["agent_id"] == host, f"ENROLLED {answer}")
        return keys, answer["endpoint"]

    def agent(self, host, endpoint=None, **facts):
        keys, told = self.add(host)
        return Agent(self.context, endpoint or told, self.status["public_key"], keys, **facts)


# --- the codec against the golden bytes that the page names -------------------------------------------------------------


def golden_messages_read_and_write_back():
    found = sorted((ROOT / "tests/golden/v1").glob("*.hex"))
    expect(len(found) >= len(messages.TYPES), f"{len(found)} golden messages for {len(messages.TYPES)} types")
    for path in found:
        lines = dict(line.split() for line in path.read_text().splitlines())
        frames = {name: bytes.fromhex(lines[name]) for name in ("header", "body")}
        header = messages.decode_header(frames["header"])
        expect(messages.pack(header) == frames["header"], f"{path.name}: the header is written otherwise")
        body = messages.pack(messages.decode_body(messages.TYPES[header["type"]], frames["body"]))
        ours, golden = messages.unpack(body, "body"), messages.unpack(frames["body"], "body")
        # Fields that were added since are skipped, as an older peer does.
        expect(body == frames["body"] or (len(ours) < len(golden) and ours == golden[:len(ours)]),
               f"{path.name}: the body is written otherwise")


# --- enrolment ----------------------------------------------------------------------------------------------------------


def enrolment_refuses_another_key_and_repeats_its_answer(hosts):
    token, keys = hosts.token("enrolled-*"), zmq.curve_keypair()
    first = hosts.ask(token, "enrolled-1", keys)
    expect(first["is_accepted"], f"refused: {first['message']}")
    expect(hosts.ask(token, "enrolled-1", keys) == first, "the same token, name and key get another answer")
    for name, wanted, other in (("another key", "enrolled-1", zmq.curve_keypair()), ("another name", "enrolled-2", keys)):
        answer = hosts.ask(token, wanted, other)
        expect(not answer["is_accepted"] and answer["message"], f"a used token lets in {name}")
    for name, wrong in (("an invented token", "vigie_" + 32 * "0"), ("a token for other names", hosts.token("db-*"))):
        answer = hosts.ask(wrong, "enrolled-3", zmq.curve_keypair())
        expect(not answer["is_accepted"] and answer["message"], f"{name} lets a host in")
    expect([host["host"] for host in hosts.fleet.ask("hosts", "list")] == ["enrolled-1"], "a refused host is in the fleet")


def enrolment_refuses_a_key_that_is_not_the_connections(hosts):
    keys, other = zmq.curve_keypair(), zmq.curve_keypair()
    token = hosts.token("borrowed")
    answer = probes.ask_with_body_key(hosts, token, "borrowed", keys, other[0])
    expect(not answer["is_accepted"], "a key is enrolled that the connection did not prove to hold")


# --- a thousand samples -------------------------------------------------------------------------------------------------


class Thousand:
    """The samples' way through a cut link and a killed controller."""

    def __init__(self, hosts):
        self.hosts, self.fleet = hosts, hosts.fleet
        self.began_at = unix_ms() - SAMPLES * SPACING_MS
        self.relay = Relay(hosts.status["endpoint"])
        self.agent = hosts.agent("wire-1", endpoint=self.relay.endpoint, jobs=["judge"], labels={"env": "judge"})
        self.added = 0

    def end(self):
        self.agent.end()
        self.relay.end()

    def add(self, count):
        for _ in range(count):
            self.agent.add_samples(self.began_at + self.added * SPACING_MS, {"wire_judge_sample": float(self.added)})
            self.added += 1

    def acked(self):
        return self.agent.streams[1].acked

    def deliver(self, count, cut=None):
        before, sessions = self.acked(), len(self.agent.sessions)
        cuts = self.relay.cuts
        if cut:
            self.relay.cut_after(CUT_AFTER_BYTES, cut)
        self.add(count)
        if cut:
            self.agent.run_until("the link is cut", lambda: self.relay.cuts > cuts)
            expect(self.acked() < before + count, "everything was acknowledged before the cut: nothing is shown")
        if not self.fleet.controller.is_running():
            self.fleet.start_controller()
        self.agent.run_until(f"{before + count} samples are acknowledged", lambda: self.acked() == before + count)
        if cut:
            expect(len(self.agent.sessions) > sessions, "the cut needed no new session")

    def over_a_whole_link(self):
        self.deliver(200)
        expect(len(self.agent.sessions) == 1 and not self.agent.refusals,
               f"{len(self.agent.sessions)} sessions, refusals {self.agent.refusals} without any trouble")

    def over_a_cut_link(self):
        self.deliver(400, cut=lambda: None)

    def to_a_killed_controller(self):
        self.deliver(400, cut=self.fleet.controller.kill)

    def are_stored_once(self):
        series = self.fleet.ask("metrics", "wire-1", "wire_judge_sample", "--since", "1h")["series"]
        expect(len(series) == 1, f"{len(series)} series")
        expect(series[0]["labels"].get("instance") == "wire-1", f"labels {series[0]['labels']}")
        wanted = [[self.began_at + i * SPACING_MS, float(i)] for i in range(SAMPLES)]
        points = [[at, float(value)] for at, value in series[0]["points"]]
        expect(points == wanted, f"{len(points)} points stored; first difference: " +
               str(next(((got, want) for got, want in zip(points, wanted) if got != want), "the number of points")))
        expect(self.fleet.host("wire-1")["metrics_applied"] == SAMPLES, f"host {self.fleet.host('wire-1')}")


# --- all of it --------------------------------------------------------------------------------------------------------------


def judge_probes(judge, hosts):
    keys, endpoint = hosts.add("probe")

    def probe():
        return probes.Probe(hosts, keys, endpoint)

    for case in (probes.unknown_types_and_kinds_are_passed_over, probes.longer_arrays_are_accepted,
                 probes.what_is_no_message_of_the_session_changes_nothing, probes.a_malformed_message_ends_the_session,
                 probes.unreadable_entries_are_passed_over, probes.other_sessions_are_unknown,
                 probes.versions_without_overlap_are_refused, probes.a_new_incarnation_begins_with_hello):
        judge.check(case.__name__, lambda case=case: probes.again_if_lost(lambda: case(probe)))
    judge.check("another_connection_supersedes", lambda: probes.again_if_lost(
        lambda: probes.another_connection_supersedes(hosts, keys, endpoint)))
    fresh = (f"malformed-{i}" for i in range(100))
    judge.check("malformed_messages_are_refused",
                lambda: probes.malformed_messages_are_refused(hosts, lambda: hosts.add(next(fresh))))

    def entries_are_applied_once_and_in_order():
        keys, endpoint = hosts.add("once")
        wanted = probes.entries_are_applied_once_and_in_order(lambda: probes.Probe(hosts, keys, endpoint))
        expect(streams.points_of(hosts.fleet, "once", "wire_judge_probe") == wanted, "stored are other samples than were sent")
    judge.check("entries_are_applied_once_and_in_order", entries_are_applied_once_and_in_order)
    judge.check("an_unknown_key_gets_400", lambda: probes.an_unknown_key_gets_400(hosts))
    judge.check("the_enrolment_port_answers_nothing_else", lambda: probes.the_enrolment_port_answers_nothing_else(hosts))


def judge_thousand(judge, hosts):
    thousand = Thousand(hosts)
    try:
        for case in (thousand.over_a_whole_link, thousand.over_a_cut_link, thousand.to_a_killed_controller,
                     thousand.are_stored_once):
            judge.check(f"a_thousand_samples/{case.__name__}", case)
    finally:
        thousand.end()


def judge_controller(judge):
    context = zmq.Context()
    with Fleet() as fleet:
        fleet.start_controller()
        hosts = Hosts(fleet, context)
        for case in (enrolment_refuses_another_key_and_repeats_its_answer, enrolment_refuses_a_key_that_is_not_the_connections):
            judge.check(case.__name__, lambda case=case: case(hosts))
        judge_thousand(judge, hosts)
        judge_probes(judge, hosts)
        for case in links.CASES:
            judge.check(f"link/{case.__name__}", lambda case=case: case(hosts))
        judge.check("what_a_host_says_steers_no_terminal_and_forges_no_line",
                    lambda: words.what_a_host_says_steers_no_terminal_and_forges_no_line(hosts))
        streams.judge_streams(judge, hosts)
        judge.check("the_controller_stands", lambda: expect(
            fleet.controller.is_running() and not SANITIZER.search(fleet.controller.said()), fleet.controller.said()[-2000:]))
    context.destroy(linger=0)


def main():
    if not (BIN / "vigie-controller").exists():
        sys.exit(f"judge wire: {BIN}/vigie-controller is absent: build it first\n0 passed, 1 failed")
    sides = sys.argv[1:] or ["controller", "agent"]
    if not set(sides) <= {"controller", "agent"}:
        sys.exit(f"judge wire: judges the controller, the agent, or without a word both; not {sides}\n0 passed, 1 failed")
    judge = Judge()
    judge.check("golden_messages_read_and_write_back", golden_messages_read_and_write_back)
    if "controller" in sides:
        judge_controller(judge)
    if "agent" in sides:
        with tempfile.TemporaryDirectory(prefix="vigie-judge-wire-") as folder:
            our_agent.judge_our_agent(judge, pathlib.Path(folder))
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
