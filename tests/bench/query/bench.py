#!/usr/bin/env python3
"""What queries cost over the samples of `./dev bench ingest`: CPU of the server. See README.md."""
import argparse
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ingest"))

from fleet_bench import BIN, BenchFailed, Load, Peer, figure, note, peers, run_ours  # noqa: E402

WARM_ROUNDS = 20
COLD_ROUNDS = 3
# Name, expression, seconds before the last sample, step.
QUESTIONS = [
    ("fleet_average", "avg(avg_over_time(node_bench_load[1h]))", 0, 0),
    ("each_host_average", "avg_over_time(node_bench_load[1h])", 0, 0),
    ("fleet_average_61_steps", "avg(node_bench_load)", 3600, 60),
    ("one_series", 'node_bench_load{instance="host-00007"}', 3590, 10),
    ("one_host_rate", 'rate(node_bench_network_bytes_total{instance="host-00007",device="device3"}[1m])', 3580, 10),
]


class Controller(Peer):
    """Ours, over a store that is filled already."""
    name = "vigie"
    ready = "/-/ready"

    def command(self):
        config = self.folder / "controller.yaml"
        config.write_text(f"state_dir: {self.folder}/state\nlisten: tcp://127.0.0.1:0\nenrol_listen: tcp://127.0.0.1:0\n"
                          f"operator_socket: {self.folder}/operator.sock\nhttp: {{listen: '127.0.0.1:{self.port}'}}\n")
        return [BIN / "vigie-controller", "run", "--config", config]

    def fill(self, load):
        state = self.folder / "state"
        state.mkdir(mode=0o700)
        run_ours("fill", str(state / "store"), *load.words())


def ask(server, load, expression, since, step):
    if step:
        found = server.query("query_range", query=expression, start=load.last_s - since, end=load.last_s, step=step)
        return sum(len(series["values"]) for series in found)
    return len(server.query("query", query=expression, time=load.last_s))


def cold_ms(server, load, *question):
    """CPU of the first query after a start."""
    server.stop()
    server.start()
    server.wait_until_idle()
    before = server.cpu_s()
    ask(server, load, *question)
    return (server.cpu_s() - before) * 1000


def costs_of(server, load):
    """Name to CPU milliseconds cold and warm, and the answer's samples."""
    costs = {}
    for name, *question in QUESTIONS:
        cold = statistics.median(cold_ms(server, load, *question) for _ in range(COLD_ROUNDS))
        server.wait_until_idle()
        before = server.cpu_s()
        for _ in range(WARM_ROUNDS):
            samples = ask(server, load, *question)
        costs[name] = (cold, (server.cpu_s() - before) * 1000 / WARM_ROUNDS, samples)
    note(f"{server.name}: {costs}")
    return costs


def compare(ours, peer_name, theirs):
    for name, (cold, warm, samples) in ours.items():
        if theirs and theirs[name][2] != samples:
            raise BenchFailed(f"{name}: {peer_name} gives {theirs[name][2]} samples, ours {samples}")
        their_cold, their_warm, _ = theirs[name] if theirs else (None, None, None)
        figure(f"query_{name}_cpu_ms", warm, "ms", peer_name, their_warm)
        figure(f"query_{name}_cold_cpu_ms", cold, "ms", peer_name, their_cold)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=361, help="one more than the ingest's, for an hour with both ends")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    arguments = parser.parse_args()
    load = Load(arguments.hosts, arguments.steps)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder = pathlib.Path(name)
        controller = Controller(folder / "ours")
        controller.fill(load)
        try:
            ours = costs_of(controller, load)
        finally:
            controller.stop()
        if arguments.alone:
            compare(ours, "none", None)
            return
        with peers(folder, load) as filled:
            for peer, _ in filled:
                compare(ours, peer.name, costs_of(peer, load))


if __name__ == "__main__":
    main()
