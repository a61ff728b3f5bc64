#!/usr/bin/env python3
"""Ten thousand agents on one controller, then its death and their return. See README.md."""
import argparse
import concurrent.futures
import contextlib
import json
import math
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", ROOT / "build/release/bin"))
LOADS_MIN = 2
DESCRIPTORS_PER_AGENT = 4  # of a load process: the socket's own, its monitor's two, and the connection
SERIES = 100
INTERVAL_SECONDS = 10
OUTAGE_SECONDS = 300
PATIENCE_SECONDS = 600
TICK = os.sysconf("SC_CLK_TCK")

RULES = """groups:
- name: load
  rules:
  - {alert: EntryMissing, expr: vigie_load_entry <= 0, labels: {severity: critical}}
  - {alert: ReadingHigh, expr: 'node_load_reading_1_total{mode="m1"} > 1e300', for: 5m, labels: {severity: warning}}
  - {alert: AnyDisk, expr: 'node_load_reading_5_total{device=~"disk[0-3]"} < 0', labels: {severity: warning}}
  - {alert: NotHere, expr: node_other_reading > 1}
"""

CONFIG = """state_dir: {folder}/controller
listen: {listen}
enrol_listen: {enrol_listen}
operator_socket: {folder}/operator.sock
log_file: {folder}/controller.log
log_level: warning
rule_files: ["{folder}/rules.yaml"]
"""


class BenchFailed(Exception):
    pass


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def wait_for(what, probe, seconds=PATIENCE_SECONDS, pause=0.1):
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise BenchFailed(f"{what} did not happen within {seconds} s")
        time.sleep(pause)
    return answer


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


class Operator:
    """What `vigie -o json` asks and gets, over one connection to the same socket."""
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")

    def ask(self, verb, **arguments):
        self.socket.sendall(json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n")
        answer = json.loads(self.lines.readline())
        if "error" in answer:
            raise BenchFailed(f"{verb}: {answer['error']['message']}")
        return answer["result"]


class Controller:
    def __init__(self, folder):
        self.folder = folder
        self.process = None
        (folder / "rules.yaml").write_text(RULES)
        self.configure("tcp://127.0.0.1:0", "tcp://127.0.0.1:0")

    def configure(self, listen, enrol_listen):
        (self.folder / "controller.yaml").write_text(
            CONFIG.format(folder=self.folder, listen=listen, enrol_listen=enrol_listen))

    def start(self):
        command = [BIN / "vigie-controller", "run", "--config", self.folder / "controller.yaml"]
        with open(self.folder / "controller.out", "ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def wait_until_answering(self):
        status = wait_for("the controller's answer", self.status_or_none, seconds=60)
        self.configure(status["endpoint"], status["enrol_endpoint"])  # the same ports after a restart
        return status

    def status_or_none(self):
        if self.process.poll() is not None:
            raise BenchFailed(f"the controller ended: {(self.folder / 'controller.out').read_text()[-2000:]}")
        with contextlib.suppress(OSError, ValueError):
            return Operator(self.folder / "operator.sock").ask("status")
        return None

    def operator(self):
        return Operator(self.folder / "operator.sock")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


class Load:
    """One load process: a word to it, a JSON object from it."""
    def __init__(self, folder, status, first, agents):
        words = {"endpoint": status["endpoint"], "enrol": status["enrol_endpoint"], "key": status["public_key"],
                 "tokens": folder / f"tokens-{first}", "first": first, "agents": agents, "series": SERIES,
                 "interval_ms": INTERVAL_SECONDS * 1000}
        self.process = subprocess.Popen([BIN / "bench_link", *(f"{name}={value}" for name, value in words.items())],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise BenchFailed(f"a load process ended with {self.process.wait()}")
        return json.loads(line)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Loads:
    def __init__(self, loads):
        self.loads = loads

    def tell(self, word):
        for load in self.loads:
            load.tell(word)

    def report(self):
        """The sum of what the processes tell."""
        self.tell("report")
        total, latency = {}, {}
        for load in self.loads:
            told = load.answer()
            for tenths, entries in told.pop("ack_tenths_of_ms"):
                latency[tenths] = latency.get(tenths, 0) + entries
            for name, value in told.items():
                total[name] = total.get(name, 0) + value
        return total, latency

    def made(self):
        self.tell("cursors")
        made = {}
        for load in self.loads:
            made.update(load.answer())
        return made


def percentile_ms(latency, share):
    """The latency that `share` of the entries stay at or below."""
    left = share * sum(latency.values())
    for tenths in sorted(latency):
        left -= latency[tenths]
        if left <= 0:
            return (tenths + 1) / 10
    return None


def make_tokens(controller, path, count):
    """A one-time token for each agent, from the controller's own command; several connections, since each waits for a sync."""
    def some(share):
        operator = controller.operator()
        return [operator.ask("enrol.token", ttl="1h", hosts="load-*")["token"] for _ in range(share)]
    shares = [count // 32 + (1 if i < count % 32 else 0) for i in range(32)]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        tokens = [token for made in pool.map(some, shares) for token in made]
    path.write_text("".join(token + "\n" for token in tokens))


def loads_for(agents):
    """Two processes, or as many as the hard limit of descriptors asks for where nobody may raise it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return max(LOADS_MIN, math.ceil(agents * DESCRIPTORS_PER_AGENT / (hard - 256)))


def start_loads(stack, controller, status, agents):
    count = loads_for(agents)
    shares = [agents // count + (1 if i < agents % count else 0) for i in range(count)]
    loads, first = [], 0
    for share in shares:
        make_tokens(controller, controller.folder / f"tokens-{first}", share)
        loads.append(Load(controller.folder, status, first, share))
        stack.callback(loads[-1].stop)
        first += share
    enrolled = sum(load.answer()["enrolled"] for load in loads)
    note(f"{enrolled} agents enrolled; the controller has {rss_mib(controller.process.pid):.0f} MiB")
    return Loads(loads)


def connect(controller, loads, agents):
    """All sessions up, every series known to the controller and the store at rest."""
    loads.tell("connect")
    wait_for("all sessions", lambda: loads.report()[0]["established"] == agents)
    note(f"all sessions are up; {rss_mib(controller.process.pid):.0f} MiB")

    def is_level():
        told, _ = loads.report()
        return told["made"] >= 2 * agents and told["made"] - told["acked"] <= agents // 10
    wait_for("the first entries of all agents being stored", is_level, pause=1)
    note(f"all series are stored; {rss_mib(controller.process.pid):.0f} MiB")


def measure(controller, loads, seconds):
    pid = controller.process.pid
    operator = controller.operator()
    stored, cpu, began = operator.ask("status")["samples_stored"], cpu_seconds(pid), time.monotonic()
    loads.tell("measure")
    connected, rss = [], []
    while time.monotonic() - began < seconds:
        time.sleep(1)
        connected.append(loads.report()[0]["established"])
        rss.append(rss_mib(pid))
    took = time.monotonic() - began
    cores = (cpu_seconds(pid) - cpu) / took
    stored = operator.ask("status")["samples_stored"] - stored
    _, latency = loads.report()
    loads.tell("rest")
    return {"agents_connected": min(connected), "samples_per_s": stored / took, "controller_cores": cores,
            "controller_rss_mib": max(rss), "ack_p50_ms": percentile_ms(latency, 0.5),
            "ack_p99_ms": percentile_ms(latency, 0.99)}


def kill_and_return(controller, loads, agents):
    """The controller's death, five minutes' worth of entries in each outbox, and the way back."""
    controller.kill()
    wait_for("the agents noticing", lambda: loads.report()[0]["established"] == 0, seconds=60)
    loads.tell(f"backlog {OUTAGE_SECONDS // INTERVAL_SECONDS}")
    loads.report()
    began = time.monotonic()
    controller.start()
    loads.tell("measure")
    reconnected, rss = None, 0
    controller.wait_until_answering()
    note(f"the new controller listens after {time.monotonic() - began:.1f} s")
    while True:
        told, latency = loads.report()
        rss = max(rss, rss_mib(controller.process.pid))
        if reconnected is None and told["resumed"] == agents and told["established"] == agents:
            reconnected = time.monotonic() - began
            note(f"all are back after {reconnected:.1f} s")
        if reconnected is not None and told["with_backlog"] == 0:
            break
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise BenchFailed(f"not all came back: {told}")
        controller.status_or_none() if controller.process.poll() is not None else time.sleep(0.2)
    caught_up = time.monotonic() - began
    loads.tell("rest")
    note(f"all backlog is acknowledged after {caught_up:.1f} s; reopened {told['reopened']}, refused {told['refused']}")
    return {"reconnect_all_s": reconnected, "replay_caught_up_s": caught_up, "replay_rss_mib": rss,
            "replay_cpu_s": cpu_seconds(controller.process.pid),
            "replay_live_ack_p99_ms": percentile_ms(latency, 0.99)}


def check_stored(controller, loads):
    """Every entry that an agent numbered, asked of the store by its number. Twice: a number stored more than once, or more
    entries applied since the restart than there were above the cursors of the WELCOMEs."""
    loads.tell("hold")

    def is_delivered():
        told, _ = loads.report()
        return told if told["made"] == told["acked"] else None
    told = wait_for("the delivery of all entries", is_delivered)
    made = loads.made()
    operator = controller.operator()
    cursors = {host["host"]: host["metrics_applied"] for host in operator.ask("hosts.list")}
    applied = operator.ask("status")["entries_applied"]
    lost = twice = 0
    since = int((time.time() - 3 * 3600) * 1000)
    for host, count in made.items():
        shown = operator.ask("metrics.show", host=host, name="vigie_load_entry", since_ms=since)["series"]
        numbers = [value for series in shown for _, value in series["points"]]
        missing = set(range(1, count + 1)) - set(numbers)
        if missing or len(numbers) != count or cursors.get(host) != count:
            note(f"{host}: {count} made, cursor {cursors.get(host)}, {len(numbers)} stored, missing {sorted(missing)[:5]}")
        lost += max(len(missing), count - cursors.get(host, 0))
        twice += max(len(numbers) - len(set(numbers)), cursors.get(host, 0) - count)
    twice += max(0, applied - (told["made"] - told["resumed_at"]))
    note(f"{told['made']} entries checked one by one in the store")
    return {"lost": lost, "twice": twice}


AIMS = {  # figure: unit, aim at 10,000 agents, whether more is better
    "agents_connected": ("agents", 10_000, True), "samples_per_s": ("samples/s", 100_000, True),
    "controller_cores": ("cores", 0.6, False), "controller_rss_mib": ("MiB", 900, False),
    "ack_p50_ms": ("ms", None, False), "ack_p99_ms": ("ms", 100, False), "reconnect_all_s": ("s", 30, False),
    "replay_caught_up_s": ("s", None, False), "replay_live_ack_p99_ms": ("ms", None, False),
    "replay_cpu_s": ("CPU s", None, False), "replay_rss_mib": ("MiB", 900, False), "lost": ("entries", 0, False),
    "twice": ("entries", 0, False)}


MUST_BE_NONE = ("lost", "twice")  # no figures to be better or worse at: the bench fails with them


def figure(name, value):
    unit, aim, is_more_better = AIMS[name]
    ratio = None
    if aim is not None and value is not None:
        good, bad = (value, aim) if is_more_better else (aim, value)
        ratio = round(good / bad, 2) if bad else 1.0
    return {"figure": name, "value": value if value is None else round(value, 3), "unit": unit, "peer": "aim",
            "peer_value": aim, "ratio": ratio}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench link", description=__doc__)
    parser.add_argument("--agents", type=int, default=10_000, help="how many (default 10,000)")
    parser.add_argument("--seconds", type=int, default=30, help="how long to measure the steady state (default 30)")
    parser.add_argument("--folder", help="keep state and logs there (default: a temporary folder, removed at the end)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    wrong = False
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        controller = Controller(folder)
        stack.callback(controller.stop)
        controller.start()
        loads = start_loads(stack, controller, controller.wait_until_answering(), options.agents)
        connect(controller, loads, options.agents)
        for part in (lambda: measure(controller, loads, options.seconds),
                     lambda: kill_and_return(controller, loads, options.agents),
                     lambda: check_stored(controller, loads)):
            for name, value in part().items():
                print(json.dumps(figure(name, value)), flush=True)
                wrong |= name in MUST_BE_NONE and value != 0
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchFailed as error:
        sys.exit(f"bench link: {error}")
