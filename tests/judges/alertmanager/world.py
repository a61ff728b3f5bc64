"""Both sides: one configuration, one way to say that an alert fires or is over, and what each told of it."""
import copy
import json

from light_agent import ask_operator, enrol_all, now_ms, samples

import scenarios

ALERTS = ("A", "B", "C", "S", "T")
HOST = "judge"
SUMMARY = "{{ $labels.which }} of {{ $labels.node }}"


def slug(name):
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def rules():
    """An alert of each name, of the series that are 1. Its labels are the series'."""
    listed = "".join(f"  - {{alert: {name}, expr: 'judge_alert{{which=\"{name}\"}} > 0', annotations: {{summary: '{SUMMARY}'}}}}\n"
                     for name in ALERTS)
    return f"groups:\n- name: judge\n  rules:\n{listed}"


def configuration(all_scenarios, url):
    """alertmanager.yml for all scenarios, as JSON, which is YAML. `url`: of the webhook, up to a scenario's name."""
    config = {"global": {"resolve_timeout": "5m"}, "receivers": [{"name": "nobody"}], "inhibit_rules": [], "time_intervals": [],
              "route": {"receiver": "nobody", "group_by": ["alertname"], "group_wait": scenarios.span(scenarios.WAIT),
                        "group_interval": scenarios.span(scenarios.INTERVAL), "repeat_interval": scenarios.span(scenarios.REPEAT),
                        "routes": []}}
    for one in all_scenarios:
        name = slug(one.name)
        children = copy.deepcopy(one.routes)
        for interval, parts in one.intervals.items():
            config["time_intervals"].append({"name": f"{name}-{interval}", "time_intervals": parts})
        for child in children:
            for key in ("mute_time_intervals", "active_time_intervals"):
                if key in child:
                    child[key] = [f"{name}-{interval}" for interval in child[key]]
        config["route"]["routes"].append({"match": {"scenario": name}, "receiver": name, **one.route, "routes": children})
        webhooks = [{"url": f"{url}/{name}", **one.webhook}]
        if one.second:
            webhooks.append({"url": f"{url}/{name}", **one.webhook})
        config["receivers"].append({"name": name, "webhook_configs": webhooks})
        for rule in one.inhibit:
            config["inhibit_rules"].append({**rule, "equal": [*rule.get("equal", []), "scenario"],
                                            "source_match": {**rule.get("source_match", {}), "scenario": name}})
    return json.dumps(config, indent=1)


def key_of(scenario, alert):
    return f"{slug(scenario.name)}/{alert}"


def series_labels(scenario, alert):
    which, node = alert.split(".")
    return {"scenario": slug(scenario.name), "which": which, "node": node, **scenario.labels.get(alert, {})}


def series_key(labels):
    def quoted(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return "judge_alert{" + ",".join(f"{name}={quoted(value)}" for name, value in sorted(labels.items())) + "}"


class Ours:
    """A controller with the routes, and one host that reports each alert as a series of 0 or 1."""

    def __init__(self, fleet, context, config):
        self.fleet, self.context = fleet, context
        rules_file = fleet.folder / "rules.yml"
        rules_file.write_text(rules())
        routes = fleet.folder / "ours.yml"
        routes.write_text(config)
        fleet.controller_extra = f"rule_files: [{rules_file}]\nalertmanager_file: {routes}\n"
        self.status = fleet.start_controller()
        self.agent = enrol_all(fleet, context, [HOST])[0]
        self.agent.open(context, self.status["endpoint"], self.status["public_key"])
        self.values = {}  # series key -> 0 or 1
        self.read_at = 0

    def set(self, states):
        """Of (labels of a series, whether it fires)."""
        for labels, fires in states:
            self.values[series_key(labels)] = 1 if fires else 0
        self.read_at = max(now_ms(), self.read_at + 1)
        self.agent.add(samples(list(self.values), list(self.values.values()), self.read_at))
        self.step()

    def step(self):
        self.agent.step()

    def caught_up(self):
        self.step()
        return self.agent.acked + 1 == self.agent.next

    def silence(self, matchers):
        return ask_operator(self.fleet.socket, "silences.create", matchers=matchers, comment="judge", **{"for": "1h"})["id"]

    def expire(self, silence):
        ask_operator(self.fleet.socket, "silences.expire", id=silence)

    def end(self):
        self.agent.close()


class Posts:
    """What a side's webhook got, by scenario, since `began`."""

    def __init__(self, webhook, began):
        self.by_name = {}
        for line in webhook.received.read_text().splitlines():
            post = json.loads(line)
            self.by_name.setdefault(post["path"].strip("/").split("/")[-1], []).append((post["at"] - began, post["body"]))

    def of(self, scenario):
        return self.by_name.get(slug(scenario.name), [])


def alert_text(alert):
    labels = alert["labels"]
    return f"{'-' if alert['status'] == 'resolved' else ''}{labels['which']}.{labels['node']}"


def plain(body):
    """A message without what must differ: times, addresses, and who made the alert."""
    body = copy.deepcopy(body)
    body.pop("externalURL")
    for alert in body["alerts"]:
        for key in ("startsAt", "generatorURL"):
            alert.pop(key)
        alert["endsAt"] = alert["endsAt"] if alert["status"] == "firing" else "over"
    return body
