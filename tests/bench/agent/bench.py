#!/usr/bin/env python3
"""Memory and CPU of vigie-agent beside Debian's prometheus-node-exporter. See README.md."""
import argparse
import contextlib
import gzip
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEER_PACKAGE = "prometheus-node-exporter"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "vigie" / "judges"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(is_true, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench agent: {what} within {seconds} s")
        time.sleep(0.1)


def unpack_peer():
    """The peer's binary, downloaded once."""
    root = CACHE / PEER_PACKAGE
    binary = root / "usr/bin/prometheus-node-exporter"
    if binary.exists():
        return binary
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        subprocess.run(["apt-get", "download", PEER_PACKAGE], cwd=folder, check=True, stdout=sys.stderr)
        package = next(pathlib.Path(folder).glob("*.deb"))
        subprocess.run(["dpkg", "-x", package, f"{folder}/root"], check=True)
        shutil.rmtree(root, ignore_errors=True)
        os.rename(f"{folder}/root", root)
    return binary


@contextlib.contextmanager
def running(command, log):
    """A process of ours, ended by its own id whatever happens."""
    process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def scrape(url):
    """Compressed, as Prometheus asks for it."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return gzip.decompress(answer.read()).decode()


def series_count(text):
    return sum(1 for line in text.splitlines() if line.startswith("node_"))


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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


def start_agent(stack, folder, interval):
    """A controller and an enrolled agent of it, as `./dev up` starts them, collecting each `interval` seconds and doing
    nothing else. Gives the agent's pid and a function that counts its stored series."""
    sys.path.insert(0, str(ROOT / "shared/dev"))
    import up
    up.BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", up.BIN))
    up.CONTROLLER = up.CONTROLLER.split("schedules:")[0].replace("heartbeat_interval: 2s\n", "")
    up.AGENT = up.AGENT.replace("interval: 2s", f"interval: {interval}s")
    demo = up.Demo(folder, folder)
    stack.callback(demo.stop)
    demo.start_controller()
    demo.enrol_agent()
    return int((folder / "agent.pid").read_text()), lambda: len(demo.vigie("metrics", demo.host))


def start_peer(stack, log):
    """Debian's node_exporter on a port of its own. Gives its pid and a function that scrapes it and counts its series."""
    port = free_port()
    process = stack.enter_context(running([unpack_peer(), f"--web.listen-address=127.0.0.1:{port}"], log))
    wait_until(lambda: is_listening(port), "node_exporter did not listen")
    return process.pid, lambda: series_count(scrape(f"http://127.0.0.1:{port}/metrics"))


def measure(agent_pid, peer_pid, scrape_peer, collections, interval):
    """CPU of both over the same span of `collections` intervals, and their memory at its end."""
    began = {pid: cpu_seconds(pid) for pid in (agent_pid, peer_pid)}
    next_at = time.monotonic()
    for _ in range(collections):
        scrape_peer()
        next_at += interval
        time.sleep(max(0, next_at - time.monotonic()))
    readings = []
    for pid in (agent_pid, peer_pid):
        rss, pss = memory_mib(pid)
        cpu_ms = (cpu_seconds(pid) - began[pid]) / collections * 1000
        readings.append({"rss": rss, "pss": pss, "cpu_ms": cpu_ms})
    return readings


def figures(ours, peer):
    def line(figure, unit, mine, theirs, is_cost=True):
        ratio = (theirs / mine if is_cost else mine / theirs) if mine and theirs else None
        return {"figure": figure, "value": round(mine, 3), "unit": unit, "peer": PEER_PACKAGE,
                "peer_value": round(theirs, 3), "ratio": ratio and round(ratio, 2)}

    yield line("agent_rss_mib", "MiB", ours["rss"], peer["rss"])
    yield line("agent_pss_mib", "MiB", ours["pss"], peer["pss"])
    yield line("agent_cpu_ms_per_collection", "ms", ours["cpu_ms"], peer["cpu_ms"])
    yield line("agent_series", "series", ours["series"], peer["series"], is_cost=False)


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
        log = stack.enter_context(open(folder / "peer.log", "wb"))
        peer_pid, scrape_peer = start_peer(stack, log)
        agent_pid, count_series = options.agent_pid, lambda: options.agent_series
        if agent_pid is None:
            agent_pid, count_series = start_agent(stack, folder, options.interval)
        # Two rounds first: what is opened, parsed and allocated once is no cost of a collection.
        measure(agent_pid, peer_pid, scrape_peer, 2, options.interval)
        ours, peer = measure(agent_pid, peer_pid, scrape_peer, options.collections, options.interval)
        ours["series"], peer["series"] = count_series(), scrape_peer()
        for line in figures(ours, peer):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
