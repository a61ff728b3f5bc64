"""What Grafana and Prometheus read: the dashboards' expressions, the controller's own metrics, its rules and alerts; and the two
commands that show the same to people."""
import json
import pathlib
import re
import time
import urllib.parse

from fleet import Fleet, eventually, expect, run_cases
from http_client import Port

DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "docs/operate/grafana"
# What a test's host has in any machine; a container may lack disks, sensors and pressure.
MUST_HAVE = ("node_boot_time_seconds", "node_cpu_seconds_total", "node_memory_MemAvailable_bytes", "node_load1")
RULES = """groups:
- name: always
  rules:
  - {alert: AlwaysLoaded, expr: node_load1 >= 0, labels: {severity: page}, annotations: {summary: 'load {{ $value }}'}}
"""


def expressions():
    """(dashboard, panel, expression) with Grafana's variables replaced as Grafana would."""
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                text = target["expr"].replace("$__rate_interval", "1m").replace("$host", "web-1")
                yield path.name, panel["title"], text


def with_hosts(fleet):
    fleet.start_controller()
    port = Port(fleet.ask("status")["http_endpoint"])
    for host in ("web-1", "web-2"):
        fleet.add_agent(host)
        fleet.wait_until_up(host)
    rate = urllib.parse.quote("count(rate(node_cpu_seconds_total[1m]))")
    eventually("rates can be taken", lambda: port.data(f"/api/v1/query?query={rate}")["result"])
    return port


def every_panel_of_the_dashboards_is_answered():
    with Fleet("http: {listen: '127.0.0.1:0'}\n") as fleet:
        port = with_hosts(fleet)
        asked = 0
        for board, title, text in expressions():
            expect("$" not in text, f"{board}: {title}: a variable that nobody replaces: {text}")
            now = time.time()
            form = urllib.parse.urlencode({"query": text, "start": now - 60, "end": now, "step": 15})
            data = port.data("/api/v1/query_range", form)
            names = set(re.findall(r"\b(?:node|container)_\w+", text))
            if names <= set(MUST_HAVE) or "or vector(0)" in text:
                expect(data["result"], f"{board}: {title}: nothing is found: {text}")
            asked += 1
        expect(asked >= 40, f"only {asked} expressions")
        variable = port.data("/api/v1/label/instance/values?match[]=node_boot_time_seconds")
        expect(variable == ["web-1", "web-2"], f"the variable's hosts: {variable}")


def the_controller_tells_of_itself():
    with Fleet("http: {listen: '127.0.0.1:0'}\n") as fleet:
        port = with_hosts(fleet)
        # What the link counts is of a second ago.
        eventually("both agents are counted", lambda: "\nvigie_agents_connected 2\n" in port.ask("/metrics")[2])
        status, headers, text = port.ask("/metrics")
        expect(status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), f"{status} {headers}")

        def value(name):
            found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
            expect(found, f"no {name} in\n{text}")
            return float(found.group(1))
        expect(value('vigie_hosts{state="up"}') == 2, "two hosts")
        expect(value("vigie_samples_ingested_total") > 100, "samples")
        expect(value("vigie_commit_duration_seconds_count") > 0 and value("vigie_store_bytes") > 1000, "the store")
        expect(value('vigie_http_requests_total{code="200"}') > 0, "its own requests")
        expect(value("process_resident_memory_bytes") > 1 << 20 and value("process_cpu_seconds_total") > 0, "the process")
        expect(abs(value("process_start_time_seconds") - time.time()) < 600, "its start")
        _, headers, text = port.ask("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        expect(headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"), f"{headers}")
        expect(text.endswith("# EOF\n") and "# TYPE vigie_samples_ingested counter\n" in text, "OpenMetrics")


def rules_and_alerts_are_shown():
    with Fleet() as fleet:
        rules = fleet.folder / "always.yaml"
        rules.write_text(RULES)
        fleet.controller_extra = f"http: {{listen: '127.0.0.1:0'}}\nrule_files: [{rules}]\n"
        port = with_hosts(fleet)

        def firing():
            return [one for one in port.data("/api/v1/alerts")["alerts"] if one["state"] == "firing"]
        alerts = eventually("both hosts' alerts fire", lambda: firing() if len(firing()) == 2 else None)
        expect({one["labels"]["instance"] for one in alerts} == {"web-1", "web-2"}, f"of both hosts: {alerts}")
        group = port.data("/api/v1/rules")["groups"][0]
        expect(group["name"] == "always" and group["file"] == str(rules), f"{group}")
        rule = group["rules"][0]
        expect(rule["state"] == "firing" and rule["query"] == "node_load1 >= 0" and len(rule["alerts"]) == 2, f"{rule}")
        expect(port.data("/api/v1/rules?type=record")["groups"][0]["rules"] == [], "no recording rule")


def people_see_hosts_and_series():
    with Fleet("http: {listen: '127.0.0.1:0'}\n") as fleet:
        with_hosts(fleet)
        eventually("two readings, of which there is a rate",
                   lambda: all(host["cpu_percent"] is not None for host in fleet.ask("top")))
        hosts = fleet.ask("top", "--sort", "host")
        expect([host["host"] for host in hosts] == ["web-1", "web-2"], f"{hosts}")
        expect(all(0 <= host["cpu_percent"] <= 100 and host["cpus"] >= 1 and 0 < host["memory_percent"] < 100 for host in hosts),
               f"{hosts}")
        table = fleet.run("vigie", "--socket", fleet.socket, "top").stdout
        expect(table.startswith("HOST ") and table.count("\n") == 3, f"one table in a pipe: {table}")
        found = fleet.ask("series", "find", "node_cpu_seconds_total", "instance=web-1", "mode=idle")
        expect(found["series_total"] == hosts[0]["cpus"] and not found["is_cut"], f"{found}")
        names = fleet.ask("series", "find")
        expect({"name": "node_load1", "series": 2} in names["names"], "names are counted")
        text = fleet.run("vigie", "--socket", fleet.socket, "series", "find", "instance=web-1", "--limit", "2").stdout
        expect("\nCUT: 2 of " in text, f"what is cut is told: {text}")


if __name__ == "__main__":
    run_cases(every_panel_of_the_dashboards_is_answered, the_controller_tells_of_itself, rules_and_alerts_are_shown,
              people_see_hosts_and_series)
