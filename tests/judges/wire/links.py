"""What somebody on the network can do: read, change and repeat what passes."""
import socket
import time

import zmq

from agent import Violation, enrol, unix_ms
from fleet import eventually, expect
from relay import Relay

SECRETS = ("wire_judge_secret", "a-label-of-the-host", "a-job-of-the-host")


def numbered(began_at, numbers):
    return [[began_at + i, float(i)] for i in numbers]


def stored(hosts, host):
    series = hosts.fleet.ask("metrics", host, "wire_judge_secret", "--since", "1h")["series"]
    return [[at, float(value)] for one in series for at, value in one["points"]]


def deliver(agent, numbers, began_at):
    for i in numbers:
        agent.add_samples(began_at + i, {"wire_judge_secret": float(i)})
    metrics = agent.streams[1]
    agent.run_until("all is acknowledged", lambda: agent.session and metrics.acked == metrics.next_seq - 1)


def a_reader_of_the_link_reads_nothing(hosts):
    """Neither on the main port nor, with the token, on the enrolment port."""
    relay = Relay(hosts.status["enrol_endpoint"])
    token, keys = hosts.token("reader"), zmq.curve_keypair()
    try:
        expect(enrol(hosts.context, relay.endpoint, hosts.status["public_key"], token, "reader", keys)["is_accepted"], "refused")
    finally:
        relay.end()
    expect(len(relay.seen) > 500, "nothing went over the link: nothing is shown")
    for word in (token, token.removeprefix("vigie_"), "reader"):
        expect(word.encode() not in relay.seen, f"{word} can be read on the enrolment port's link")
    expect(keys[0] not in relay.seen and hosts.status["public_key"].encode() not in relay.seen, "a key can be read")

    relay = Relay(hosts.status["endpoint"])
    agent = hosts.agent("reader-2", endpoint=relay.endpoint, jobs=["a-job-of-the-host"], labels={"env": "a-label-of-the-host"})
    try:
        deliver(agent, range(10), unix_ms() - 1000)
        hosts.fleet.ask("jobs", "run", "a-job-of-the-host", "--host", "reader-2")
        agent.run_until("JOB_START comes", lambda: agent.starts)
    finally:
        agent.end()
        relay.end()
    for word in SECRETS:
        expect(word.encode() not in relay.seen, f"{word} can be read on the link")
    expect(len(relay.seen) > 2000, "nothing went over the link: nothing is shown")


def a_changed_bit_ends_the_connection_and_nothing_false_is_stored(hosts):
    relay = Relay(hosts.status["endpoint"])
    agent = hosts.agent("changer", endpoint=relay.endpoint)
    began_at = unix_ms() - 10_000
    try:
        deliver(agent, range(5), began_at)
        connections = len(relay.seen_upstream)
        relay.flip_a_bit(3)
        deliver(agent, range(5, 200), began_at)
        expect(relay.flips_left == 0, "no bit was changed: nothing is shown")
        expect(len(relay.seen_upstream) > connections, "the connection went on after a changed bit")
    finally:
        agent.end()
        relay.end()
    expect(stored(hosts, "changer") == numbered(began_at, range(200)), "what is stored is not what was sent")


def what_was_recorded_cannot_be_repeated(hosts):
    """All bytes of a whole session again, on a new connection, while the agent is away."""
    relay = Relay(hosts.status["endpoint"])
    agent = hosts.agent("repeater", endpoint=relay.endpoint)
    began_at = unix_ms() - 10_000
    try:
        deliver(agent, range(20), began_at)
    finally:
        agent.end()
        relay.end()
    sessions = hosts.fleet.controller.said().count("host repeater: session ")
    host, port = relay.target
    with socket.create_connection((host, port), timeout=10) as again:
        again.settimeout(1)
        again.sendall(relay.seen_upstream[0])
        end = time.monotonic() + 20
        try:
            while again.recv(65536):
                expect(time.monotonic() < end, "the repeated session is kept talking to")
        except (TimeoutError, ConnectionError):
            pass
    expect(hosts.fleet.controller.said().count("host repeater: session ") == sessions, "a repeated session was opened")
    expect(stored(hosts, "repeater") == numbered(began_at, range(20)), "a repetition was stored")


def an_impostor_is_not_spoken_to(hosts):
    """A controller of another key at the address: it gets no token, not even when it lets everybody in."""
    from controller import Controller
    impostor = Controller()
    try:
        keys = zmq.curve_keypair()
        try:
            enrol(hosts.context, impostor.enrol_endpoint, hosts.status["public_key"], hosts.token("lured"), "lured", keys, seconds=2)
        except Violation:
            pass  # no answer, as it should be
        else:
            raise Violation("an impostor's answer was taken")
        expect(not impostor.enrol_router.poll(0), "the impostor got the token")
    finally:
        impostor.end()
    eventually("the controller goes on", lambda: hosts.fleet.ask("status"))


CASES = (a_reader_of_the_link_reads_nothing, a_changed_bit_ends_the_connection_and_nothing_false_is_stored,
         what_was_recorded_cannot_be_repeated, an_impostor_is_not_spoken_to)
