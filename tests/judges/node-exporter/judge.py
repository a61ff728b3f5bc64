#!/usr/bin/env python3
"""Debian's prometheus-node-exporter judges the agent's collectors: the same names, the same labels, the same values.

It scrapes before and after the agent prints one collection (`vigie-agent metrics`), of this machine and of trees of files of
other hosts (trees.py), some with a bus and a systemd of the judge's own (private_bus.py). Sets of series must be equal both ways,
except for what LEFT_OUT and OWN list with their reasons. A value must lie between the two scrapes; a gauge that moves by itself
may be off by what MOVING allows.
"""
import contextlib
import math
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

import trees
from private_bus import PrivateBus

sys.path.append(str(Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge

SERIES_MIN = 450  # fewer compared in all is a failure: then something was not asked
ATTEMPTS = 3  # of this machine only, where an interface or a mount may come and go between the readings

# What node_exporter has and the agent does not: pattern of the whole series, reason. docs/operate/metrics.md has the same list.
LEFT_OUT = {
    r"(go|process|promhttp)_.*": "node_exporter on itself",
    r"node_exporter_build_info.*": "node_exporter on itself",
    r"node_scrape_collector_\w+\{collector=(bcache|btrfs|ipvs|zfs)\}": "collectors that the agent does not have",
    r"node_bcache_.*": "bcache is rare on servers",
    r"node_btrfs_.*": "needs ioctls on each mount, which may hang",
    r"node_ipvs_.*": "load balancers only",
    r"node_zfs_.*": "400 series a pool; meminfo takes ZFS's cache into account",
}
# What the agent has beyond node_exporter.
OWN = {
    r"vigie_.*": "the agent's own",
    r"container_.*": "control groups, under cAdvisor's names",
    r"node_reboot_required": "of Debian's prometheus-node-exporter-collectors",
    r"node_scrape_collector_\w+\{collector=(cgroup|reboot)\}": "collectors that node_exporter does not have",
}
# Gauges that move between two readings a few milliseconds apart: pattern of the name, how far off they may be.
MOVING = {
    r"node_memory_\w+_bytes": 256 << 20,
    r"node_memory_HugePages_\w+": 0,
    r"node_load\d+": 2,
    r"node_procs_(running|blocked)": 64,
    r"node_filefd_allocated": 2048,
    r"node_filesystem_(avail|free)_bytes": 1 << 30,
    r"node_filesystem_files_free": 100_000,
    r"node_sockstat_\w+": 512,
    r"node_netstat_Tcp_CurrEstab": 256,
    r"node_nf_conntrack_entries": 1024,
    r"node_entropy_available_bits": 256,
    r"node_udp_queues": 1 << 20,
    r"node_disk_io_now": 64,
    r"node_arp_entries": 16,
    r"node_time_seconds": 0.5,
    r"node_timex_(maxerror|offset|estimated_error)_seconds": 0.01,
    r"node_timex_frequency_adjustment_ratio": 1e-4,
    r"node_timex_(pps_.*|status|sync_status|loop_time_constant)": 8,
    r"node_cpu_\w*frequency\w*_hertz": 5e9,
    r"node_hwmon_.*": 1e3,
    r"node_thermal_zone_temp": 10,
    r"node_cooling_device_cur_state": 100,
    r"node_processes_\w+": 1e5,
}
# Of a tree only what is not read from it moves: the clock, and the file system under it.
MOVING_ON_TREES = {pattern: allowed for pattern, allowed in MOVING.items() if re.match("node_(filesystem|time)", pattern)}
# Upstream's default. Debian's package leaves targets out too, and has the collector on.
UPSTREAM_EXCLUDE = r"--collector.systemd.unit-exclude=.+\.(automount|device|mount|scope|slice)"
# What each asks systemd for: of a tree, the arguments of node_exporter, the agent's configuration, and which systemd is there.
SYSTEMD = {
    "server": (["--collector.systemd", "--collector.systemd.enable-restarts-metrics", "--collector.systemd.enable-task-metrics",
                "--collector.systemd.enable-start-time-metrics", r"--collector.systemd.unit-exclude=.+\.(device|slice)|backup.+"],
               "{exclude: ['*.device', '*.slice', 'backup*'], tasks: true, start_times: true}", "modern"),
    "old": (["--collector.systemd", UPSTREAM_EXCLUDE], "{restarts: false}", "old"),
}
STATE_COUNTS = r"node_processes_(threads_)?state\{.*\}"
FREE = {"node_scrape_collector_duration_seconds": "how long it took"}  # compared by name and labels only


def find_node_exporter():
    """Debian's own."""
    return unpacked_for_judge("prometheus-node-exporter") / "usr/bin/prometheus-node-exporter"


class Exporter:
    """One node_exporter on loopback, ended with the block."""

    def __init__(self, program, arguments, environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.process = subprocess.Popen([program, f"--web.listen-address={self.address}", "--log.level=error", *arguments],
                                        env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        try:
            return self.wait()
        except BaseException:  # also what parse() finds: the process must not outlive the judge
            self.__exit__()
            raise

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.scrape()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit(f"judge node-exporter: it does not answer at {self.address}\n0 passed, 1 failed")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def scrape(self):
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=20) as answer:
            return parse(answer.read().decode())


LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?')


def parse(text):
    """Series to value. A label without a value is none, as Prometheus has it."""
    series = {}
    for line in text.split("\n"):  # splitlines would also cut at control characters of labels
        if not line or line.startswith("#"):
            continue
        name, brace, rest = line.partition("{")
        labels = {}
        if brace and " " not in name:
            end = 0
            while rest[end] != "}":
                found = LABEL.match(rest, end)
                if found.group(2):
                    labels[found.group(1)] = found.group(2)
                end = found.end()
            value = rest[end + 1:]
        else:
            name, value = line.split(None, 1)
        key = name + ("{" + ",".join(f"{k}={labels[k]}" for k in sorted(labels)) + "}" if labels else "")
        if key in series:
            raise ValueError(f"twice: {key}")
        series[key] = float(value)
    return series


def listed(series, patterns):
    return any(re.fullmatch(pattern, series, re.S) for pattern in patterns)


def name_of(series):
    return series.partition("{")[0]


def is_same(before, ours, after, name, moving):
    if math.isnan(ours) or math.isnan(before):
        return math.isnan(ours) and math.isnan(before)
    low, high = min(before, after), max(before, after)
    slack = 1e-9 * max(abs(low), abs(high)) if math.isfinite(low) and math.isfinite(high) else 0
    slack += next((allowed for pattern, allowed in moving.items() if re.fullmatch(pattern, name)), 0)
    return low - slack <= ours <= high + slack


def with_empty_states(readings):
    """A state that no process is in has no series: it counts 0 beside a reading that has it."""
    states = {series for reading in readings for series in reading if re.fullmatch(STATE_COUNTS, series)}
    return [dict.fromkeys(states, 0.0) | reading for reading in readings]


def compare(before, ours, after, moving):
    """Failures as texts, and what was compared by the first two words of the names."""
    before, ours, after = with_empty_states((before, ours, after))
    failures, compared = [], Counter()
    for series in sorted((before.keys() & after.keys()) | ours.keys()):
        if listed(series, LEFT_OUT) or listed(series, OWN):
            if series in ours and listed(series, LEFT_OUT):
                failures.append(f"{series}: is listed as left out, and the agent has it")
            continue
        compared["_".join(name_of(series).split("_")[:2])] += 1
        if series not in ours:
            failures.append(f"{series}: the agent lacks it")
        elif series not in before and series not in after:
            failures.append(f"{series}: node_exporter lacks it")
        elif series in before and series in after and name_of(series) not in FREE and \
                not is_same(before[series], ours[series], after[series], name_of(series), moving):
            failures.append(f"{series}: {ours[series]!r} is not between {before[series]!r} and {after[series]!r}")
    return failures, compared


class Judge:
    def __init__(self, exporter, agent, work):
        self.exporter, self.agent, self.work = exporter, agent, work
        self.passed = self.failed = 0

    def ask_agent(self, arguments, systemd):
        config = self.work / "agent.yaml"
        config.write_text(f"collectors: {{processes: true, systemd: {systemd}}}\n")
        done = subprocess.run([self.agent, "metrics", "--config", config, *arguments], capture_output=True, encoding="utf-8", timeout=60)
        if done.returncode != 0:
            sys.exit(f"judge node-exporter: vigie-agent metrics exits with {done.returncode}: {done.stderr[-600:]}\n0 passed, 1 failed")
        self.check_order(done.stdout)
        return parse(done.stdout)

    def check_order(self, text):
        """Labels must be sorted: the controller compares keys as bytes."""
        for line in filter(None, text.split("\n")):
            names = [found[0] for found in LABEL.findall(line.partition("{")[2])] if line[0] != "#" else []
            if names != sorted(names):
                self.failed += 1
                print(f"FAILED labels are not sorted: {line}")

    def host(self, name, exporter_arguments, agent_arguments, moving, attempts=1, systemd="false", environment=None):
        with Exporter(self.exporter, ["--collector.processes", *exporter_arguments], environment or {}) as exporter:
            for _ in range(attempts):
                before = exporter.scrape()
                ours = self.ask_agent(agent_arguments, systemd)
                failures, compared = compare(before, ours, exporter.scrape(), moving)
                if not failures:
                    break
        for failure in failures:
            print(f"FAILED {name}: {failure}")
        self.failed += len(failures)
        self.passed += sum(compared.values()) - len(failures)
        for group, count in sorted(compared.items()):
            print(f"ok {name}: {count} series {group}_*" if not any(f.startswith(group) for f in failures) else f"   {name}: {group}_*")

    def tree(self, name, build):
        folder = self.work / name
        build(trees.Host(folder))
        exporter_asks, agent_asks, kind = SYSTEMD.get(name, (["--no-collector.systemd"], "false", None))
        with contextlib.ExitStack() as stack:
            environment = {}
            if kind:
                bus = stack.enter_context(PrivateBus(folder / "root/run/dbus/system_bus_socket", kind))
                environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
            self.tree_host(name, folder, exporter_asks, agent_asks, environment)

    def tree_host(self, name, folder, exporter_asks, agent_asks, environment):
        common = {"procfs": folder / "proc", "sysfs": folder / "sys", "rootfs": folder / "root"}
        self.host(name, [*(f"--path.{key}={value}" for key, value in common.items()), f"--path.udev.data={folder}/udev",
                         f"--collector.textfile.directory={folder}/text", "--no-collector.netdev.netlink", *exporter_asks],
                  [*(word for key, value in common.items() for word in (f"--{key}", value)), "--udev-data", folder / "udev",
                   "--textfile-directory", folder / "text"], MOVING_ON_TREES, systemd=agent_asks, environment=environment)

    def live(self):
        text = self.work / "live-text"
        text.mkdir()
        (text / "a.prom").write_text('live{a="1"} 5\n')
        asks = ["--collector.systemd", UPSTREAM_EXCLUDE, "--collector.systemd.enable-restarts-metrics"]
        self.host("this machine", [f"--collector.textfile.directory={text}", *asks], ["--textfile-directory", text], MOVING, ATTEMPTS, "true")


def main():
    agent = Path(os.environ.get("VIGIE_BIN_DIR", "build/release/bin")).resolve() / "vigie-agent"
    if not agent.exists():
        sys.exit(f"judge node-exporter: {agent} is absent: build it first\n0 passed, 1 failed")
    with tempfile.TemporaryDirectory(prefix="vigie-judge-node-exporter-") as work:
        judge = Judge(find_node_exporter(), agent, Path(work))
        judge.live()
        for name, build in trees.TREES.items():
            judge.tree(name, build)
    if judge.passed + judge.failed < SERIES_MIN:
        judge.failed += 1
        print(f"FAILED only {judge.passed} series were compared, at least {SERIES_MIN} should be")
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
