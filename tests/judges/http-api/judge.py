#!/usr/bin/env python3
"""Compares the controller's HTTP API with Debian's prometheus: the same samples, reported to a controller by agents and written
to prometheus, then the same requests to both. Status, content type and JSON must be equal, numbers to 1e-9."""
import collections
import gzip
import http.client
import json
import pathlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
os.environ.setdefault("VIGIE_BIN_DIR", str(ROOT / "build/release/bin"))
sys.path += [str(ROOT / "tests/process"), str(HERE.parent / "promql")]

try:
    import zmq
    from light_agent import enrol_all, samples as entry_of, step_until
except ImportError as missing:
    # Debian's packages are for Debian's Python, which need not be the first in PATH.
    if sys.prefix != "/usr" and pathlib.Path("/usr/bin/python3").exists():
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit(f"judge http-api: {missing}: install python3-zmq and python3-msgpack\n0 passed, 1 failed")

from fleet import Failed, Fleet

import calls
import compare
import grafana
import known
import peer
from reports import Reports

TIMEOUT_S = 60
# The hosts say nothing more once their samples are stored: an alert of their silence would have series of its own.
HEARTBEAT = "5m"


class Side:
    """One of the two servers, asked over one connection."""

    def __init__(self, host, port):
        self.place = f"{host}:{port}"
        self.connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)

    def ask(self, call):
        self.connection.request(call.method, call.target, call.body, call.headers)
        return self.taken(self.connection.getresponse(), call.is_ordered)

    def ask_bytes(self, bytes_of_request):
        """The request as it stands; the answer by http.client's parser."""
        if self.connection.sock is None:
            self.connection.connect()
        self.connection.sock.sendall(bytes_of_request.replace(grafana.PLACE, self.place.encode()))
        response = http.client.HTTPResponse(self.connection.sock, method=bytes_of_request.split(b" ")[0].decode())
        response.begin()
        return self.taken(response, False)

    def own_series_since(self, start_s):
        """What the controller itself wrote of its hosts while they reported: rows as Prometheus is given them."""
        asked = f'{{__name__=~"up|vigie_host_.*"}}[{int(time.time() - start_s)}s]'
        self.connection.request("GET", f"/api/v1/query?query={urllib.parse.quote(asked)}")
        series = json.load(self.connection.getresponse())["data"]["result"]
        return [(one["metric"], round(float(at) * 1000), float(value)) for one in series for at, value in one["values"]]

    @staticmethod
    def taken(response, is_ordered):
        body = response.read()
        if response.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = {"status": response.status, "type": response.getheader("Content-Type"), "body": compare.parsed(body.decode())}
        compare.ordered(answer["body"], is_ordered)
        return answer


class Judge:
    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.passed = self.failed = 0
        self.left_out = {}
        self.kinds = collections.Counter()

    def count(self, name, what):
        if what is None:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name}: {what}", flush=True)

    def compare(self, name, ours, theirs, words):
        self.kinds[theirs["status"]] += 1
        skip = known.differences(name)
        for what, reason in skip.items():
            self.left_out.setdefault(f"{what} of {name}"[:100], reason)
        if known.ALL in skip:
            return
        for answer in (ours, theirs):
            if "body" in skip:
                answer.pop("body")
                answer.pop("type")
            elif not words and isinstance(answer["body"], dict):
                answer["body"].pop("error", None)
        self.count(name, compare.difference(ours, theirs))

    def run(self, reports):
        for call in calls.all_of_them(reports):
            self.compare(call.name(), self.ours.ask(call), self.theirs.ask(call), call.words)
        for name, asked in grafana.requests(reports.start_s, reports.end_s):
            name += ": " + asked.split(b" HTTP")[0].decode()
            self.compare(name, self.ours.ask_bytes(asked), self.theirs.ask_bytes(asked), False)


    def check_metrics(self, promtool):
        """That promtool has nothing to say of the controller's own metrics."""
        self.ours.connection.request("GET", "/metrics")
        page = self.ours.connection.getresponse().read()
        done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, timeout=TIMEOUT_S)
        said = (done.stdout + done.stderr).decode().strip()
        self.count("promtool check metrics", None if done.returncode == 0 and not said else f"exit {done.returncode}: {said}")


def report_to_controller(fleet, reports):
    context = zmq.Context()
    try:
        agents = enrol_all(fleet, context, list(reports.hosts))
        status = fleet.ask("status")
        for agent in agents:
            for at, values in reports.by_time(agent.host):
                agent.add(entry_of(list(values), list(values.values()), at))
            agent.open(context, status["endpoint"], status["public_key"])
        step_until("the controller has all samples", agents, lambda: all(one.acked + 1 == one.next for one in agents), 300)
        for agent in agents:
            agent.close()
    finally:
        context.term()


def run():
    with tempfile.TemporaryDirectory(prefix="vigie-judge-http-") as name, \
            Fleet("http: {listen: '127.0.0.1:0'}\n", heartbeat=HEARTBEAT) as fleet:
        reports = Reports()
        fleet.start_controller()
        report_to_controller(fleet, reports)
        # After a start it writes nothing of hosts that are not back.
        fleet.controller.stop()
        fleet.start_controller()
        host, _, port = fleet.ask("status")["http_endpoint"].rpartition(":")
        ours = Side(host, int(port))
        theirs = peer.Prometheus(pathlib.Path(name), sorted([*reports.remote_write(), *ours.own_series_since(reports.end_s)], key=lambda row: row[1]))
        try:
            judge = Judge(ours, Side("127.0.0.1", theirs.port))
            judge.run(reports)
            judge.check_metrics(theirs.programs / "promtool")
        finally:
            theirs.end()
    return judge


def main():
    try:
        judge = run()
    except (OSError, RuntimeError, Failed) as error:
        print(f"FAILED  prometheus and the controller run: {error}\n0 passed, 1 failed")
        return 1
    for what, reason in judge.left_out.items():
        print(f"left out {what}: {reason}")
    print("answers: " + ", ".join(f"{count} with status {status}" for status, count in sorted(judge.kinds.items())))
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed or not judge.passed else 0


if __name__ == "__main__":
    sys.exit(main())
