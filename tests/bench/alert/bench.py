#!/usr/bin/env python3
"""From a value that crosses its threshold to the webhook's POST, beside Prometheus and Alertmanager. See README.md."""
import argparse
import contextlib
import datetime
import http.server
import json
import math
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
os.environ.setdefault("VIGIE_BIN_DIR", str(ROOT / "build/release/bin"))
sys.path += [str(ROOT / folder) for folder in ("tests/bench/agent", "tests/judges/alertmanager", "tests/process")]

from fleet import Failed, Fleet, eventually  # noqa: E402
from peers import PackageMissing, PeerMissing  # noqa: E402

from chain import PEER, Chain  # noqa: E402

HOST = "bench"
PATIENCE_SECONDS = 30

# Prometheus evaluates a group each second at a moment of it that the group's name decides: with several groups the repeats
# meet several of them, and not one that is early or late by luck.
LANES = 10
RULES = "groups:\n" + "".join(
    f"- {{name: bench-{lane}, rules: [{{alert: BenchCrossed, expr: 'bench_value{{lane=\"{lane}\"}} > 0.5'}}]}}\n" for lane in range(LANES))

SETTINGS = [f"{{alert: BenchCrossed, group: bench-{lane}, damp_flapping: false}}" for lane in range(LANES)]
# Of the controller's configuration: each alert of its own and at once, and no flapping that holds a page back.
OURS = """rule_files: [{rules}]
rule_settings: [{settings}]
webhooks: [{{name: bench, url: '{url}/ours'}}]
"""


def note(text):
    print(f"bench alert: {text}", file=sys.stderr, flush=True)


def unix_seconds(rfc3339):
    return datetime.datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp()


class Crossings:
    """One series for each repeat, 0 until it crosses: in a text file that the agent and node_exporter both read."""

    def __init__(self, folder, count):
        self.folder = folder
        self.values = [0] * count
        folder.mkdir()
        self.write()

    def write(self):
        lines = ["# TYPE bench_value gauge", *(f'bench_value{{lane="{number % LANES}",round="{number}"}} {value}'
                                                         for number, value in enumerate(self.values))]
        beside = self.folder / ".bench"
        beside.write_text("\n".join(lines) + "\n")
        crossed_at = time.time()
        os.rename(beside, self.folder / "bench.prom")
        return crossed_at

    def cross(self, number):
        """Gives when both sides could first have read the new value."""
        self.values[number] = 1
        return self.write()


class Webhook:
    """Both sides' receiver in this process: when the first POST of each repeat came, and its alert."""

    def __init__(self):
        self.posts = {"/ours": {}, "/theirs": {}}
        self.came = threading.Condition()
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                at = time.time()
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                webhook.take(self.path, at, body["alerts"])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, path, at, alerts):
        with self.came:
            for alert in alerts:
                if alert["labels"]["alertname"] == "BenchCrossed" and alert["status"] == "firing":
                    self.posts[path].setdefault(int(alert["labels"]["round"]), (at, alert))
            self.came.notify_all()

    def wait_for(self, number):
        with self.came:
            both = lambda: all(number in posts for posts in self.posts.values())  # noqa: E731
            if not self.came.wait_for(both, PATIENCE_SECONDS):
                late = [path for path, posts in self.posts.items() if number not in posts]
                raise PeerMissing(f"repeat {number} was not told to {late} within {PATIENCE_SECONDS} s")


def percentile(values, share):
    """The nearest rank."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def line(figure, ours, theirs, share):
    mine, peers = (percentile(values, share) * 1000 for values in (ours, theirs))
    return {"figure": figure, "value": round(mine, 1), "unit": "ms", "peer": PEER, "peer_value": round(peers, 1),
            "ratio": round(peers / mine, 2)}


def figures(crossed_at, webhook, read_at):
    """`read_at`: when the peer scraped each crossing. Ours says it itself: without `for` an alert starts with its sample."""
    numbers = range(len(crossed_at))
    ours, theirs = webhook.posts["/ours"], webhook.posts["/theirs"]
    our_reading = [ours[i][0] - unix_seconds(ours[i][1]["startsAt"]) for i in numbers]
    their_reading = [theirs[i][0] - read_at[i] for i in numbers]
    yield line("reading_to_post_p50_ms", our_reading, their_reading, 0.5)
    yield line("reading_to_post_p99_ms", our_reading, their_reading, 0.99)
    yield line("crossing_to_post_p50_ms", [ours[i][0] - crossed_at[i] for i in numbers],
               [theirs[i][0] - crossed_at[i] for i in numbers], 0.5)


def cross_all(crossings, webhook, repeats, seed):
    """At random phases of everybody's seconds."""
    chance = random.Random(seed)
    crossed_at = []
    for number in range(repeats):
        time.sleep(1 + chance.random())
        crossed_at.append(crossings.cross(number))
        webhook.wait_for(number)
    return crossed_at


def start_ours(fleet, webhook, crossings):
    rules = fleet.folder / "rules.yaml"
    rules.write_text(RULES)
    fleet.controller_extra = OURS.format(rules=rules, settings=", ".join(SETTINGS), url=webhook.url)
    fleet.start_controller()
    fleet.add_agent(HOST, f"collectors: {{textfile: {{directory: {crossings.folder}}}}}\n", interval="1s")
    count = lambda: [row for row in fleet.ask("metrics", HOST) if row["name"] == "bench_value"]  # noqa: E731
    eventually("the controller has the series", lambda: len(count()) == len(crossings.values))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench alert", description=__doc__)
    parser.add_argument("--repeats", type=int, default=40, help="crossings to measure (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments between seconds (default 1)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-bench-")))
        webhook = Webhook()
        crossings = Crossings(folder / "textfiles", options.repeats)
        try:
            chain = Chain(stack, folder, crossings.folder, RULES, webhook.url + "/theirs")
            start_ours(stack.enter_context(Fleet()), webhook, crossings)
            chain.wait_until_scraped(options.repeats)
            crossed_at = cross_all(crossings, webhook, options.repeats, options.seed)
            read_at = chain.first_read_above(options.repeats)
        except (PackageMissing, PeerMissing, Failed, RuntimeError) as why:
            raise SystemExit(f"bench alert: {why}") from why
        note("load of the machine %.2f %.2f %.2f" % os.getloadavg())
        for one in figures(crossed_at, webhook, read_at):
            print(json.dumps(one), flush=True)


if __name__ == "__main__":
    main()
