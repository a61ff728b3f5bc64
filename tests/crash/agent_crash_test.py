"""An agent that dies at each call by which it writes, syncs or sends: while it enrols, starts, reads, delivers and runs jobs.
Deaths take turns: kill -9, kill -9 in the middle of a write, a power cut. Afterwards its identity is whole, each reading is stored
once, and each run is known. `--all` tries every call, and each call of a start in every way."""
import os
import random
import sys

from crash import CrashPoint, deaths_of, points_of, wait_for_end
from fleet import BIN, Fleet, Process, at_once, expect, run_cases
from kill_test import check_host, check_jobs, jobs_of, settle

HOSTS = ("web-1", "web-2", "web-3")
# A start is about 40 calls, a reading that is delivered 8, a run 10: these are a start and some seconds of all.
START_CALLS = 40
RUNNING_CALLS = 150
ENROLLING_CALLS_MAX = 100  # an enrolment has about ten
WANTED = None if "--all" in sys.argv else 15
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def run_to_its_end(fleet, host, crash, point, how):
    fleet.run("vigie", "--socket", fleet.socket, "jobs", "run", "note", "--host", host)  # refused while one is under way
    agent = fleet.agents[host]
    agent.environment = crash.environment(point, how)
    agent.start()
    wait_for_end(agent, point)


def sweep(fleet, host, points):
    crash = CrashPoint(fleet.folder, host)
    for point, how in deaths_of(crash, points, START_CALLS if WANTED is None else 0, SEED):
        run_to_its_end(fleet, host, crash, point, how)
    fleet.agents[host].environment = {}


def it_loses_and_doubles_nothing_wherever_it_dies():
    points = points_of(RUNNING_CALLS, WANTED, random.Random(SEED))
    with Fleet() as fleet:
        fleet.start_controller()
        for host in HOSTS:
            fleet.add_agent(host, jobs_of(fleet, host))
            fleet.wait_until_up(host)
            fleet.agents[host].stop()
        at_once(lambda host: sweep(fleet, host, points[HOSTS.index(host)::len(HOSTS)]), HOSTS)
        for host in HOSTS:
            fleet.agents[host].start()
        for host in HOSTS:
            fleet.wait_until_up(host)
        runs = check_jobs(fleet, HOSTS)
        at_once(lambda host: settle(fleet, host), HOSTS)
        readings = sum(check_host(fleet, host) for host in HOSTS)
        expect(runs >= len(HOSTS), f"only {runs} runs were asked for")
        print(f"  {len(points)} deaths: {readings} readings stored once, {runs} runs accounted for")


def enrol_and_die(fleet, host, point):
    """A power cut at one call of the enrolment, then the enrolment once more. False when it has fewer calls."""
    fleet.write_agent_config(host)
    token = fleet.ask("enrol", "token", "--hosts", host)["token"]
    crash = CrashPoint(fleet.folder, host)
    words = [f"{name}={value}" for name, value in crash.environment(point, "power").items()]
    fleet.before[host] = ("env", *words)
    died = fleet.enrol(host, token).returncode == -9
    fleet.before.pop(host)
    again = fleet.enrol(host, token)
    is_done = again.returncode == 0 or "enrolled already" in again.stderr
    expect(is_done, f"after a death at call {point} of its enrolment ({crash.last_name()}): {again.stderr}")
    return died


def it_can_enrol_again_wherever_its_enrolment_dies():
    with Fleet() as fleet:
        fleet.start_controller()
        point = 1 if WANTED is None else random.Random(SEED).randint(1, 3)
        deaths = 0
        while enrol_and_die(fleet, f"web-{point}", point):
            deaths += 1
            expect(point < ENROLLING_CALLS_MAX, f"an enrolment of {point} calls")
            point += 1 if WANTED is None else 3
        expect(deaths >= 3, f"only {deaths} deaths: is the shim loaded?")
        for host in [row["host"] for row in fleet.ask("hosts", "list")]:
            fleet.agents[host] = Process(host, fleet.folder, [BIN / "vigie-agent", "run", "--config", fleet.folder / f"{host}.yaml"])
            fleet.agents[host].start()
        for host in fleet.agents:
            fleet.wait_until_up(host)
        expect(len(fleet.agents) == deaths + 1, f"{len(fleet.agents)} hosts are enrolled, {deaths + 1} were")
        print(f"  {deaths} deaths")


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(it_can_enrol_again_wherever_its_enrolment_dies, it_loses_and_doubles_nothing_wherever_it_dies)
