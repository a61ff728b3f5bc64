"""A thousand alerts in one second, from fifty hosts, at a real controller: grouped, told within five seconds, none lost and none
twice; also when the controller is killed in the middle of it."""
import os
import time

import zmq

from fleet import Fleet, Webhook, eventually, expect, run_cases
from light_agent import ask_operator, enrol_all, step_until

HOSTS = 50
UNITS = 20  # of each host: 1,000 alerts
SECONDS_MAX = 5
# More than before the storm. The address sanitizer keeps what is freed, up to 256 MiB.
MEBIBYTES_MAX = 64
MEBIBYTES_MAX_SANITIZED = 64 + 256
RULES = """groups:
- name: storm
  rules:
  - {alert: Storm, expr: light_storm > 0}
"""
ROUTES = """route: {{receiver: page, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 24h}}
receivers: [{{name: page, webhook_configs: [{{url: '{url}/page'}}]}}]
"""


def names():
    return {f'light_storm{{unit="{unit}"}}': 0 for unit in range(UNITS)}


def configured(fleet, webhook):
    rules, routes = fleet.folder / "rules.yaml", fleet.folder / "alertmanager.yml"
    rules.write_text(RULES)
    routes.write_text(ROUTES.format(url=webhook.url))
    fleet.controller_extra = f"rule_files: [{rules}]\nalertmanager_file: {routes}\n"


def opened(fleet, context):
    status = fleet.start_controller()
    agents = enrol_all(fleet, context, [f"light-{number}" for number in range(HOSTS)])
    for agent in agents:
        agent.open(context, fleet.ports[0], status["public_key"])
        agent.read(**names())
    step_until("the calm is stored", agents, lambda: all(agent.acked == agent.next - 1 for agent in agents))
    return agents


def told(webhook):
    """How often each alert was told as firing, and in how many POSTs."""
    times = {}
    posts = {page["at"]: page for page in webhook.pages("Storm", "firing")}
    for page in posts.values():
        for alert in page["body"]["alerts"]:
            key = (alert["labels"]["instance"], alert["labels"]["unit"])
            times.setdefault(key, []).append(page["headers"]["idempotency-key"])
    return times, list(posts.values())


def resident_mib(process):
    with open(f"/proc/{process.child.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS:"))


def mebibytes_max(process):
    with open(f"/proc/{process.child.pid}/maps", encoding="utf-8") as maps:
        return MEBIBYTES_MAX_SANITIZED if "libasan" in maps.read() else MEBIBYTES_MAX


def storm(agents):
    for agent in agents:
        agent.read(**dict.fromkeys(names(), 1))


def a_thousand_alerts_are_told_within_seconds_and_once():
    context = zmq.Context()
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        configured(fleet, webhook)
        agents = opened(fleet, context)
        try:
            before = resident_mib(fleet.controller)
            began = time.time()
            storm(agents)
            step_until("all is told", agents, lambda: len(told(webhook)[0]) == HOSTS * UNITS)
            times, posts = told(webhook)
            took = max(page["at"] for page in posts) - began
            grown = resident_mib(fleet.controller) - before
            # On a busy machine as many times longer as there are more that want to run than processors.
            crowd = max(1.0, os.getloadavg()[0] / os.cpu_count())
            expect(took <= SECONDS_MAX * crowd, f"the last was told after {took:.1f} s")
            expect(grown <= mebibytes_max(fleet.controller), f"the controller grew by {grown:.0f} MiB")
            step_until("nothing is owed", agents,
                       lambda: ask_operator(fleet.socket, "status")["notifications"]["queued"] == 0)
            for agent in agents:
                agent.read(**dict.fromkeys(names(), 0))
            step_until("all is over", agents, lambda: webhook.pages("Storm", "resolved"))
            times, posts = told(webhook)
            # A group that had not all of them yet tells of those again with the others, as Alertmanager does: that is another message.
            expect(len(posts) <= 4, f"1,000 alerts of one second took {len(posts)} messages")
            repeated = [key for key, keys in times.items() if len(keys) != len(set(keys))]
            expect(not repeated, f"one message was told twice: {repeated[:5]}")
            print(f"  told after {took:.2f} s in {len(posts)} messages, {grown:.0f} MiB more")
        finally:
            for agent in agents:
                agent.close()


def a_kill_in_the_middle_loses_none():
    context = zmq.Context()
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        configured(fleet, webhook)
        agents = opened(fleet, context)
        try:
            storm(agents)
            step_until("some are stored", agents, lambda: any(agent.acked == agent.next - 1 for agent in agents))
            fleet.controller.kill()
            fleet.start_controller()
            step_until("all is told", agents, lambda: len(told(webhook)[0]) == HOSTS * UNITS)
            eventually("nothing is owed", lambda: ask_operator(fleet.socket, "status")["notifications"]["queued"] == 0)
        finally:
            for agent in agents:
                agent.close()


if __name__ == "__main__":
    run_cases(a_thousand_alerts_are_told_within_seconds_and_once, a_kill_in_the_middle_loses_none)
