#!/usr/bin/env python3
"""A thousand hosts whose alerts fire in the same second, on one controller and one webhook. See README.md."""
import argparse
import contextlib
import datetime
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", ROOT / "build/release/bin"))
spec = importlib.util.spec_from_file_location("link_bench", ROOT / "tests/bench/link/bench.py")
link = importlib.util.module_from_spec(spec)
spec.loader.exec_module(link)

INTERVAL_SECONDS = 1  # each host is read once in each second, at a moment of its own: all cross within one
GROUP_WAIT_SECONDS = 1
DELIVERED_SECONDS = 5
MEBIBYTES = 64
PATIENCE_SECONDS = 60
CALM_SECONDS = 5
LISTS = 20

RULES = """groups:
- name: storm
  rules:
  - {alert: Storm, expr: vigie_load_alarm > 0, labels: {severity: page}}
"""
ROUTES = """route: {{receiver: page, group_by: [alertname], group_wait: {wait}s, group_interval: {wait}s, repeat_interval: 24h}}
receivers: [{{name: page, webhook_configs: [{{url: '{url}/page'}}]}}]
"""
CONFIG = link.CONFIG + 'alertmanager_file: "{folder}/alertmanager.yml"\n'


class Controller(link.Controller):
    def __init__(self, folder, url):
        super().__init__(folder)
        (folder / "rules.yaml").write_text(RULES)
        (folder / "alertmanager.yml").write_text(ROUTES.format(wait=GROUP_WAIT_SECONDS, url=url))

    def configure(self, listen, enrol_listen):
        (self.folder / "controller.yaml").write_text(
            CONFIG.format(folder=self.folder, listen=listen, enrol_listen=enrol_listen))


class Webhook:
    """tests/support's receiver as a child; what it took, by host: when first told as firing and as over, and in which POSTs."""
    def __init__(self, folder):
        self.path = folder / "posts.jsonl"
        self.process = subprocess.Popen([sys.executable, ROOT / "tests/support/webhook_receiver.py", self.path],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.file = open(self.path, encoding="utf-8")
        self.rest = ""
        self.posts, self.bytes = 0, 0
        self.told = {"firing": {}, "resolved": {}}
        self.fired_at = {}

    def read(self):
        self.rest += self.file.read()
        *lines, self.rest = self.rest.split("\n")
        for line in lines:
            post = json.loads(line)
            self.posts += 1
            self.bytes += len(line)
            for alert in post["body"]["alerts"]:
                host = alert["labels"]["instance"]
                self.told[alert["status"]].setdefault(host, post["at"])
                if alert["status"] == "firing":
                    self.fired_at.setdefault(host, datetime.datetime.fromisoformat(
                        alert["startsAt"].replace("Z", "+00:00")).timestamp())
        return self

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Memory:
    """The controller's largest resident size while it runs."""
    def __init__(self, pid):
        self.pid, self.most, self.is_over = pid, 0, False
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.is_over:
            self.most = max(self.most, link.rss_mib(self.pid))
            time.sleep(0.05)

    def stop(self):
        self.is_over = True
        self.thread.join()
        return self.most


def turn(loads, webhook, word, status, agents):
    """All agents' alerts turn; gives when the word was given and what was told of whom, after all or after PATIENCE_SECONDS."""
    began = time.time()
    loads.tell(word)
    with contextlib.suppress(link.BenchFailed):
        link.wait_for(f"{word}: all of them told", lambda: len(webhook.read().told[status]) == agents, PATIENCE_SECONDS, 0.05)
    return began, webhook.told[status]


def listing(controller):
    """How long a list of all alerts takes, how it delays a small answer that the main loop gives meanwhile, and how long that loop
    takes to count them."""
    asking, other = controller.operator(), controller.operator()
    took, delays, is_over = [], [], threading.Event()

    def ask_small():
        while not is_over.is_set():
            began = time.monotonic()
            other.ask("alerts.routes.show")
            delays.append((time.monotonic() - began) * 1000)
            time.sleep(0.001)
    thread = threading.Thread(target=ask_small)
    thread.start()
    for _ in range(LISTS):
        began = time.monotonic()
        asking.ask("alerts.list")
        took.append((time.monotonic() - began) * 1000)
    is_over.set()
    thread.join()
    on_loop = []
    for _ in range(LISTS):
        began = time.monotonic()
        asking.ask("status")
        on_loop.append((time.monotonic() - began) * 1000)
    return [sorted(times)[len(times) // 2] for times in (took, delays, on_loop)] + [max(delays)]


def storm(controller, loads, webhook, agents):
    operator = controller.operator()
    before = link.rss_mib(controller.process.pid)
    memory = Memory(controller.process.pid)
    _, told = turn(loads, webhook, "alarm", "firing", agents)
    fired = sorted(webhook.fired_at.values())
    posts = webhook.posts
    time.sleep(2 * GROUP_WAIT_SECONDS + 1)  # what would come twice has come
    most = memory.stop()
    more = webhook.read().posts - posts
    firing = operator.ask("status")["alerts"]["firing"]
    list_ms, small_p50_ms, status_ms, small_max_ms = listing(controller)
    began, over = turn(loads, webhook, "calm", "resolved", agents)
    queued = link.wait_for("the outbox being empty", lambda: operator.ask("status")["notifications"]["queued"] == 0, 30)
    return {
        "alerts_told": len(told), "fired_within_s": fired[-1] - fired[0] if fired else None,
        "delivered_s": max(told.values()) - fired[0] if told else None,
        "last_reading_to_post_s": max(told.values()) - fired[-1] if told else None,
        "posts": posts, "posts_after_all_were_told": more, "post_kib": webhook.bytes / max(webhook.posts, 1) / 1024,
        "rss_growth_mib": most - before, "rss_mib": most, "recovered_s": max(over.values()) - began if over else None,
        "alerts_list_ms": list_ms, "small_answer_p50_ms": small_p50_ms, "small_answer_max_ms": small_max_ms, "status_ms": status_ms,
        "lost": agents - len(told), "never_over": agents - len(over), "firing_unknown": abs(agents - firing),
        "still_owed": 0 if queued else 1}


AIMS = {  # figure: unit, aim
    "alerts_told": ("alerts", None), "fired_within_s": ("s", INTERVAL_SECONDS), "delivered_s": ("s", DELIVERED_SECONDS),
    "last_reading_to_post_s": ("s", None), "posts": ("POSTs", None), "posts_after_all_were_told": ("POSTs", 0),
    "post_kib": ("KiB", None), "rss_growth_mib": ("MiB", MEBIBYTES), "rss_mib": ("MiB", None),
    "recovered_s": ("s", DELIVERED_SECONDS), "alerts_list_ms": ("ms", None), "small_answer_p50_ms": ("ms", None),
    "small_answer_max_ms": ("ms", None), "status_ms": ("ms", None), "lost": ("alerts", 0), "never_over": ("alerts", 0),
    "firing_unknown": ("alerts", 0), "still_owed": ("", 0)}
MUST_HOLD = ("delivered_s", "posts_after_all_were_told", "rss_growth_mib", "recovered_s", "lost", "never_over",
             "firing_unknown", "still_owed")


def figure(name, value):
    unit, aim = AIMS[name]
    ratio = round(aim / value, 2) if aim and value else None
    return {"figure": name, "value": value if value is None else round(value, 3), "unit": unit, "peer": "aim",
            "peer_value": aim, "ratio": ratio}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench storm", description=__doc__)
    parser.add_argument("--agents", type=int, default=1_000, help="how many (default 1,000)")
    parser.add_argument("--folder", help="keep state and logs there (default: a temporary folder, removed at the end)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    link.INTERVAL_SECONDS = INTERVAL_SECONDS
    wrong = False
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        webhook = Webhook(folder)
        stack.callback(webhook.stop)
        controller = Controller(folder, webhook.url)
        stack.callback(controller.stop)
        controller.start()
        loads = link.start_loads(stack, controller, controller.wait_until_answering(), options.agents)
        link.connect(controller, loads, options.agents)
        time.sleep(CALM_SECONDS)
        for name, value in storm(controller, loads, webhook, options.agents).items():
            print(json.dumps(figure(name, value)), flush=True)
            wrong |= name in MUST_HOLD and (value is None or value > AIMS[name][1])
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except link.BenchFailed as error:
        sys.exit(f"bench storm: {error}")
