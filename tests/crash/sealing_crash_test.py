"""A controller that dies at each call by which it writes or syncs while it seals samples into blocks: whatever it died of, each
sample is there once. Deaths take turns: kill -9, kill -9 in the middle of a write, a power cut that loses what was not synced.
`--all` tries every call in every way."""
import os
import random
import shutil
import sys
import time

import zmq

from crash import CrashPoint, deaths_of, has_ended, points_of
from fleet import Fleet, eventually, expect, run_cases
from light_agent import enrol_all, now_ms, samples, step_until, stored_values

HOSTS = ("light-1", "light-2", "light-3")
BUCKETS = 4
READINGS = 20  # of each host in each bucket
BUCKET_MS = 20 * 60_000
PIECE = len(HOSTS) * READINGS * 2  # samples
WANTED = None if "--all" in sys.argv else 9
SECONDS_MAX = 60
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def fill(fleet, context):
    """Readings of some hours ago, and a controller that leaves them as they came."""
    fleet.controller_extra = "seal_after: 1d\n"
    status = fleet.start_controller()
    agents = enrol_all(fleet, context, HOSTS)
    first = (now_ms() // BUCKET_MS - BUCKETS - 2) * BUCKET_MS
    for agent in agents:
        agent.open(context, fleet.ports[0], status["public_key"])
        for bucket in range(BUCKETS):
            for number in range(READINGS):
                agent.add(samples(["light_number", "light_fixed"], [agent.next, 0.5], first + bucket * BUCKET_MS + number * 10_000))
    step_until("all is stored", agents, lambda: all(agent.acked == agent.next - 1 for agent in agents))
    for agent in agents:
        agent.close()
    fleet.controller.stop()


def sealed(fleet):
    """How many samples the controller says it has sealed since its start, piece by piece."""
    return sum(int(line.split("sealed ")[1].split()[0]) for line in fleet.controller.said().splitlines() if "sealed " in line)


def start_sealing(fleet, environment):
    fleet.controller_extra = "seal_after: 1s\nlog_level: debug\n"
    fleet.write_controller_config()
    fleet.controller.environment = environment
    fleet.controller.log.unlink(missing_ok=True)
    fleet.controller.start()


def check(fleet):
    for host in HOSTS:
        for name, wanted in (("light_number", list(range(1, BUCKETS * READINGS + 1))), ("light_fixed", [0.5] * BUCKETS * READINGS)):
            numbers = stored_values(fleet, host, name)
            expect(numbers == wanted, f"{host}: {len(numbers)} of {len(wanted)} readings of {name} are there: {numbers}")


def every_sample_is_there_once_wherever_the_sealing_dies():
    rng = random.Random(SEED)
    context = zmq.Context()
    everything = len(HOSTS) * BUCKETS * READINGS * 2
    with Fleet() as fleet:
        fill(fleet, context)
        copy = fleet.folder / "copy"
        shutil.copytree(fleet.state_dir, copy)
        crash = CrashPoint(fleet.folder, "controller")
        start_sealing(fleet, crash.environment(0))
        fleet.wait_for_controller()
        before = crash.calls()
        eventually("all is sealed", lambda: sealed(fleet) == everything)
        calls = crash.calls() - before
        check(fleet)
        fleet.controller.stop()
        expect(calls > BUCKETS, f"the sealing took {calls} calls: what is there to interrupt?")
        in_the_middle = 0
        points = [before + point for point in points_of(calls, WANTED, rng)]
        deaths = 0
        for point, how in deaths_of(crash, points, before + calls if WANTED is None else 0, SEED):
            deaths += 1
            shutil.rmtree(fleet.state_dir)
            shutil.copytree(copy, fleet.state_dir)
            start_sealing(fleet, crash.environment(point, how))
            end = time.monotonic() + SECONDS_MAX
            while not has_ended(fleet.controller, point) and time.monotonic() < end and sealed(fleet) < everything:
                time.sleep(0.05)  # leaves the processor to the controller
            fleet.controller.kill()  # its calls may have been fewer this time
            done = sealed(fleet)
            in_the_middle += 0 < done < everything
            start_sealing(fleet, {})
            fleet.wait_for_controller()
            check(fleet)
            # The piece under way was stored or not; nobody was told.
            eventually("the rest is sealed", lambda: sealed(fleet) >= everything - done - PIECE)
            check(fleet)
            fleet.controller.stop()
        expect(in_the_middle > 0, "no death left a part sealed: nothing was tried")
        print(f"  {deaths} deaths in {calls} calls, {in_the_middle} with a part sealed; {everything} samples there once each time")


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(every_sample_is_there_once_wherever_the_sealing_dies)
