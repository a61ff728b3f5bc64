#!/usr/bin/env python3
"""Runs simulated worlds of fresh seeds for some minutes, on every processor. Usage: soak.py TEST_PROGRAM MINUTES [FIRST_SEED]

Prints how many seeds are done each minute, and at the end. Exits 1 at the first seed that fails, with what it printed.
"""
import os
import re
import subprocess
import sys
import time

SEEDS_AT_ONCE = 200  # some seconds of work, so that the time is kept


def begin(program, first):
    environment = os.environ | {"VIGIE_SEED": str(first), "VIGIE_SEEDS": str(SEEDS_AT_ONCE)}
    command = [program, "--run_test=fleet/loses_nothing_does_nothing_twice_and_comes_to_rest", "--color_output=no"]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main(program, minutes, first):
    ends_at = time.monotonic() + 60 * minutes
    told_at = time.monotonic()
    done = 0
    under_way = []
    print(f"seeds from {first} on", flush=True)
    try:
        while under_way or time.monotonic() < ends_at:
            while len(under_way) < len(os.sched_getaffinity(0)) and time.monotonic() < ends_at:
                under_way.append(begin(program, first))
                first += SEEDS_AT_ONCE
            world = under_way.pop(0)
            output, _ = world.communicate()
            if world.returncode != 0:
                failed = re.search(r"VIGIE_SEED=(\d+)", output)
                print(output)
                print(f"failing seed: {failed.group(1) if failed else 'unknown'}, after {done} that passed")
                return 1
            done += SEEDS_AT_ONCE
            if time.monotonic() - told_at >= 60:
                told_at = time.monotonic()
                print(f"{done} seeds done", flush=True)
    finally:
        for world in under_way:
            world.kill()
            world.wait()
    print(f"{done} seeds done, none failed")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    # Fresh each time: small enough to type, and no two soaks of a machine begin alike.
    fresh = int(time.time() * 10) % 1_000_000_000 * 1000
    sys.exit(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else fresh))
