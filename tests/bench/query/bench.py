#!/usr/bin/env python3
"""What queries cost over the samples of `./dev bench ingest`: CPU of the server. See README.md."""
import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ingest"))

from fleet_bench import BenchFailed, Load, figure, note, peers, run_ours  # noqa: E402

WARM_ROUNDS = 20
# The same as in own_queries.cpp: name, expression, seconds before the last sample, step.
QUESTIONS = [
    ("fleet_average", "avg(avg_over_time(node_bench_load[1h]))", 0, 0),
    ("each_host_average", "avg_over_time(node_bench_load[1h])", 0, 0),
    ("fleet_average_61_steps", "avg(node_bench_load)", 3600, 60),
    ("one_series", 'node_bench_load{instance="host-00007"}', 3590, 10),
    ("one_host_rate", 'rate(node_bench_network_bytes_total{instance="host-00007",device="device3"}[1m])', 3580, 10),
]


def ask(peer, load, expression, since, step):
    if step:
        found = peer.query("query_range", query=expression, start=load.last_s - since, end=load.last_s, step=step)
        return sum(len(series["values"]) for series in found)
    return len(peer.query("query", query=expression, time=load.last_s))


def ask_peer(peer, load):
    """Name to CPU milliseconds cold, the first time after a start, and warm, and the answer's samples."""
    costs = {}
    for name, expression, since, step in QUESTIONS:
        peer.stop()
        peer.start()
        peer.wait_until_idle()
        before = peer.cpu_s()
        samples = ask(peer, load, expression, since, step)
        cold = peer.cpu_s() - before
        peer.wait_until_idle()
        began = peer.cpu_s()
        for _ in range(WARM_ROUNDS):
            ask(peer, load, expression, since, step)
        costs[name] = (cold * 1000, (peer.cpu_s() - began) * 1000 / WARM_ROUNDS, samples)
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=361, help="one more than the ingest's, for an hour with both ends")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    arguments = parser.parse_args()
    load = Load(arguments.hosts, arguments.steps)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder = pathlib.Path(name)
        run_ours("fill", str(folder / "ours"), *load.words())
        ours = {one["name"]: (one["cold_ms"], one["warm_ms"], one["samples"])
                for one in run_ours("ask", str(folder / "ours"), *load.words())}
        note(f"ours: {ours}")
        if arguments.alone:
            for name, (cold, warm, _) in ours.items():
                figure(f"query_{name}_cpu_ms", warm, "ms", "none", None)
                figure(f"query_{name}_cold_cpu_ms", cold, "ms", "none", None)
            return
        with peers(folder, load) as filled:
            for peer, _ in filled:
                for name, (cold, warm, samples) in ask_peer(peer, load).items():
                    if samples != ours[name][2]:
                        raise BenchFailed(f"{name}: {peer.name} gives {samples} samples, ours {ours[name][2]}")
                    figure(f"query_{name}_cpu_ms", ours[name][1], "ms", peer.name, warm)
                    figure(f"query_{name}_cold_cpu_ms", ours[name][0], "ms", peer.name, cold)


if __name__ == "__main__":
    main()
