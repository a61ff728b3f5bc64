"""Health checks on real processes: what a worker asks of servers on loopback, and how an agent's checks reach on-call."""
import base64
import contextlib
import datetime
import http.server
import os
import pathlib
import socket
import ssl
import subprocess
import threading

from certificates import certificate_of
from fleet import BIN, SECONDS_MAX, Fleet, Webhook, eventually, expect, refused, run_cases

RULES = pathlib.Path(__file__).resolve().parents[2] / "docs/operate/examples/checks-rules.yaml"
PASSWORD = "hunter2-of-the-test"


class Answers(http.server.BaseHTTPRequestHandler):
    """/STATUS answers with that status; /moved leads to /200; /private wants a password."""

    def do_GET(self):
        wanted = "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
        is_let_in = self.path != "/private" or self.headers.get("Authorization") == wanted
        status = {"/moved": 302, "/private": 200 if is_let_in else 401}.get(self.path) or int(self.path[1:])
        body = b"all is fine\n"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def web_server(certificate=None):
    """Its port, while it serves."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Redis:
    """Answers PING while it is well; closes at once when it is not. The port stays the same."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_well = True
        self.connections = 0
        self.most = 0
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(peer,)).start()

    def answer(self, peer):
        with self.lock:
            self.connections += 1
            self.most = max(self.most, self.connections)
        with peer:
            peer.settimeout(SECONDS_MAX)
            while self.is_well:
                heard = peer.recv(4096)
                if not heard:
                    break
                peer.sendall(b"+OK\r\n" if b"AUTH" in heard else b"+PONG\r\n")
        with self.lock:
            self.connections -= 1


def probe(*words):
    done = subprocess.run([BIN / "vigie-worker", "check", *words], capture_output=True, text=True, check=False,
                          timeout=SECONDS_MAX)
    expect("Sanitizer" not in done.stderr, done.stderr)
    return done.returncode, done.stdout


def value_of(said, label):
    return float(said.split(f"'{label}'=")[1].split()[0].rstrip("s"))


def expect_probe(code, words, *texts):
    status, said = probe(*words)
    expect(status == code, f"{words}: {status} instead of {code}: {said}")
    for text in texts:
        expect(text in said, f"{words}: does not say '{text}': {said}")
    return said


def web_pages_are_judged():
    with Fleet() as fleet, web_server() as port:
        url = f"--url=http://127.0.0.1:{port}"
        said = expect_probe(0, ["http", f"{url}/200"], "'probe_http_status_code'=200", "'probe_success'=1")
        expect(0 < value_of(said, "probe_duration_seconds") < SECONDS_MAX, said)
        expect_probe(2, ["http", f"{url}/503"], "answers 503", "'probe_http_status_code'=503", "'probe_success'=0")
        expect_probe(0, ["http", f"{url}/503", "--status=200", "--status=5xx"])
        expect_probe(0, ["http", f"{url}/moved"], "/200 answers 200", "'probe_http_redirects'=1")
        expect_probe(2, ["http", f"{url}/moved", "--follow_redirects=false"], "answers 302")
        expect_probe(0, ["http", f"{url}/200", "--body_contains=fine", "--body_regex=^all .* fine$"])
        expect_probe(2, ["http", f"{url}/200", "--body_contains=bad"], "no 'bad' in the body")
        password = fleet.folder / "password"
        password.touch(mode=0o600)
        password.write_text(PASSWORD + "\n")
        said = expect_probe(0, ["http", f"{url}/private", "--user=anna", f"--password_file={password}"])
        expect(PASSWORD not in said, said)
        expect_probe(2, ["http", f"{url}/private"], "answers 401")
        password.chmod(0o644)
        expect_probe(3, ["http", f"{url}/private", "--user=anna", f"--password_file={password}"], str(password))
    expect_probe(2, ["http", f"{url}/200"], "'probe_success'=0")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        url = f"--url=http://127.0.0.1:{silent.getsockname()[1]}/"
        expect_probe(2, ["http", url, "--timeout=200ms"], "imed out")


def certificates_are_judged():
    with Fleet() as fleet:
        certificate = certificate_of(fleet.folder, 10)
        with web_server(certificate) as port:
            words = ["https", f"--url=https://localhost:{port}/200"]
            expect_probe(2, words, "certificate")  # signed by nobody whom the system trusts
            words.append(f"--ca_file={certificate[0]}")
            said = expect_probe(1, words, "its certificate is good until", "'probe_http_ssl'=1")  # less than three weeks
            ends = datetime.datetime.now().timestamp() + 10 * 86400
            expect(abs(value_of(said, "probe_ssl_earliest_cert_expiry") - ends) < 300, said)
            expect_probe(0, [*words, "--certificate_warning=9d", "--certificate_critical=2d"])
            expect_probe(2, [*words, "--certificate_warning=30d", "--certificate_critical=11d"])
            expect_probe(1, [words[0], words[1], "--verify=false"])
            expect_probe(2, ["https", f"--url=https://127.0.0.2:{port}/200", words[2]])  # nobody is there, or another name


def agent_checks(fleet, port, extra=""):
    password = fleet.folder / "redis.password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD + "\n")
    return f"""checks:
- name: cache
  kind: redis
  port: {port}
  password_file: {password}
  interval: 300ms
  retry_interval: 100ms
  max_attempts: 2
- name: load
  kind: command
  command: [/bin/sh, -c, "echo 'LOAD OK - fine | load1=0.5;5;10 users=3'"]
  interval: 300ms
  labels: {{team: web}}
{extra}"""


def metric(fleet, name, **labels):
    """The value of the host's series of this name with these labels, or None."""
    found = [row["value"] for row in fleet.ask("metrics", "web-1")
             if row["name"] == name and labels.items() <= row["labels"].items()]
    return found[0] if found else None


def health(fleet, name):
    return next((row for row in fleet.ask("health", "web-1") if row["name"] == name), {})


def a_hard_state_reaches_on_call_and_its_end_too():
    with Fleet() as fleet, Redis() as redis, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config() + f"rule_files: [{RULES}]\n"
        fleet.start_controller()
        agent = fleet.add_agent("web-1", agent_checks(fleet, redis.port))
        eventually("the check is well", lambda: metric(fleet, "vigie_check_status", check="cache") == 0)
        eventually("health tells it", lambda: health(fleet, "cache").get("state") == "ok")
        expect(health(fleet, "cache")["category"] == "cache", "redis is a cache")
        expect(metric(fleet, "probe_success", check="cache") == 1, "blackbox_exporter's name")
        eventually("perfdata", lambda: metric(fleet, "vigie_check_perfdata", check="load", label="load1") == 0.5)
        expect(metric(fleet, "vigie_check_status", check="load", team="web") == 0, "labels of the configuration")

        redis.is_well = False
        eventually("on-call is told", lambda: webhook.pages("CheckCritical", "firing"))
        page = webhook.pages("CheckCritical", "firing")[0]["body"]["alerts"][0]
        expect(page["labels"]["check"] == "cache" and page["labels"]["instance"] == "web-1", f"{page}")
        row = eventually("health is critical", lambda: [r for r in [health(fleet, "cache")] if r["is_critical"]])[0]
        expect("REDIS CRITICAL" in row["output"] and row["since"], f"what it said: {row}")
        done = fleet.run("vigie", "--socket", fleet.socket, "health", "web-1")
        expect(done.returncode == 6 and "critical" in done.stdout, f"exit {done.returncode}: {done.stdout}")
        events = [event["message"] for event in fleet.ask("hosts", "show", "web-1")["events"]]
        expect(any("check:cache: CRITICAL soft 1/2" in event for event in events), f"the soft change: {events}")
        expect(any("check:cache: CRITICAL hard 2/2" in event for event in events), f"the hard change: {events}")

        redis.is_well = True
        eventually("on-call is told of the end", lambda: webhook.pages("CheckCritical", "resolved"))
        eventually("health is well", lambda: health(fleet, "cache")["state"] == "ok")
        expect(redis.most == 1, f"{redis.most} connections at once")
        said = agent.said() + fleet.controller.said() + str(fleet.ask("hosts", "show", "web-1"))
        expect(PASSWORD not in said, "the password is in a log or an event")


def an_alert_of_a_check_that_was_removed_is_closed_by_hand():
    with Fleet() as fleet, Redis() as redis, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config() + f"rule_files: [{RULES}]\n"
        fleet.start_controller()
        redis.is_well = False
        agent = fleet.add_agent("web-1", agent_checks(fleet, redis.port))
        eventually("on-call is told", lambda: webhook.pages("CheckCritical", "firing"))
        alert = next(row for row in fleet.ask("alerts", "list") if row["alertname"] == "CheckCritical")
        words = ["vigie", "--socket", fleet.socket, "alerts", "close", alert["id"], "--comment", "the cache moved"]
        refused(fleet.run(*words), 1, "ends when its condition does", "nothing was changed")
        agent.stop()
        fleet.write_agent_config("web-1", "checks:\n- {name: load, kind: command, command: [/bin/true], interval: 300ms}\n")
        agent.start()
        eventually("the other check runs", lambda: metric(fleet, "vigie_check_status", check="load") == 0)
        eventually("no data", lambda: fleet.ask("alerts", "show", alert["id"])["state"] == "no_data")
        expect(not health(fleet, "cache"), f"a check that is gone is shown: {health(fleet, 'cache')}")
        done = fleet.run(*words)
        expect(done.returncode == 0, f"closing: {done.stderr}")
        eventually("on-call is told of the end", lambda: webhook.pages("CheckCritical", "resolved"))
        last = fleet.ask("alerts", "why", alert["id"])["transitions"][-1]
        expect(last["to"] == "resolved" and last["cause"].endswith(": the cache moved"), f"why: {last}")
        expect("alerts.close" in [row["verb"] for row in fleet.ask("audit", "list")], "closing is not in the audit log")


def processes_with(word):
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"sleep") and word.encode() in words:
                    found.append(folder.name)
    return found


def a_check_that_hangs_leaves_nobody_behind():
    year = f"31536000.{os.getpid()}"
    hangs = f"""- name: hangs
  kind: command
  command: [/bin/sh, -c, "sleep {year} & sleep {year}; true"]
  interval: 200ms
  timeout: 100ms
"""
    with Fleet() as fleet, Redis() as redis:
        fleet.start_controller()
        agent = fleet.add_agent("web-1", agent_checks(fleet, redis.port, hangs))
        eventually("it is hard", lambda: metric(fleet, "vigie_check_hard_status", check="hangs") == 2)
        expect("ended after 100ms" in health(fleet, "hangs")["output"], "health says why")
        expect(metric(fleet, "vigie_check_status", check="cache") == 0, "others run on")
        for _ in range(20):
            expect(len(processes_with(year)) <= 4, "more than one run is alive")
        eventually("one is alive", lambda: processes_with(year))
        agent.kill()
        eventually("nobody is left of a killed agent", lambda: not processes_with(year))
        agent.start()
        eventually("one is alive again", lambda: processes_with(year))
        agent.stop()
        eventually("nobody is left of a stopped agent", lambda: not processes_with(year))


def a_restart_of_the_agent_changes_no_state():
    """Neither an orderly one nor a kill. What the check says after it is as before, so that nobody is told anything."""
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config() + f"rule_files: [{RULES}]\n"
        fleet.start_controller()
        verdict = fleet.folder / "verdict"
        verdict.write_text("2")
        agent = fleet.add_agent("web-1", f"""checks:
- name: shop
  kind: command
  command: [/bin/sh, -c, "echo said; exit $(cat {verdict})"]
  interval: 500ms
  retry_interval: 200ms
  max_attempts: 3
""")
        eventually("on-call is told", lambda: webhook.pages("CheckCritical", "firing"))
        since = metric(fleet, "vigie_check_since_timestamp_seconds", check="shop")
        eventually("it is kept", lambda: any(" 2 2 1 3 " in kept.read_text() for kept in fleet.folder.rglob("checks.state")))
        for end in (agent.stop, agent.kill):
            ran = metric(fleet, "vigie_check_last_run_timestamp_seconds", check="shop")
            end()
            agent.start()
            eventually("it runs again", lambda: metric(fleet, "vigie_check_last_run_timestamp_seconds", check="shop") > ran + 1)
            expect(metric(fleet, "vigie_check_hard_status", check="shop") == 2, "it is as it was")
            expect(metric(fleet, "vigie_check_since_timestamp_seconds", check="shop") == since, "and since when it is")
        told = [event["message"] for event in fleet.ask("hosts", "show", "web-1")["events"] if "check:shop" in event["message"]]
        expect(len(told) == 2, f"soft and hard, and nothing after it: {told}")
        expect(not webhook.pages("CheckCritical", "resolved"), "nobody is told of an end")
        verdict.write_text("0")
        eventually("on-call is told of the end", lambda: webhook.pages("CheckCritical", "resolved"))


def secrets_stand_in_no_arguments_or_environment():
    """A server that never answers, so that the worker can be looked at."""
    with Fleet() as fleet, socket.create_server(("127.0.0.1", 0)) as silent:
        fleet.start_controller()
        port = silent.getsockname()[1]
        fleet.add_agent("web-1", agent_checks(fleet, port))

        def worker():
            for folder in pathlib.Path("/proc").iterdir():
                if folder.name.isdigit():
                    with contextlib.suppress(OSError):
                        words = (folder / "cmdline").read_bytes()
                        if f"--port={port}".encode() in words:
                            return words + (folder / "environ").read_bytes()
            return None
        seen = eventually("the worker waits for an answer", worker)
        expect(PASSWORD.encode() not in seen, "the password can be read by others")
        expect(b"redis.password" in seen, "the file's name is what it is given")


def checks_are_tried_by_hand_and_bad_ones_refused():
    with Fleet() as fleet, Redis() as redis:
        config = fleet.write_agent_config("web-1", agent_checks(fleet, redis.port))
        done = fleet.run("vigie-agent", "checks", "run", "--config", config, "--all")
        expect(done.returncode == 0, f"{done.stdout}{done.stderr}")
        expect("cache  OK" in done.stdout and "load  OK  LOAD OK - fine" in done.stdout, done.stdout)
        redis.is_well = False
        done = fleet.run("vigie-agent", "checks", "run", "cache", "--config", config)
        expect(done.returncode == 6 and "cache  CRITICAL" in done.stdout, f"{done.stdout}{done.stderr}")
        done = fleet.run("vigie-agent", "checks", "run", "load", "cache", "--config", config)
        expect(done.returncode == 6 and done.stdout.startswith("load  OK") and "\ncache  CRITICAL" in done.stdout, done.stdout)
        refused(fleet.run("vigie-agent", "checks", "run", "cahce", "--config", config), 1, "did you mean 'cache'?")
        refused(fleet.run("vigie-agent", "checks", "run", "--config", config), 2, "name checks, or give --all")
        refused(fleet.run("vigie-agent", "checks", "run", "", "--all", "--config", config), 2)
        good = fleet.run("vigie-agent", "config", "check", config)
        expect(good.returncode == 0 and "2 checks" in good.stdout, good.stdout + good.stderr)
        (fleet.folder / "redis.password").unlink()
        refused(fleet.run("vigie-agent", "config", "check", config), 6, "check 'cache'", "redis.password")
        bad = fleet.write_agent_config("web-1", "checks:\n- name: a\n  kind: tcp\n  prot: 1\n")
        refused(fleet.run("vigie-agent", "config", "check", bad), 1, f"{bad}:7: unknown key 'prot', did you mean 'port'?")


def the_worker_says_what_it_is():
    with Fleet() as fleet:
        done = fleet.run("vigie-worker", "--version")
        expect(done.returncode == 0 and done.stdout.startswith("vigie-worker "), f"{done}")
        for word in ("--help", "-h"):
            done = fleet.run("vigie-worker", word)
            expect(done.returncode == 0 and "VERB" in done.stdout and not done.stderr, f"{done}")
        refused(fleet.run("vigie-worker"), 2, "say what to do")


if __name__ == "__main__":
    run_cases(web_pages_are_judged, certificates_are_judged, a_hard_state_reaches_on_call_and_its_end_too,
              an_alert_of_a_check_that_was_removed_is_closed_by_hand, a_check_that_hangs_leaves_nobody_behind,
              secrets_stand_in_no_arguments_or_environment, a_restart_of_the_agent_changes_no_state,
              checks_are_tried_by_hand_and_bad_ones_refused, the_worker_says_what_it_is)
