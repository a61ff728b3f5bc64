"""Many light agents in one process, which read, send and time their acknowledgements until standard input ends.

Its first line of input says who they are and where their controller is (JSON). For each later line it prints how they fared
since the line before: {"ack_seconds_max", "sessions", "refusals", "readings"}. The last such line comes after the end of input,
once all is acknowledged, and has "sent" too: the number of readings of each.
"""
import json
import os
import select
import subprocess
import sys
import time

import zmq

from fleet import SECONDS_MAX, Failed, expect
from light_agent import LightAgent, enrol_all

PERIOD = 0.5  # of readings
SETTLE_SECONDS_MAX = 30


class GoodAgents:
    """The other side of it: enrols them, starts the process, asks how they fare."""

    def __init__(self, fleet, count):
        self.hosts = [f"good-{number}" for number in range(count)]
        context = zmq.Context()
        agents = enrol_all(fleet, context, self.hosts)
        context.term()
        status = fleet.ask("status")
        self.child = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tell(json.dumps({"endpoint": status["endpoint"], "server_key": status["public_key"],
                              "agents": {agent.host: [key.decode() for key in agent.keys] for agent in agents}}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()

    def tell(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def fare(self):
        """Since the last time."""
        self.tell("how")
        return self.answer()

    def answer(self):
        readable, _, _ = select.select([self.child.stdout], [], [], SECONDS_MAX)
        line = self.child.stdout.readline() if readable else ""
        if not line:
            raise Failed("the good agents' process ended or stands still")
        return json.loads(line)

    def end(self):
        self.child.stdin.close()
        return self.answer()


def fare_of(agents, **more):
    fare = {"ack_seconds_max": max(max(agent.ack_seconds_max, agent.waits_seconds()) for agent in agents),
            "sessions": sum(agent.welcomes for agent in agents),
            "refusals": sorted({refusal for agent in agents for refusal in agent.refusals}),
            "readings": sum(agent.next - 1 for agent in agents),
            "acked": sum(agent.acked for agent in agents), **more}
    for agent in agents:
        agent.ack_seconds_max, agent.welcomes, agent.refusals = 0.0, 0, []
    print(json.dumps(fare), flush=True)


def answer_lines(agents):
    """False at the end of input."""
    text = os.read(0, 4096)
    for _ in text.splitlines():
        fare_of(agents)
    return bool(text)


def run(agents, poller):
    read_at = time.monotonic()
    while True:
        now = time.monotonic()
        if now - read_at >= PERIOD:
            read_at = now
            for agent in agents:
                agent.read()
        if 0 in dict(poller.poll(20)) and not answer_lines(agents):
            return
        for agent in agents:
            agent.step()


def main():
    # Without a buffer, which would swallow the lines that follow.
    wanted = json.loads(os.fdopen(0, "rb", buffering=0, closefd=False).readline())
    context = zmq.Context()
    poller = zmq.Poller()
    poller.register(0, zmq.POLLIN)
    agents = [LightAgent(host, [key.encode() for key in keys]) for host, keys in wanted["agents"].items()]
    for agent in agents:
        agent.open(context, wanted["endpoint"], wanted["server_key"])
        poller.register(agent.socket, zmq.POLLIN)
    run(agents, poller)
    end = time.monotonic() + SETTLE_SECONDS_MAX
    while any(agent.acked < agent.next - 1 for agent in agents) and time.monotonic() < end:
        for agent in agents:
            agent.step()
        time.sleep(0.01)  # not to synchronise: leaves the processor to the controller
    expect(all(agent.acked == agent.next - 1 for agent in agents), "not all is acknowledged")
    fare_of(agents, sent={agent.host: agent.next - 1 for agent in agents})


if __name__ == "__main__":
    main()
