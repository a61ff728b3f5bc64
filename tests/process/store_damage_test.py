"""A controller whose store went back in time: its log cut short, a bit of it turned, all of it restored from an older copy.
Agents are asked again for what is missing, and what they no longer have is a gap that an operator sees."""
import contextlib
import os
import random
import re
import shutil
import sqlite3

import zmq

from fleet import Fleet, eventually, expect, run_cases
from kill_test import check_host, settle
from light_agent import ask_operator, enrol_all, step_until, stored_numbers
from outage_test import times_of

SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))
READINGS = 12  # between two damages
DAMAGES = 8
FLIPS_MAX = 16  # of which one must lose something: the last record of a log is a small part of it


def newest_log(fleet):
    return max((fleet.state_dir / "store/db").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)


def cut_short(content, rng):
    return content[:rng.randrange(len(content))]


def turn_a_bit(content, rng):
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1:]


def add_readings(agents):
    """Adds some to each and lets them be acknowledged."""
    for _ in range(READINGS):
        for agent in agents:
            agent.read()
    step_until("all is acknowledged", agents, lambda: all(agent.acked == agent.next - 1 for agent in agents))


def damage_and_recover(fleet, agents, damage, rng):
    """Gives whether something was missing afterwards."""
    fleet.controller.kill()
    log = newest_log(fleet)
    content = log.read_bytes()
    expect(len(content) > READINGS * 100, f"{log} has only {len(content)} bytes: there is nothing to damage")
    log.write_bytes(damage(content, rng))
    acked = [agent.acked for agent in agents]
    welcomes = [agent.welcomes for agent in agents]
    fleet.start_controller()
    step_until("the agents are back", agents,
               lambda: all(agent.welcomes > before for agent, before in zip(agents, welcomes)))
    was_missing = any(agent.acked_at_welcome < before for agent, before in zip(agents, acked))
    if was_missing and damage is turn_a_bit:
        findings = [row for row in ask_operator(fleet.socket, "doctor") if row["check"] == "store"]
        expect(findings[0]["state"] == "warning" and "asked of them again" in findings[0]["advice"],
               f"doctor says nothing of a damaged log: {findings}")
    add_readings(agents)
    return was_missing


def what_a_damaged_log_lost_is_asked_of_the_agents_again():
    rng = random.Random(SEED)
    context = zmq.Context()
    with Fleet() as fleet:
        status = fleet.start_controller()
        agents = enrol_all(fleet, context, ("light-1", "light-2"))
        fleet.controller.stop()
        fleet.start_controller()  # now the keys stand in a table, and only what comes is in the log
        for agent in agents:
            agent.open(context, fleet.ports[0], status["public_key"])
        try:
            add_readings(agents)
            missing = {cut_short: [], turn_a_bit: []}
            while sum(map(len, missing.values())) < DAMAGES or (not any(missing[turn_a_bit]) and
                                                                len(missing[turn_a_bit]) < FLIPS_MAX):
                for damage, were_missing in missing.items():
                    were_missing.append(damage_and_recover(fleet, agents, damage, rng))
        finally:
            for agent in agents:
                agent.close()
        for agent in agents:
            numbers = stored_numbers(fleet, agent.host)
            expect(numbers == list(range(1, agent.next)), f"{agent.host}: of {agent.next - 1} readings stand {numbers}")
            expect(not gaps_of(fleet, agent.host), f"{agent.host}: a gap, although the agent had it all")
        lost = {damage.__name__: f"{sum(were_missing)} of {len(were_missing)}" for damage, were_missing in missing.items()}
        expect(all(any(were_missing) for were_missing in missing.values()), f"nothing was tried: {lost} lost something")
        print(f"  {lost} lost something; {sum(agent.acked for agent in agents)} readings stored once")


def gaps_of(fleet, host):
    """The missing numbers that `vigie hosts show` tells of, as (first, last)."""
    found = []
    for event in fleet.ask("hosts", "show", host)["events"]:
        if event["kind"] == "gap":
            first, last = re.search(r"entries (\d+) to (\d+) of stream metrics", event["message"]).groups()
            found.append((int(first), int(last)))
            expect("trimmed" in event["message"], f"the gap does not say why: {event}")
    return found


def trim(fleet, host, kept):
    """Lets the agent's outbox end its rewind window early: the newest acknowledged entries stay. Gives the number of the oldest."""
    fleet.agents[host].stop()
    with contextlib.closing(sqlite3.connect(fleet.folder / host / "outbox.db")) as database, database:
        last, = database.execute("SELECT acked_seq FROM stream WHERE stream = 1").fetchone()
        database.execute("DELETE FROM entry_metrics WHERE seq <= ?", (last - kept,))
    fleet.agents[host].start()
    return last - kept + 1


def applied_beyond(fleet, host, number):
    return lambda: fleet.host(host)["metrics_applied"] > number


def go_back_to(fleet, copy):
    fleet.controller.kill()
    shutil.rmtree(fleet.state_dir)
    shutil.copytree(copy, fleet.state_dir)
    fleet.start_controller()


def a_controller_restored_from_an_older_copy_gets_what_agents_still_have():
    with Fleet() as fleet:
        fleet.start_controller()
        for host in ("whole", "trimmed"):
            fleet.add_agent(host)
        for host in fleet.agents:
            eventually(f"{host} is stored", applied_beyond(fleet, host, 4))
        fleet.controller.stop()
        copy = fleet.folder / "copy"
        shutil.copytree(fleet.state_dir, copy)
        fleet.start_controller()
        before = {host: fleet.host(host)["metrics_applied"] for host in fleet.agents}
        for host in fleet.agents:
            eventually(f"{host} goes on", applied_beyond(fleet, host, before[host] + 10))
        oldest = trim(fleet, "trimmed", kept=3)
        go_back_to(fleet, copy)
        for host in fleet.agents:
            fleet.wait_until_up(host)
            settle(fleet, host)
        check_host(fleet, "whole")
        expect(not gaps_of(fleet, "whole"), "'whole' had it all, and is said to have a gap")
        check_gap(fleet, "trimmed", before["trimmed"], oldest)


def check_gap(fleet, host, before, oldest):
    """The gap reaches from what the copy had to what the agent still had; all the rest is stored once."""
    gaps = gaps_of(fleet, host)
    expect(len(gaps) == 1 and gaps[0][0] <= before + 1 and gaps[0][1] == oldest - 1,
           f"{host}: {oldest} is the oldest that it had, and the gaps are {gaps}")
    missing = gaps[0][1] - gaps[0][0] + 1
    applied = fleet.host(host)["metrics_applied"]
    times = times_of(fleet, host)
    expect(len(times) == len(set(times)) == applied - missing,
           f"{host}: {applied} applied, {missing} of them missing, but {len(times)} stored, {len(set(times))} of them different")
    doctor = [row for row in fleet.ask("doctor") if row["check"] == "gaps"]
    expect(doctor[0]["state"] == "warning" and f" to {gaps[0][1]} of " in doctor[0]["detail"],
           f"doctor tells of it: {doctor}")


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(what_a_damaged_log_lost_is_asked_of_the_agents_again,
              a_controller_restored_from_an_older_copy_gets_what_agents_still_have)
