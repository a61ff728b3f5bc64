"""Routes of an alertmanager.yml on real processes: one message for a group, silences, and a kill -9 that neither repeats nor loses a
page."""
from fleet import Fleet, Webhook, eventually, expect, run_cases

RULES = """groups:
- name: hosts
  rules:
  - {alert: Up, expr: node_load1 >= 0, labels: {team: ops}}
  - {alert: AlsoUp, expr: node_load5 >= 0, labels: {team: ops}}
  - {alert: Quiet, expr: node_load15 >= 0, labels: {team: none}}
"""

ROUTES = """route:
  receiver: nobody
  routes:
  - {{receiver: ops, match: {{team: ops}}, group_by: [alertname], group_wait: 3s, group_interval: 1s, repeat_interval: 1h}}
inhibit_rules:
- {{source_match: {{alertname: Up}}, target_match: {{alertname: AlsoUp}}, equal: [instance]}}
receivers:
- name: nobody
- name: ops
  webhook_configs: [{{url: '{url}/ops'}}]
"""


def routed(fleet, webhook):
    rules = fleet.folder / "rules.yaml"
    rules.write_text(RULES)
    routes = fleet.folder / "alertmanager.yml"
    routes.write_text(ROUTES.format(url=webhook.url))
    fleet.controller_extra = f"rule_files: [{rules}]\nalertmanager_file: {routes}\n"


def instances(page):
    return sorted(alert["labels"]["instance"] for alert in page["body"]["alerts"])


def a_group_is_one_message_and_is_not_repeated_after_a_kill():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        routed(fleet, webhook)
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
        both = lambda: [page for page in webhook.pages("Up") if instances(page) == ["web-1", "web-2"]]
        told = eventually("both hosts in one message", both)[0]["body"]
        expect(told["receiver"] == "ops" and told["groupLabels"] == {"alertname": "Up"}, f"the message: {told}")
        expect(told["groupKey"] == '{}/{team="ops"}:{alertname="Up"}', f"its key: {told['groupKey']}")
        posts = len(webhook.pages("Up"))

        fleet.controller.kill()
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.wait_until_up(host)
        # Told after what a repetition would have come with: the group's wait begins anew with the process.
        fleet.add_agent("web-3")
        eventually("the third host", lambda: [page for page in webhook.pages("Up") if "web-3" in instances(page)])
        pages = webhook.pages("Up")
        repeated = [page for page in pages[posts:] if "web-3" not in instances(page)]
        expect(not repeated, f"told again: {[instances(page) for page in repeated]}")
        for alert in ("AlsoUp", "Quiet"):
            expect(not webhook.pages(alert), f"{alert} is inhibited or has no channel, and was told: {webhook.pages(alert)}")


def a_silence_is_kept_over_a_kill_and_its_end_tells():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        routed(fleet, webhook)
        fleet.start_controller()
        made = fleet.ask("silences", "create", "instance=web-1", "alertname=~\"Up|AlsoUp\"", "--for", "1h", "--comment", "new disks")
        fleet.controller.kill()
        fleet.start_controller()
        kept = fleet.ask("silences", "list")
        expect([one["id"] for one in kept] == [made["id"]], f"after the kill: {kept}")
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
        eventually("the other host", lambda: webhook.pages("Up"))
        expect(all(instances(page) == ["web-2"] for page in webhook.pages("Up")), "a silenced host was told")
        held = fleet.ask("silences", "show", made["id"][:8])["alerts"]
        expect(sorted(one["alertname"] for one in held) == ["AlsoUp", "Up"], f"what it holds: {held}")
        where = fleet.ask("alerts", "routes", "test", "team=ops", "alertname=Up", "instance=web-1")
        expect([one["receiver"] for one in where] == ["ops"] and "silenced by" in where[0]["now"], f"the route: {where}")
        fleet.ask("silences", "expire", made["id"])
        eventually("the silenced host", lambda: [page for page in webhook.pages("Up") if "web-1" in instances(page)])


if __name__ == "__main__":
    run_cases(a_group_is_one_message_and_is_not_repeated_after_a_kill, a_silence_is_kept_over_a_kill_and_its_end_tells)
