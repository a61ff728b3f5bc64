"""Agents and the controller are killed with SIGKILL at random moments under load; afterwards every reading that an agent
numbered is stored exactly once, and every job that ran is known exactly once."""
import os
import random
import sys
import threading
import time

from fleet import Failed, Fleet, eventually, expect

HOSTS = ("web-1", "web-2", "web-3")
KILLS_OF_EACH_SIDE = 20
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def jobs_of(fleet, host):
    return (f"jobs:\n- name: note\n  kind: command\n"
            f"  command: [/bin/sh, -c, 'echo ran >> {fleet.folder}/{host}.ran']\n")


def keep_asking_for_runs(fleet, is_over):
    """The load beside the readings: runs on every host, one after the other, until is_over is set."""
    while not is_over.is_set():
        try:
            fleet.ask("jobs", "run", "note", "--all")
        except Failed:
            pass  # the controller is just starting, or a run of the job is under way
        is_over.wait(0.1)


def kill_by_turns(fleet, rng):
    turns = ["controller"] * KILLS_OF_EACH_SIDE + ["agent"] * KILLS_OF_EACH_SIDE
    rng.shuffle(turns)
    for turn in turns:
        process = fleet.controller if turn == "controller" else fleet.agents[rng.choice(HOSTS)]
        time.sleep(rng.uniform(0.05, 1.5))  # not to synchronise: the moment is what is being tried
        process.kill()
        if rng.random() < 0.3:
            time.sleep(rng.uniform(0, 1))
        process.start()


def kill_under_load(fleet, rng):
    is_over = threading.Event()
    load = threading.Thread(target=keep_asking_for_runs, args=(fleet, is_over))
    load.start()
    try:
        kill_by_turns(fleet, rng)
    finally:
        is_over.set()
        load.join()


def settle(fleet, host):
    """Lets an agent that collects no more deliver what it holds, and stops it when both sides' counts agree."""
    agent = fleet.agents[host]
    agent.stop()
    config = fleet.folder / f"{host}.yaml"
    config.write_text(config.read_text().replace("interval: 200ms", "interval: 5m"))

    def is_level():
        agent.start()
        fleet.wait_until_up(host)
        before = fleet.host(host)["metrics_applied"]
        eventually("deliveries pause", lambda: applied_stays(fleet, host))
        agent.stop()
        return fleet.host(host)["metrics_applied"] == fleet.numbered_by(host) and before > 0
    eventually(f"{host} has delivered all it numbered", is_level, seconds=120)


def applied_stays(fleet, host):
    before = fleet.host(host)["metrics_applied"]
    time.sleep(0.5)  # an entry under way takes milliseconds
    return fleet.host(host)["metrics_applied"] == before


def check_host(fleet, host):
    applied = fleet.host(host)["metrics_applied"]
    points = fleet.ask("metrics", host, "node_boot_time_seconds", "--since", "1h")["series"][0]["points"]
    times = [at for at, _ in points]
    expect(len(times) == len(set(times)), f"{host}: {len(times) - len(set(times))} readings are stored twice")
    expect(len(points) == applied, f"{host}: {applied} entries applied, {len(points)} readings stored")
    expect(times == sorted(times), f"{host}: readings are out of order")
    return len(points)


def check_jobs(fleet, hosts=HOSTS):
    """Runs that the controller calls succeeded have each written their line, and no run wrote twice."""
    eventually("no run is under way",
               lambda: not [run for run in fleet.ask("runs", "list", "--limit", "10000")
                            if run["state"] in ("queued", "dispatched", "starting", "running")], seconds=60)
    runs = fleet.ask("runs", "list", "--limit", "10000")
    total = 0
    for host in hosts:
        ran = fleet.folder / f"{host}.ran"
        lines = len(ran.read_text().splitlines()) if ran.exists() else 0
        mine = [run["state"] for run in runs if run["host"] == host]
        # A run whose agent was killed may or may not have written: it is failed, the plan's policy for "nobody knows".
        sure, unsure = mine.count("succeeded"), mine.count("failed")
        expect(sure <= lines <= sure + unsure and sure + unsure == len(mine),
               f"{host}: {lines} lines written, the runs are {sorted(mine)}")
        total += len(mine)
    return total


def main():
    print(f"VIGIE_SEED={SEED}")
    rng = random.Random(SEED)
    with Fleet() as fleet:
        fleet.start_controller()
        for host in HOSTS:
            fleet.add_agent(host, jobs_of(fleet, host))
        for host in HOSTS:
            fleet.wait_until_up(host)
        kill_under_load(fleet, rng)
        fleet.wait_for_controller()
        for host in HOSTS:
            fleet.wait_until_up(host)
        runs = check_jobs(fleet)
        for host in HOSTS:
            settle(fleet, host)
        readings = sum(check_host(fleet, host) for host in HOSTS)
        print(f"{KILLS_OF_EACH_SIDE} kills of each side: {readings} readings stored once, {runs} runs accounted for")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        print(f"failed: {error}")
        sys.exit(1)
