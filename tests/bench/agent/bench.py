#!/usr/bin/env python3
"""Memory and CPU of vigie-agent beside Debian's prometheus-node-exporter and collectd. See README.md."""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from applications import SERIES_MIN, Applications
from peers import Collectd, NodeExporter, PackageMissing, PeerMissing

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", ROOT / "build/release/bin"))
SERIES_WANTED = 520  # over the 500 of our aim, with some to spare for what comes and goes


def note(text):
    print(f"bench agent: {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """CPU of all threads: nanoseconds from the scheduler; ticks where the kernel does not keep them."""
    try:
        total = 0
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9
    except (FileNotFoundError, PermissionError):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid):
    sizes = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            sizes[name] = int(rest.split()[0]) / 1024
    return sizes["Rss"], sizes["Pss"]


def own_series():
    """How many series this host has of its own, without applications."""
    done = subprocess.run([BIN / "vigie-agent", "metrics"], capture_output=True, text=True, check=True)
    return sum(1 for line in done.stdout.splitlines() if line and not line.startswith("#"))


def start_agent(stack, folder, interval, applications):
    """A controller and an enrolled agent of it, as `./dev up` starts them, collecting each `interval` seconds and doing
    nothing else. Gives the agent's pid and a function that counts its stored series."""
    sys.path.insert(0, str(ROOT / "shared/dev"))
    import up
    up.BIN = BIN
    up.CONTROLLER = up.CONTROLLER.split("schedules:")[0].replace("heartbeat_interval: 2s\n", "")
    up.AGENT = up.AGENT.replace("interval: 2s", f"interval: {interval}s")
    up.AGENT += f"collectors:\n  textfile: {{{{directory: {applications}}}}}\n"
    demo = up.Demo(folder, folder)
    stack.callback(demo.stop)
    demo.start_controller()
    demo.enrol_agent()
    return int((folder / "agent.pid").read_text()), lambda: len(demo.vigie("metrics", demo.host))


def start_peers(stack, folder, interval, applications):
    peers = [NodeExporter(stack, folder, applications)]
    try:
        peers.append(Collectd(stack, folder, interval))
    except (PackageMissing, PeerMissing) as why:
        note(f"WITHOUT COLLECTD, NOT COMPARED WITH IT: {why}")
    return peers


def measure(pids, collect, collections, interval):
    """Of each process: CPU over the same span of `collections` intervals, and its memory at the end."""
    began = {pid: cpu_seconds(pid) for pid in pids}
    next_at = time.monotonic()
    for _ in range(collections):
        collect()
        next_at += interval
        time.sleep(max(0, next_at - time.monotonic()))
    readings = {}
    for pid in pids:
        rss, pss = memory_mib(pid)
        cpu_ms = (cpu_seconds(pid) - began[pid]) / collections * 1000
        readings[pid] = {"rss": rss, "pss": pss, "cpu_ms": cpu_ms}
    return readings


def figures(name, ours, theirs):
    def line(figure, unit, key, is_cost=True):
        mine, peers = ours[key], theirs[key]
        ratio = (peers / mine if is_cost else mine / peers) if mine and peers else None
        return {"figure": figure, "value": round(mine, 3), "unit": unit, "peer": name,
                "peer_value": round(peers, 3), "ratio": ratio and round(ratio, 2)}

    yield line("agent_rss_mib", "MiB", "rss")
    yield line("agent_pss_mib", "MiB", "pss")
    yield line("agent_cpu_ms_per_collection", "ms", "cpu_ms")
    yield line("agent_series", "series", "series", is_cost=False)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench agent", description=__doc__)
    parser.add_argument("--collections", type=int, default=12, help="how many to measure (default 12)")
    parser.add_argument("--interval", type=int, default=10, help="seconds from one to the next (default 10)")
    parser.add_argument("--agent-pid", type=int, help="measure this running agent instead of starting one")
    parser.add_argument("--agent-series", type=int, default=0, help="with --agent-pid: how many series it has")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        applications = Applications(folder / "applications", max(SERIES_MIN, SERIES_WANTED - own_series()))
        try:
            peers = start_peers(stack, folder, options.interval, applications.folder)
        except (PackageMissing, PeerMissing) as why:
            raise SystemExit(f"bench agent: {why}") from why
        agent_pid, count_series = options.agent_pid, lambda: options.agent_series
        if agent_pid is None:
            agent_pid, count_series = start_agent(stack, folder, options.interval, applications.folder)
        pids = [agent_pid, *[peer.pid for peer in peers]]

        def collect():
            applications.write()
            for peer in peers:
                peer.collect()

        # Two rounds first: what is opened, parsed and allocated once is no cost of a collection.
        measure(pids, collect, 2, options.interval)
        readings = measure(pids, collect, options.collections, options.interval)
        note("load of the machine %.2f %.2f %.2f" % os.getloadavg())
        ours = {**readings[agent_pid], "series": count_series()}
        for peer in peers:
            for line in figures(peer.name, ours, {**readings[peer.pid], "series": peer.series()}):
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
