"""People on call on real processes: a policy's steps over kill -9, an acknowledgement that is kept, a recovery for whoever was called."""
import json

from fleet import Fleet, Webhook, eventually, expect, refused, run_cases

RULES = """groups:
- name: hosts
  rules:
  - {alert: Up, expr: node_load1 >= 0, labels: {severity: page}}
"""

# Each rota has one person: the test may run at a handover.
CONFIG = """rule_files: [{rules}]
webhooks:
- {{name: anna-phone, url: '{url}/anna', called_only: true}}
- {{name: ben-phone, url: '{url}/ben', called_only: true}}
- {{name: team, url: '{url}/team', called_only: true}}
- {{name: log, url: '{url}/log'}}
oncall:
  people:
  - {{name: anna, receiver: anna-phone}}
  - {{name: ben, receiver: ben-phone}}
  rotas:
  - name: primary
    time_zone: Europe/Berlin
    layers: [{{people: [anna], handover: weekly monday 09:00, starts: 2026-01-05}}]
  - name: secondary
    time_zone: Asia/Seoul
    layers: [{{people: [ben], handover: daily 09:00, starts: 2026-01-05}}]
  escalations:
  - name: pages
    matchers: ['severity="page"']
    steps:
    - {{notify: [rota:primary]}}
    - {{after: 8s, notify: [rota:secondary]}}
    - {{after: 20s, notify: [receiver:team]}}
"""


def called(fleet, webhook, config=CONFIG):
    rules = fleet.folder / "rules.yaml"
    rules.write_text(RULES)
    fleet.controller_extra = config.format(rules=rules, url=webhook.url)


def pages(webhook, path, host, status="firing"):
    """The keys of messages to one receiver about one host: an attempt that is repeated has the same."""
    lines = [json.loads(line) for line in webhook.received.read_text().splitlines()]
    return {line["headers"]["idempotency-key"] for line in lines for alert in line["body"]["alerts"]
            if line["path"] == path and alert["status"] == status and alert["labels"]["instance"] == host}


def kill_and_start(fleet):
    fleet.controller.kill()
    fleet.start_controller()


def alert_of(fleet, host):
    return next(one for one in fleet.ask("alerts", "list", "--state", "all") if one["host"] == host and one["alertname"] == "Up")


def each_step_calls_once_over_kills_and_the_recovery_goes_to_those_called():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        called(fleet, webhook)
        fleet.start_controller()
        fleet.add_agent("web-1")
        for path in ("/anna", "/ben", "/team"):
            for _ in range(2):
                kill_and_start(fleet)
            eventually(f"the page to {path}", lambda: pages(webhook, path, "web-1"))
        kill_and_start(fleet)
        # Told after what a repetition would have come with.
        fleet.add_agent("web-2")
        eventually("the second host's last step", lambda: pages(webhook, "/team", "web-2"))
        for path in ("/anna", "/ben", "/team"):
            expect(len(pages(webhook, path, "web-1")) == 1, f"{path} was called: {pages(webhook, path, 'web-1')}")
        expect(alert_of(fleet, "web-1")["called"] == ["anna-phone", "ben-phone", "team"], f"{alert_of(fleet, 'web-1')}")
        fleet.ask("hosts", "remove", "web-1", "--yes")
        for path in ("/anna", "/ben", "/team", "/log"):
            eventually(f"the recovery to {path}", lambda: pages(webhook, path, "web-1", "resolved"))


def an_acknowledgement_is_kept_over_a_kill_and_ends_with_the_alert():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        called(fleet, webhook)
        fleet.start_controller()
        who = {row["rota"]: row["person"] for row in fleet.ask("oncall", "who")}
        expect(who == {"primary": "anna", "secondary": "ben"}, f"who: {who}")
        made = fleet.ask("oncall", "override", "add", "primary", "ben", "--for", "1h", "--comment", "swap")
        kill_and_start(fleet)
        fleet.add_agent("web-1")
        eventually("the first page, to whoever took the turn", lambda: pages(webhook, "/ben", "web-1"))
        id = alert_of(fleet, "web-1")["id"]
        fleet.ask("alerts", "ack", id[:10], "--comment", "mine")
        fleet.ask("oncall", "override", "remove", made["id"])
        kill_and_start(fleet)
        kept = fleet.ask("alerts", "show", id)
        expect(kept["acknowledged_by"] and kept["acknowledged_comment"] == "mine", f"after the kill: {kept}")
        fleet.wait_until_up("web-1")
        # Another host's last step comes after those of the first would have.
        fleet.add_agent("web-2")
        eventually("the second host's last step", lambda: pages(webhook, "/team", "web-2"))
        expect(len(pages(webhook, "/ben", "web-1")) == 1 and not pages(webhook, "/team", "web-1"), "called all the same")

        fleet.ask("alerts", "unack", id)
        eventually("the step that it stood at, for whose turn it is now", lambda: pages(webhook, "/anna", "web-1"))
        fleet.ask("alerts", "snooze", id, "--for", "1h")
        fleet.ask("hosts", "remove", "web-1", "--yes")
        over = eventually("it is over", lambda: (one := alert_of(fleet, "web-1"))["state"] == "resolved" and one)
        for words in (["ack", id], ["unack", id], ["snooze", id, "--for", "1h"]):
            refused(fleet.run("vigie", "--socket", fleet.socket, "alerts", *words), 1, "resolved since", "nothing was changed")
        expect(alert_of(fleet, "web-1") == over, "what is over was changed")
        for path in ("/ben", "/anna", "/log"):
            eventually(f"the recovery to {path}", lambda: pages(webhook, path, "web-1", "resolved"))
        expect(not pages(webhook, "/team", "web-1", "resolved"), "the team was never called for it")
        noted = [one["verb"] for one in fleet.ask("audit", "list")]
        for verb in ("alerts.ack", "alerts.unack", "alerts.snooze", "oncall.override.add", "oncall.override.remove"):
            expect(verb in noted, f"{verb} is not in the audit log: {noted}")


def what_is_wrong_in_the_configuration_is_told_before_a_start():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        for good, wrong, words in (
                ("[rota:secondary]", "[rota:secndary]", "did you mean 'secondary'?"),
                ("receiver: ben-phone", "receiver: ben-fone", "did you mean 'ben-phone'?"),
                ("'{url}/team', called_only: true", "'{url}/team'", "hears of every alert: give it called_only: true"),
                ("called_only", "caled_only", "did you mean 'called_only'?")):
            called(fleet, webhook, CONFIG.replace(good, wrong, 1))
            fleet.write_controller_config()
            refused(fleet.run("vigie-controller", "config", "check", fleet.controller_config), 1, "controller.yaml:", words)
        called(fleet, webhook)
        fleet.write_controller_config()
        checked = fleet.run("vigie-controller", "config", "check", fleet.controller_config)
        expect(checked.returncode == 0, checked.stderr)


if __name__ == "__main__":
    run_cases(each_step_calls_once_over_kills_and_the_recovery_goes_to_those_called,
              an_acknowledgement_is_kept_over_a_kill_and_ends_with_the_alert,
              what_is_wrong_in_the_configuration_is_told_before_a_start)
