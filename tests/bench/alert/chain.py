"""Debian's node_exporter, Prometheus and Alertmanager in a row, unpacked into a cache, each second: what is measured beside."""
import json
import urllib.parse
import urllib.request

import peer
from peers import NodeExporter, free_port, running, unpacked, wait_until

PEER = "prometheus+alertmanager"

SCRAPES = """global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
- {{job_name: node, static_configs: [{{targets: ['{target}']}}]}}
alerting:
  alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]
"""

# Each alert a group of its own and without a wait, so that no message waits for the one before.
ROUTES = """route: {{receiver: bench, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: bench, webhook_configs: [{{url: '{url}'}}]}}]
"""


class Chain:
    def __init__(self, stack, folder, textfiles, rules, webhook_url):
        """PackageMissing or PeerMissing when one of them can't be had."""
        self.exporter = NodeExporter(stack, folder, textfiles)
        unpacked("prometheus-alertmanager")
        self.alertmanager = peer.Alertmanager(folder, ROUTES.format(url=webhook_url))
        stack.callback(self.alertmanager.end)
        self.port = free_port()
        (folder / "rules.yml").write_text(rules)
        (folder / "prometheus.yml").write_text(SCRAPES.format(
            rules=folder / "rules.yml", target=urllib.parse.urlsplit(self.exporter.url).netloc, alertmanager=self.alertmanager.port))
        log = stack.enter_context(open(folder / "prometheus.log", "wb"))
        stack.enter_context(running(
            [unpacked("prometheus") / "usr/bin/prometheus", f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/prometheus", f"--web.listen-address=127.0.0.1:{self.port}"], log))
        wait_until(self.is_ready, "prometheus did not get ready")

    def ask(self, expression):
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{query}", timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    def is_ready(self):
        try:
            return isinstance(self.ask("1"), list)
        except OSError:
            return False

    def wait_until_scraped(self, count):
        wait_until(lambda: len(self.ask("bench_value")) == count, "prometheus has not scraped all series")

    def first_read_above(self, count):
        """When Prometheus first read each crossing: the time of its scrape, in Unix seconds."""
        found = {}
        for series in self.ask("bench_value[1h]"):
            above = [at for at, value in series["values"] if float(value) > 0.5]
            found[int(series["metric"]["round"])] = above[0]
        return [found[number] for number in range(count)]
