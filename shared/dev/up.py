"""The first run: a controller and an agent on this machine's real metrics, one backup, one rotation, one alert.

    up.py [--check] [--backup DIR] [--state DIR]

State lives in .vigie/ (or --state) and a second run goes on with it. --check proves each step, prints a table and leaves
nothing running. Processes are ended by pid; servers listen on loopback, on ports the kernel picks.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", ROOT / "build/release/bin"))
SERIES_MIN = 150
STEP_SECONDS_MAX = 60


class StepFailed(Exception):
    pass


class ProcessEnded(StepFailed):
    """Not worth waiting any longer."""


def write(path, text, mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def wait_for(what, probe, seconds=STEP_SECONDS_MAX):
    """The first true answer of probe; StepFailed with its last complaint when there is none in time."""
    end = time.monotonic() + seconds
    complaint = ""
    while time.monotonic() < end:
        try:
            answer = probe()
            if answer:
                return answer
        except ProcessEnded:
            raise
        except StepFailed as error:
            complaint = f": {error}"
        time.sleep(0.1)
    raise StepFailed(f"{what} did not happen within {seconds} s{complaint}")


class Demo:
    def __init__(self, state, backup):
        self.state = state
        self.backup = backup
        self.host = socket.gethostname()
        self.children = []
        self.socket = state / "operator.sock"
        self.received = state / "webhook.jsonl"
        self.agent_log = state / "agent.log"
        self.repository = state / "repository"
        self.password = state / "repository.password"
        self.agent_config = state / "agent.yaml"

    # ---- processes ----
    def start(self, name, *command):
        log = open(self.state / f"{name}.out", "ab")
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True)
        self.children.append((name, child))
        (self.state / f"{name}.pid").write_text(f"{child.pid}\n")
        return child

    def check_alive(self):
        for name, child in self.children:
            if child.poll() is not None:
                out = self.state / f"{name}.out"
                tail = out.read_text(errors="replace").strip().splitlines()[-3:] if out.exists() else []
                raise ProcessEnded(f"{name} ended with {child.returncode}: {' / '.join(tail)}")

    def stop(self):
        """Ends what this run started, newest first; a process that ignores TERM for 10 s is killed."""
        for name, child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                print(f"{name} did not end on SIGTERM; killed", file=sys.stderr)
                child.kill()
                child.wait()
        self.children.clear()

    def vigie(self, *words):
        """The JSON answer of a `vigie` command; StepFailed with what it said on failure."""
        self.check_alive()
        done = subprocess.run([str(BIN / "vigie"), "--socket", str(self.socket), "-o", "json", *words],
                              capture_output=True, text=True, check=False)
        if done.returncode not in (0, 6):
            raise StepFailed(f"vigie {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def start_webhook(self):
        """Starts the receiver, which ends with its standard input, and returns its port."""
        child = subprocess.Popen([sys.executable, str(ROOT / "tests/support/webhook_receiver.py"), str(self.received)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.children.append(("webhook", child))
        return int(child.stdout.readline())

    # ---- steps: each returns its evidence ----
    def start_controller(self):
        port = self.start_webhook()
        write(self.state / "rules.yaml", RULES)
        write(self.state / "controller.yaml", CONTROLLER.format(state=self.state, port=port))
        self.start("controller", BIN / "vigie-controller", "run", "--config", self.state / "controller.yaml")
        status = wait_for("the controller's answer", lambda: self.vigie("status"))
        return f"listening on {status['endpoint']}, state in {self.state}/controller"

    def enrol_agent(self):
        status = self.vigie("status")
        write(self.state / "rotation.conf", ROTATION.format(state=self.state))
        write(self.agent_config, AGENT.format(state=self.state, endpoint=status["endpoint"], worker=BIN / "vigie-worker",
                                              repository=self.repository, password=self.password, path=self.backup))
        if not (self.state / "agent/identity").exists():
            token = self.state / "token"
            write(token, self.vigie("enrol", "token")["token"] + "\n")
            done = subprocess.run([str(BIN / "vigie-agent"), "enrol", "--config", str(self.agent_config), "--host", self.host,
                                   "--controller", status["enrol_endpoint"], "--controller-key", status["public_key"],
                                   "--token-file", str(token)], capture_output=True, text=True, check=False)
            token.unlink()
            if done.returncode != 0:
                raise StepFailed(done.stderr.strip())
        self.start("agent", BIN / "vigie-agent", "run", "--config", self.agent_config)
        host = wait_for(f"{self.host} being up",
                        lambda: next((h for h in self.vigie("hosts", "list")
                                      if h["host"] == self.host and h["state"] == "up" and h["is_connected"]), None))
        return f"{host['host']} is up over CURVE, key {host['public_key'][:10]}…"

    def store_series(self):
        def probe():
            values = self.vigie("metrics", self.host)
            if len(values) < SERIES_MIN:
                raise StepFailed(f"{len(values)} series so far, {SERIES_MIN} wanted")
            return values
        values = wait_for("storing the host's series", probe)
        load = self.vigie("metrics", self.host, "node_load1")
        points = sum(len(series["points"]) for series in load["series"])
        if points == 0:
            raise StepFailed("node_load1 has no points")
        return f"{len(values)} series stored and queried back; node_load1 has {points} points"

    def raise_alert(self):
        alerts = wait_for("a firing alert", lambda: [a for a in self.vigie("alerts", "list")
                                                     if a["alertname"] == "VigieSeesThisMachine" and a["state"] == "firing"])

        def delivered():
            for line in self.received.read_text().splitlines():
                for alert in json.loads(line)["body"]["alerts"]:
                    if alert["labels"]["alertname"] == "VigieSeesThisMachine" and alert["status"] == "firing":
                        return alert
            return None
        alert = wait_for("the webhook's POST", delivered)
        return f"{alerts[0]['alertname']} is firing and was posted; fingerprint {alert['fingerprint']}"

    def run_job(self, job):
        run = self.vigie("jobs", "run", job, "--host", self.host)["runs"][0]

        def finished():
            shown = self.vigie("runs", "show", run["id"])
            return shown if shown["state"] not in ("queued", "dispatched", "starting", "running") else None
        shown = wait_for(f"the end of {job}", finished, seconds=300)
        if shown["state"] != "succeeded":
            raise StepFailed(f"{job}: {shown['state']}: {shown['message']} {shown.get('output_tail', '')}")
        return shown

    def take_backup(self):
        if not self.password.exists():
            write(self.password, os.urandom(16).hex() + "\n")
        if not (self.repository / "config").exists():
            done = subprocess.run([str(BIN / "vigie-agent"), "backup", "init", "--repo", str(self.repository),
                                   "--password-file", str(self.password)], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise StepFailed(done.stderr.strip())
        run = self.run_job("backup-files")
        snapshot = wait_for("the snapshot's report",
                            lambda: next((s for s in self.vigie("backups", "list", "--host", self.host)
                                          if s["run"] == run["id"]), None))
        restic = ["restic", "--no-cache", "--repo", str(self.repository), "--password-file", str(self.password)]
        checked = subprocess.run([*restic, "check", "--read-data"], capture_output=True, text=True, check=False)
        if checked.returncode != 0 or "no errors were found" not in checked.stdout:
            raise StepFailed(f"restic check: {checked.stdout[-300:]}{checked.stderr[-300:]}")
        return f"snapshot {snapshot['snapshot'][:8]} of {self.backup}; restic check --read-data found no errors"

    def rotate_log(self):
        before = set(self.state.glob("agent.log.*"))
        self.run_job("rotate-own-log")
        archives = {path: path.stat().st_size for path in self.state.glob("agent.log.*")}
        if not archives or self.agent_log.stat().st_size >= max(archives.values()) and before == set(archives):
            raise StepFailed(f"no archive beside {self.agent_log}")
        wait_for("the agent writing to its new log", lambda: self.agent_log.exists())
        return f"{self.agent_log.name} rotated to {', '.join(sorted(path.name for path in archives))}"

    STEPS = (("controller", start_controller), ("enrolment", enrol_agent), ("metrics", store_series),
             ("alert", raise_alert), ("backup", take_backup), ("rotation", rotate_log))


RULES = """groups:
- name: first-run
  rules:
  - alert: VigieSeesThisMachine
    expr: node_memory_MemTotal_bytes > 0
    labels:
      severity: info
    annotations:
      summary: "{{ $labels.instance }} has {{ $value }} bytes of memory"
"""

CONTROLLER = """state_dir: {state}/controller
listen: tcp://127.0.0.1:0
enrol_listen: tcp://127.0.0.1:0
operator_socket: {state}/operator.sock
heartbeat_interval: 2s
rule_files: ["{state}/rules.yaml"]
webhooks:
- name: on-call
  url: http://127.0.0.1:{port}/alerts
schedules:
- name: back up every hour
  job: backup-files
  when: every 1h
- name: rotate every day
  job: rotate-own-log
  when: "03:10"
"""

AGENT = """state_dir: {state}/agent
controller: {endpoint}
interval: 2s
labels: {{env: first-run}}
log_file: {state}/agent.log
worker: {worker}
jobs:
- name: backup-files
  kind: backup
  repository: {repository}
  password_file: {password}
  paths: ["{path}"]
- name: rotate-own-log
  kind: rotate
  policies: ["{state}/rotation.conf"]
"""

ROTATION = """{state}/agent.log {{
    size 1
    rotate 5
    create 0600
    compress
    delaycompress
    postrotate
        kill -HUP "$(cat {state}/agent.pid)"
    endscript
}}
"""


def run_steps(demo, announce):
    """Runs each step; returns rows (step, evidence, seconds) and the name of the step that failed, if any."""
    rows = []
    for name, step in Demo.STEPS:
        announce(name)
        began = time.monotonic()
        try:
            rows.append((name, step(demo), time.monotonic() - began))
        except (StepFailed, OSError, KeyError, ValueError) as error:
            reason = str(error) if isinstance(error, StepFailed) else f"{type(error).__name__}: {error}"
            rows.append((name, f"FAILED: {reason}", time.monotonic() - began))
            return rows, name
    return rows, None


def print_table(rows):
    width = max(len(name) for name, _, _ in rows)
    print(f"{'STEP':<{width}}  SECONDS  EVIDENCE")
    for name, evidence, seconds in rows:
        print(f"{name:<{width}}  {seconds:7.1f}  {evidence}")


def overview(demo):
    """Redraws the fleet until Ctrl-C."""
    tries = [f"export VIGIE_SOCKET={demo.socket} PATH={BIN}:$PATH", "vigie status", f"vigie metrics {demo.host}",
             f"vigie metrics {demo.host} node_load1 --since 10m", "vigie alerts list", "vigie runs list",
             "vigie backups list", "vigie doctor"]
    while True:
        demo.check_alive()
        pictures = []
        for words in (["hosts", "list"], ["metrics", demo.host, "node_load1", "--since", "10m"], ["alerts", "list"],
                      ["runs", "list", "--limit", "5"], ["backups", "list"]):
            done = subprocess.run([str(BIN / "vigie"), "--socket", str(demo.socket), *words], capture_output=True, text=True,
                                  check=False)
            pictures.append(f"\x1b[1m$ vigie {' '.join(words)}\x1b[0m\n{done.stdout}{done.stderr}")
        hints = "\n".join("  " + line for line in tries)
        print("\x1b[H\x1b[2J" + "\n".join(pictures) + f"\nTry in another terminal:\n{hints}\n\nCtrl-C stops everything.",
              flush=True)
        time.sleep(2)


def main():
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="prove each step, print a table, leave nothing running")
    parser.add_argument("--backup", default=str(ROOT / "docs"), help="the folder to back up (default: docs)")
    parser.add_argument("--state", default=str(ROOT / ".vigie"), help="where state is kept (default: .vigie)")
    options = parser.parse_args()
    backup = pathlib.Path(options.backup).resolve()
    if not backup.is_dir():
        parser.error(f"--backup {options.backup}: no such folder")
    if not shutil.which("restic"):
        parser.error("restic is missing: apt-get install restic")
    state = pathlib.Path(options.state).resolve()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    demo = Demo(state, backup)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    is_terminal = sys.stdout.isatty()
    try:
        rows, failed = run_steps(demo, lambda name: print(f"{name}…", file=sys.stderr, flush=True))
        print_table(rows)
        if failed:
            print(f"step '{failed}' failed; logs are in {state}", file=sys.stderr)
            return 1
        if not options.check:
            if is_terminal:
                overview(demo)
            print("running; Ctrl-C stops everything", flush=True)
            while True:
                demo.check_alive()
                time.sleep(1)
    except KeyboardInterrupt:
        print("\nstopping", file=sys.stderr)
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
