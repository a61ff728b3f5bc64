"""Debian's prometheus on loopback: unpacked, filled, asked and ended."""
import http.client
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse

import remote_write

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge
from free_port import free_port

TIMEOUT_S = 60
ROWS_AT_ONCE = 2000


def unpack():
    """The folder of prometheus and promtool from their Debian package."""
    return unpacked_for_judge("prometheus") / "usr/bin"


def labels_of(series):
    name, _, rest = series.partition("{")
    labels = {"__name__": name}
    for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', rest):
        labels[label] = value
    return labels


def rows_of(samples):
    """Samples as remote write takes them, by time."""
    return [(labels_of(series), int(at * 1000), value) for at, series, value in samples.by_time()]


class Prometheus:
    def __init__(self, folder, rows, openmetrics=None):
        """Filled with blocks of an OpenMetrics file, if there is one, and then with rows of (labels, unix ms, value) by time."""
        self.folder = folder
        self.programs = unpack()
        blocks = folder / "data"
        if openmetrics:
            subprocess.run([self.programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", openmetrics, blocks],
                           check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)
        (folder / "prometheus.yml").write_text("global: {evaluation_interval: 1m}\n")
        self.port = free_port()
        self.log = open(folder / "prometheus.log", "w")
        self.process = subprocess.Popen(
            [self.programs / "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={blocks}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=100y",
             "--web.enable-remote-write-receiver", "--query.lookback-delta=5m"],
            stdout=self.log, stderr=self.log)
        try:
            self.fill(rows)
        except BaseException:
            self.end()
            raise
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def fill(self, rows):
        self.wait_until_ready()
        for at in range(0, len(rows), ROWS_AT_ONCE):
            remote_write.send(f"http://127.0.0.1:{self.port}/api/v1/write", rows[at:at + ROWS_AT_ONCE])

    def wait_until_ready(self):
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/-/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("prometheus did not start: " + (self.folder / "prometheus.log").read_text()[-2000:])

    def get(self, path, **parameters):
        body = urllib.parse.urlencode(parameters)
        self.connection.request("POST", "/api/v1/" + path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return json.loads(self.connection.getresponse().read())

    def ask(self, question):
        """The answer to a question in the form that judge_promql reads."""
        if "step" in question:
            return self.get("query_range", query=question["query"], start=question["start"] / 1000,
                            end=question["end"] / 1000, step=question["step"] / 1000)
        return self.get("query", query=question["query"], time=question["time"] / 1000)

    def printed(self, query):
        answer = self.get("format_query", query=query)
        return answer["data"] if answer["status"] == "success" else None

    def end(self):
        self.process.terminate()
        self.process.wait(TIMEOUT_S)
        self.log.close()
