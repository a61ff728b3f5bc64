"""Agents and the controller are killed with SIGKILL at random moments under load; afterwards every reading that an agent
numbered is stored exactly once, and every job that ran is known exactly once."""
import os
import random
import sys
import time

from fleet import Failed, Fleet, eventually, expect

HOSTS = ("web-1", "web-2", "web-3")
KILLS_OF_EACH_SIDE = 20
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def jobs_of(fleet, host):
    return (f"jobs:\n- name: note\n  kind: command\n"
            f"  command: [/bin/sh, -c, 'echo ran >> {fleet.folder}/{host}.ran']\n")


def kill_by_turns(fleet, rng):
    turns = ["controller"] * KILLS_OF_EACH_SIDE + ["agent"] * KILLS_OF_EACH_SIDE
    rng.shuffle(turns)
    for turn in turns:
        process = fleet.controller if turn == "controller" else fleet.agents[rng.choice(HOSTS)]
        time.sleep(rng.uniform(0.05, 1.2))  # not to synchronise: the moment is what is being tried
        process.kill()
        if turn == "controller" and rng.random() < 0.3:
            time.sleep(rng.uniform(0, 1))
        process.start()
        if turn == "agent" and rng.random() < 0.5:
            try:
                fleet.ask("jobs", "run", "note")
            except Failed:
                pass  # the controller may be just starting, or a run of the job under way


def settle(fleet, host):
    """Stops an agent's collecting, lets it deliver what it holds, and compares both sides' counts."""
    def is_level():
        fleet.agents[host].is_running() or fleet.agents[host].start()
        numbered = fleet.numbered_by(host)
        stored = fleet.host(host)["metrics_applied"]
        return stored >= numbered - 3 and numbered > 0
    eventually(f"{host} has delivered its backlog", is_level)


def check_host(fleet, host):
    fleet.agents[host].stop()
    numbered = fleet.numbered_by(host)
    eventually(f"the last entries of {host} are applied",
               lambda: fleet.host(host)["metrics_applied"] == numbered or fleet.agents[host].is_running()
               or fleet.agents[host].start(), seconds=30)
    fleet.agents[host].stop()
    numbered = fleet.numbered_by(host)
    points = fleet.ask("metrics", host, "node_boot_time_seconds", "--since", "1h")["series"][0]["points"]
    times = [at for at, _ in points]
    applied = fleet.host(host)["metrics_applied"]
    expect(len(times) == len(set(times)), f"{host}: {len(times) - len(set(times))} readings are stored twice")
    expect(len(points) == applied, f"{host}: {applied} entries applied, {len(points)} readings stored")
    expect(applied <= numbered and numbered - applied <= 5,
           f"{host}: the agent numbered {numbered}, the controller applied {applied}")
    return len(points)


def check_jobs(fleet):
    """Runs that the controller calls succeeded have each written their line, and no line is without a run."""
    eventually("no run is under way",
               lambda: not [run for run in fleet.ask("runs", "list", "--limit", "10000")
                            if run["state"] in ("queued", "dispatched", "starting", "running")], seconds=60)
    runs = fleet.ask("runs", "list", "--limit", "10000")
    total = 0
    for host in HOSTS:
        ran = fleet.folder / f"{host}.ran"
        lines = len(ran.read_text().splitlines()) if ran.exists() else 0
        mine = [run["state"] for run in runs if run["host"] == host]
        sure, unsure = mine.count("succeeded"), mine.count("indeterminate")
        expect(sure <= lines <= sure + unsure,
               f"{host}: {lines} lines written, {sure} runs succeeded and {unsure} indeterminate")
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
        kill_by_turns(fleet, rng)
        fleet.wait_for_controller()
        for host in HOSTS:
            fleet.wait_until_up(host)
            settle(fleet, host)
        runs = check_jobs(fleet)
        readings = sum(check_host(fleet, host) for host in HOSTS)
        print(f"{KILLS_OF_EACH_SIDE} kills of each side: {readings} readings stored once, {runs} runs accounted for")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        print(f"failed: {error}")
        sys.exit(1)
