"""A controller that dies at each call by which it writes, syncs or sends: while it starts, takes readings, raises and pages
alerts, starts and cancels runs, lets hosts in, replaces and revokes keys, silences alerts. Deaths take turns: kill -9, kill -9 in
the middle of a write, a power cut that loses what was not synced. Whatever it had acknowledged stays, each reading is stored once,
each page is known to be one, each run is what its host says. `--all` tries every call, and each call of a start in every way."""
import datetime
import os
import random
import sys
import time

import zmq

from crash import CrashPoint, deaths_of, has_ended, points_of
from fleet import Fleet, Process, Webhook, BIN, eventually, expect, run_cases
from light_agent import LightAgent, ask_operator, enrol_each, step_until, stored_numbers
from operator_load import Operator
from working_agent import WorkingAgent

# A start is about 90 calls, a reading of both hosts that is acknowledged 3, an answer to an operator 4, a page 10.
START_CALLS = 100
CALLS = 400
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
    """Two hosts that number their readings, of which one works, and an operator."""

    def __init__(self, fleet, context, status, agents):
        self.agents = agents
        self.operator = Operator(fleet, context, status, agents[0])
        self.times = {agent.host: {} for agent in agents}
        self.added_at = self.acted_at = 0.0

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
        self.operator.step()
        if now - self.acted_at >= 0.04:
            self.acted_at = now
            self.operator.act()

    def settle(self):
        """Nothing more is asked; what is under way comes to its end."""
        def is_level():
            self.operator.step()
            return self.operator.newcomer is None and all(agent.acked == agent.next - 1 for agent in self.agents)
        step_until("all is acknowledged", self.agents, is_level)
        worker = self.agents[0]
        step_until("no run is under way", self.agents, lambda: not [
            run for run in self.operator.now("runs.list", limit=10_000)
            if run["state"] in ("queued", "dispatched", "starting", "running")])
        step_until("the worker's key is settled", self.agents, lambda: "current" in [
            row["state"] for row in self.operator.now("keys.list") if row["host"] == worker.host])

    def close(self):
        for agent in self.agents:
            agent.close()
        self.operator.close()


def run_to_its_end(fleet, load, crash, point, how):
    process = fleet.controller
    process.environment = crash.environment(point, how)
    process.start()
    end = time.monotonic() + SECONDS_MAX
    while not has_ended(process, point):
        expect(time.monotonic() < end, f"the controller did not come to call {point} within {SECONDS_MAX} s")
        load.step()
        time.sleep(0.005)  # not to synchronise: leaves the processor to the controller


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


def check_all(fleet, webhook, load):
    for agent in load.agents:
        numbers = stored_numbers(fleet, agent.host)
        expect(numbers == list(range(1, agent.next)),
               f"{agent.host}: {len(numbers)} readings are stored, {agent.next - 1} were made; the first that differs: "
               f"{next((at for at, number in enumerate(numbers, 1) if at != number), 'none')}")
    eventually("no page is queued", lambda: ask_operator(fleet.socket, "status")["notifications"]["queued"] == 0)
    check_alerts(fleet, webhook, load)
    load.operator.check()


def nothing_acknowledged_is_lost_wherever_the_controller_dies():
    points = points_of(CALLS, WANTED, random.Random(SEED))
    context = zmq.Context()
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        rules = fleet.folder / "rules.yaml"
        rules.write_text(RULES)
        fleet.controller_extra = webhook.config() + f"rule_files: [{rules}]\n"
        status = fleet.start_controller()
        load = Load(fleet, context, status, enrol_each(fleet, context, [WorkingAgent("light-1"), LightAgent("light-2")]))
        fleet.controller.stop()
        crash = CrashPoint(fleet.folder, "controller")
        for agent in load.agents:
            agent.open(context, fleet.ports[0], status["public_key"])
        deaths = 0
        try:
            for point, how in deaths_of(crash, points, START_CALLS if WANTED is None else 0, SEED):
                run_to_its_end(fleet, load, crash, point, how)
                deaths += 1
            fleet.controller.environment = {}
            fleet.start_controller()
            load.settle()
            check_all(fleet, webhook, load)
        finally:
            load.close()
        worker = load.agents[0]
        print(f"  {deaths} deaths: {sum(agent.acked for agent in load.agents)} readings stored once, {len(worker.runs)} runs, "
              f"{worker.keys_changed} keys changed, {len(load.operator.keys)} hosts let in; answered: {load.operator.said()}")


def every_state_of_a_first_start_can_be_started_again():
    """The very first start makes the store and the controller's key."""
    rng = random.Random(SEED)
    for number, point in enumerate(points_of(160, WANTED and 4, rng)):
        with Fleet() as fleet:
            fleet.write_controller_config()
            crash = CrashPoint(fleet.folder, "controller")
            fleet.controller = Process("controller", fleet.folder,
                                       [BIN / "vigie-controller", "run", "--config", fleet.controller_config],
                                       crash.environment(point, ("power", "torn")[(SEED + number) % 2]))
            fleet.controller.start()
            eventually("it has died", lambda: has_ended(fleet.controller, point), SECONDS_MAX)
            fleet.controller.environment = {}
            fleet.start_controller()


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(every_state_of_a_first_start_can_be_started_again, nothing_acknowledged_is_lost_wherever_the_controller_dies)
