"""Rules over several hosts and recording rules, on real processes: evaluated when samples come, and after a kill -9 neither lost
nor repeated."""
from fleet import Fleet, Webhook, eventually, expect, run_cases

RULES = """groups:
- name: fleet
  interval: 1s
  rules:
  - record: fleet:hosts:count
    expr: count(node_load1)
    labels: {source: rules}
  - alert: TwoHosts
    expr: fleet:hosts:count >= 2
    annotations: {summary: '{{ $value }} hosts'}
  - alert: Ambiguous
    expr: node_load1 * on (job) node_load5
"""


def recorded(fleet, expression="fleet:hosts:count"):
    return [(one["metric"], one["value"][1]) for one in fleet.ask("query", expression)["result"]]


def rule(fleet, name):
    return next(one for one in fleet.ask("rules", "list") if one["name"] == name)


def a_group_s_page_and_records_survive_a_kill():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        rules = fleet.folder / "rules.yaml"
        rules.write_text(RULES)
        fleet.controller_extra = webhook.config() + f"rule_files: [{rules}]\n"
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
        page = eventually("the page of two hosts", lambda: webhook.pages("TwoHosts", "firing"))[0]["body"]["alerts"][0]
        expect(page["annotations"]["summary"] == "2 hosts", f"its text: {page}")
        expect(recorded(fleet) == [({"__name__": "fleet:hosts:count", "source": "rules"}, "2")], f"recorded: {recorded(fleet)}")
        fine = rule(fleet, "TwoHosts")
        expect((fine["health"], fine["firing"], fine["judged"]) == ("ok", 1, "by its group"), f"its health: {fine}")
        failing = rule(fleet, "Ambiguous")
        expect(failing["health"] == "failing" and "many-to-many" in failing["failure"], f"a rule that fails: {failing}")

        fleet.controller.kill()
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.wait_until_up(host)
        eventually("it is evaluated again", lambda: rule(fleet, "TwoHosts")["health"] == "ok")
        before = float(recorded(fleet, "count_over_time(fleet:hosts:count[5m])")[0][1])
        eventually("and again", lambda: float(recorded(fleet, "count_over_time(fleet:hosts:count[5m])")[0][1]) > before)
        expect(len(webhook.pages("TwoHosts")) == 1, f"{len(webhook.pages('TwoHosts'))} pages of one fire")


if __name__ == "__main__":
    run_cases(a_group_s_page_and_records_survive_a_kill)
