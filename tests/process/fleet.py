"""A controller and agents as real processes in a temporary folder. Everything started here is ended here, by pid."""
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["VIGIE_BIN_DIR"])
SECONDS_MAX = 60
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|Assertion|terminate called")


class Failed(Exception):
    pass


class Ended(Failed):
    """A program ended that should run: not worth waiting any longer."""


def expect(condition, complaint):
    if not condition:
        raise Failed(complaint)


def eventually(what, probe, seconds=SECONDS_MAX):
    """Polls until probe gives something true, and returns it. What a probe raises counts as "not yet"."""
    end = time.monotonic() + seconds
    last = ""
    while time.monotonic() < end:
        try:
            answer = probe()
            if answer:
                return answer
        except Ended:
            raise
        except (Failed, OSError, ValueError, KeyError) as error:
            last = f" ({error})"
        time.sleep(0.05)
    raise Failed(f"not within {seconds} s: {what}{last}")


def at_once(action, names):
    """Does it for each name at the same time; what fails in a thread fails here."""
    errors = []

    def guarded(name):
        try:
            action(name)
        except Exception as error:
            errors.append(error)
    threads = [threading.Thread(target=guarded, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def refused(done, code, *words):
    """That a program ended with this code and said all these words; returns what it said."""
    said = done.stdout + done.stderr
    expect(done.returncode == code, f"{' '.join(done.args)}: exit {done.returncode} instead of {code}: {said[-1500:]}")
    for word in words:
        expect(word in said, f"{' '.join(done.args)}: does not say '{word}': {said[-1500:]}")
    expect(not SANITIZER.search(said), f"{' '.join(done.args)}: {said[-1500:]}")
    return said


class Process:
    """One program that may be killed and started again with the same command."""

    def __init__(self, name, folder, command, environment=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = folder / f"{name}.out"
        self.environment = environment or {}  # on top of ours; read at each start
        self.child = None

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env={**os.environ, **self.environment})

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failed(f"{self.name} did not end on SIGTERM") from None

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Webhook:
    """tests/support/webhook_receiver.py: what it got, and what it shall answer next. Ends with its standard input."""

    def __init__(self, folder, *answers):
        self.received = folder / "webhook.jsonl"
        words = [word for answer in answers for word in ("--answer", answer)]
        self.child = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/support/webhook_receiver.py"), str(self.received), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.child.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()

    def config(self):
        return f"webhooks:\n- name: on-call\n  url: {self.url}/alerts\n"

    def answer(self, *answers):
        """Replaces the answers that are left; afterwards it says 200."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/answers", "\n".join(answers).encode(), method="PUT"),
                               timeout=SECONDS_MAX).close()

    def pages(self, alertname, status=None):
        """POSTs that carry an alert of this name, oldest first."""
        lines = [json.loads(line) for line in self.received.read_text().splitlines()]
        return [line for line in lines for alert in line["body"]["alerts"]
                if alert["labels"]["alertname"] == alertname and status in (None, alert["status"])]


class Mailbox:
    """tests/support/mail_server.py: the mails that it took. Ends with its standard input."""

    def __init__(self, folder, *words):
        self.received = folder / "mails.jsonl"
        self.child = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/support/mail_server.py"), str(self.received), *map(str, words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.smarthost = f"127.0.0.1:{int(self.child.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()

    def mails(self):
        """Oldest first; what was refused is left out."""
        lines = [json.loads(line) for line in self.received.read_text().splitlines()]
        return [line for line in lines if "mail" in line]


class Fleet:
    def __init__(self, controller_extra="", state_dir=None, heartbeat="1s", restart_grace="0s"):
        """A host is silent after three `heartbeat`s, and `restart_grace` more when it said goodbye."""
        self.temp = tempfile.TemporaryDirectory(prefix="vigie-fleet-")
        self.folder = pathlib.Path(self.temp.name)
        self.socket = self.folder / "operator.sock"
        self.controller_config = self.folder / "controller.yaml"
        self.controller_extra = controller_extra
        self.heartbeat = heartbeat
        self.restart_grace = restart_grace
        self.state_dir = state_dir or self.folder / "controller"
        self.agents = {}
        self.controller = None
        self.ports = ("tcp://127.0.0.1:0", "tcp://127.0.0.1:0")
        self.before = {}  # words in front of the controller's or a host's programs: {"web-1": ("ip", "netns", "exec", …)}

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        running = [process for process in [*self.agents.values(), self.controller] if process and process.is_running()]
        for process in running:
            process.kill() if error else process.stop()
        if error:
            for process in [self.controller, *self.agents.values()]:
                if process and process.child:
                    print(f"--- the end of {process.name}'s output\n" + "\n".join(process.said().splitlines()[-15:]))
        self.temp.cleanup()

    def write_controller_config(self):
        self.controller_config.write_text(
            f"state_dir: {self.state_dir}\nlisten: {self.ports[0]}\nenrol_listen: {self.ports[1]}\n"
            f"operator_socket: {self.socket}\nheartbeat_interval: {self.heartbeat}\n"
            f"restart_grace: {self.restart_grace}\n{self.controller_extra}")

    def start_controller(self):
        """The first start takes ports from the kernel; later ones keep them, as a real controller's address stays."""
        self.write_controller_config()
        self.controller = self.controller or Process(
            "controller", self.folder,
            [*self.before.get("controller", ()), BIN / "vigie-controller", "run", "--config", self.controller_config])
        self.controller.start()
        status = self.wait_for_controller()
        if self.ports[0].endswith(":0"):
            self.ports = (status["endpoint"], status["enrol_endpoint"])
            self.write_controller_config()
        return status

    def wait_for_controller(self):
        def probe():
            if not self.controller.is_running():
                raise Ended(f"the controller ended: {self.controller.said()[-2000:]}")
            return self.ask("status")
        return eventually("the controller answers", probe)

    def run(self, program, *words, stdin=None, before=()):
        """Runs a program to its end; `before` are words in front of it, such as setpriv's."""
        return subprocess.run([*before, str(BIN / program), *[str(word) for word in words]], capture_output=True,
                              text=True, input=stdin, timeout=SECONDS_MAX, check=False)

    def ask(self, *words):
        done = self.run("vigie", "--socket", self.socket, "-o", "json", *words)
        if done.returncode not in (0, 6):
            raise Failed(f"vigie {' '.join(map(str, words))}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def write_agent_config(self, host, extra="", interval="200ms"):
        config = self.folder / f"{host}.yaml"
        config.write_text(f"state_dir: {self.folder}/{host}\ninterval: {interval}\nworker: {BIN}/vigie-worker\n{extra}")
        return config

    def enrol(self, host, token=None, key=None, timeout="30s"):
        """Runs `vigie-agent enrol` with a token made for this host, unless one is given."""
        status = self.ask("status")
        token = token or self.ask("enrol", "token", "--hosts", host)["token"]
        return self.run("vigie-agent", "enrol", "--config", self.folder / f"{host}.yaml", "--host", host,
                        "--controller", status["enrol_endpoint"], "--controller-key", key or status["public_key"],
                        "--token-file", "-", "--timeout", timeout, stdin=token + "\n", before=self.before.get(host, ()))

    def add_agent(self, host, extra="", interval="200ms"):
        """Configures, enrols and starts an agent."""
        config = self.write_agent_config(host, extra, interval)
        done = self.enrol(host)
        expect(done.returncode == 0, f"enrolling {host}: {done.stderr}")
        self.agents[host] = Process(
            host, self.folder, [*self.before.get(host, ()), BIN / "vigie-agent", "run", "--config", config])
        self.agents[host].start()
        return self.agents[host]

    def host(self, name):
        return next(host for host in self.ask("hosts", "list") if host["host"] == name)

    def wait_until_up(self, host):
        eventually(f"{host} is up", lambda: self.host(host)["state"] == "up")

    def numbered_by(self, host, stream=1):
        """How many entries of a stream (1: metrics) the agent has ever numbered, from its own outbox."""
        database = self.folder / host / "outbox.db"
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute("SELECT next_seq - 1 FROM stream WHERE stream = ?", (stream,)).fetchone()[0]
        finally:
            connection.close()


def run_cases(*cases):
    """Runs each case, says how long it took, and ends the test with the first that fails."""
    for case in cases:
        began = time.monotonic()
        try:
            case()
        except Failed as error:
            print(f"failed: {case.__name__}: {error}")
            sys.exit(1)
        print(f"{case.__name__}: {time.monotonic() - began:.1f} s", flush=True)
