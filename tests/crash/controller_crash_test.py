"""A controller that dies at each call by which it writes, syncs or sends: while it starts, takes readings, raises and pages
alerts, makes tokens. Deaths take turns: kill -9, kill -9 in the middle of a write, a power cut that loses what was not synced.
Whatever it had acknowledged stays, each reading is stored once, each page is known to be one. `--all` tries every call."""
import datetime
import os
import random
import sys
import time

import zmq

from crash import CrashPoint, has_ended, points_of
from fleet import Failed, Fleet, Process, Webhook, BIN, eventually, expect, run_cases
from light_agent import LightAgent, ask_operator, enrol_all, step_until, stored_numbers

HOSTS = ("light-1", "light-2")
# A start is about 190 calls, a reading of both hosts that is acknowledged 3, a page 10.
CALLS = 300
WANTED = None if "--all" in sys.argv else 10
EDGE = 25  # readings between two changes of the alert
SECONDS_MAX = 60
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))
RULES = """groups:
- name: crash
  rules:
  - alert: LightOn
    expr: light_on > 0
"""


def ms_of(rfc3339):
    return round(datetime.datetime.fromisoformat(rfc3339).timestamp() * 1000)


def is_on(number):
    return number // EDGE % 2


class Load:
    """Two hosts that number their readings, and somebody who makes tokens."""

    def __init__(self, fleet, agents):
        self.fleet = fleet
        self.agents = agents
        self.times = {agent.host: {} for agent in agents}
        self.tokens = []
        self.added_at = 0.0

    def step(self):
        now = time.monotonic()
        if now - self.added_at >= 0.03:
            self.added_at = now
            for agent in self.agents:
                agent.read(light_on=is_on(agent.next))
                self.times[agent.host][agent.next - 1] = agent.read_at
        for agent in self.agents:
            acked = agent.acked
            agent.step()
            expect(agent.acked >= acked, f"{agent.host}: {acked} was acknowledged, now only {agent.acked} is there")

    def make_token(self):
        """Only when nothing waits: an operator would not find a dead controller either."""
        try:
            self.tokens.append(ask_operator(self.fleet.socket, "enrol.token", hosts="*")["token"])
        except (OSError, Failed):
            pass


def run_to_its_end(fleet, load, point, how):
    process = fleet.controller
    process.environment = CrashPoint(fleet.folder, "controller").environment(point, how)
    process.start()
    end = time.monotonic() + SECONDS_MAX
    steps = 0
    while not has_ended(process, point):
        expect(time.monotonic() < end, f"the controller did not come to call {point} within {SECONDS_MAX} s")
        load.step()
        steps += 1
        if steps % 20 == 0:
            load.make_token()
        time.sleep(0.005)  # not to synchronise: leaves the processor to the controller


def check_tokens(fleet, context, tokens):
    """The newest tokens that somebody was given are good."""
    status = ask_operator(fleet.socket, "status")
    for number, token in enumerate(tokens[-10:]):
        LightAgent(f"token-{number}").enrol(context, status["enrol_endpoint"], status["public_key"], token)


def changes_of(agent, times):
    """What became of the alert and when, oldest first, as the readings say."""
    return [("firing" if is_on(n) else "resolved", times[n]) for n in range(2, agent.next) if is_on(n) != is_on(n - 1)]


def check_alerts(fleet, webhook, load):
    """Each change of the alert stands in its history once; a page tells of a change that there was, under one key however often
    it was tried, and the last change was told. (One that waits is replaced by the next of the same alert.)"""
    for alert in ask_operator(fleet.socket, "alerts.list", state="all"):
        if alert["alertname"] != "LightOn":
            continue
        agent = next(agent for agent in load.agents if agent.host == alert["host"])
        changes = changes_of(agent, load.times[agent.host])
        history = sorted((ms_of(change["at"]), change["to"])
                         for change in ask_operator(fleet.socket, "alerts.show", id=alert["id"])["history"])
        wanted = [(at, to) for to, at in changes][-len(history):]
        expect(history == wanted and len(history) >= min(100, len(changes)),
               f"{agent.host}: of {len(changes)} changes the history is {history}, not {wanted}")
        check_pages(webhook, agent, changes)


def check_pages(webhook, agent, changes):
    keys = {}
    for status in ("firing", "resolved"):
        for page in webhook.pages("LightOn", status):
            told = page["body"]["alerts"][0]
            if told["labels"]["instance"] == agent.host:
                at = ms_of(told["startsAt" if status == "firing" else "endsAt"])
                expect((status, at) in changes, f"{agent.host}: a page of a change that never was: {told}")
                key = page["headers"]["idempotency-key"]
                expect(keys.setdefault((status, at), key) == key, f"{agent.host}: one change has two keys: {told}")
    expect(changes[-1] in keys, f"{agent.host}: the last change was not told: {changes[-1]}")


def check_all(fleet, context, webhook, load):
    for agent in load.agents:
        numbers = stored_numbers(fleet, agent.host)
        expect(numbers == list(range(1, agent.next)),
               f"{agent.host}: {len(numbers)} readings are stored, {agent.next - 1} were made; the first that differs: "
               f"{next((at for at, number in enumerate(numbers, 1) if at != number), 'none')}")
    eventually("no page is queued", lambda: ask_operator(fleet.socket, "status")["notifications"]["queued"] == 0)
    check_alerts(fleet, webhook, load)
    check_tokens(fleet, context, load.tokens)


def nothing_acknowledged_is_lost_wherever_the_controller_dies():
    rng = random.Random(SEED)
    points = points_of(CALLS, WANTED, rng)
    context = zmq.Context()
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        rules = fleet.folder / "rules.yaml"
        rules.write_text(RULES)
        fleet.controller_extra = webhook.config() + f"rule_files: [{rules}]\n"
        status = fleet.start_controller()
        agents = enrol_all(fleet, context, HOSTS)
        fleet.controller.stop()
        load = Load(fleet, agents)
        for agent in agents:
            agent.open(context, fleet.ports[0], status["public_key"])
        try:
            for number, point in enumerate(points):
                run_to_its_end(fleet, load, point, ("kill", "torn", "power")[number % 3])
            fleet.controller.environment = {}
            fleet.start_controller()
            step_until("all is acknowledged", agents, lambda: all(agent.acked == agent.next - 1 for agent in agents))
            check_all(fleet, context, webhook, load)
        finally:
            for agent in agents:
                agent.close()
        print(f"  {len(points)} deaths: {sum(agent.acked for agent in agents)} readings stored once, {len(load.tokens)} tokens")


def every_state_of_a_first_start_can_be_started_again():
    """The very first start makes the store and the controller's key."""
    rng = random.Random(SEED)
    for number, point in enumerate(points_of(160, WANTED and 4, rng)):
        with Fleet() as fleet:
            fleet.write_controller_config()
            crash = CrashPoint(fleet.folder, "controller")
            fleet.controller = Process("controller", fleet.folder,
                                       [BIN / "vigie-controller", "run", "--config", fleet.controller_config],
                                       crash.environment(point, ("power", "torn")[number % 2]))
            fleet.controller.start()
            eventually("it has died", lambda: has_ended(fleet.controller, point), SECONDS_MAX)
            fleet.controller.environment = {}
            fleet.start_controller()


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(every_state_of_a_first_start_can_be_started_again, nothing_acknowledged_is_lost_wherever_the_controller_dies)
