"""Tickets on real processes: a kill -9 around the answer neither loses nor repeats one, an alert opens its ticket, and a receiver is told
once of each."""
import json
import subprocess

from fleet import BIN, Fleet, Webhook, eventually, expect, refused, run_cases

RULES = """groups:
- name: hosts
  rules:
  - {alert: Up, expr: node_load1 >= 0, labels: {team: ops}, annotations: {summary: 'up is {{ $labels.instance }}'}}
"""


def desk(fleet, webhook):
    rules = fleet.folder / "rules.yaml"
    rules.write_text(RULES)
    fleet.controller_extra = (f"rule_files: [{rules}]\nwebhooks:\n- {{name: helpdesk, url: {webhook.url}/helpdesk}}\n"
                              "tickets:\n  alerts: ['team=\"ops\"']\n  support: helpdesk\n  requester: helpdesk\n"
                              "  priorities: [{name: normal}, {name: fast, respond: 1s}]\n"
                              "  escalate: [{receiver: helpdesk}]\n")


def notices(webhook):
    """(event, ticket, key) of each POST about a ticket, oldest first."""
    lines = [json.loads(line) for line in webhook.received.read_text().splitlines()]
    return [(line["body"]["event"], line["body"]["ticket"]["number"], line["headers"]["idempotency-key"])
            for line in lines if line["body"].get("kind") == "ticket"]


def listed(fleet, *words):
    return fleet.ask("tickets", "list", "--status", "all", *words)["tickets"]


def a_kill_between_the_wish_and_its_answer_leaves_whole_tickets():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        desk(fleet, webhook)
        fleet.start_controller()
        answered = 0
        for number in range(4):
            asked = subprocess.Popen([BIN / "vigie", "--socket", fleet.socket, "-o", "json", "tickets", "create", f"wish {number}"],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if number % 2 == 0:
                asked.wait(60)  # answered: it must be there after the kill
            fleet.controller.kill()
            told, _ = asked.communicate(timeout=60)
            answered += 1 if asked.returncode == 0 else 0
            fleet.start_controller()
            if asked.returncode == 0:
                made = json.loads(told)["number"]
                expect(fleet.ask("tickets", "show", made)["title"] == f"wish {number}", f"ticket {made} is lost")
        all_of_them = sorted(listed(fleet), key=lambda one: one["number"])
        expect(2 <= answered <= len(all_of_them) <= 4, f"{answered} answered, stored: {all_of_them}")
        expect([one["number"] for one in all_of_them] == list(range(1, len(all_of_them) + 1)), f"not dense: {all_of_them}")
        expect(len({one["title"] for one in all_of_them}) == len(all_of_them), f"twice: {all_of_them}")
        created = [one for one in fleet.ask("audit", "list", "--verb", "tickets.create") if one["outcome"] == "ok"]
        expect(len(created) == len(all_of_them), f"{len(created)} records of {len(all_of_them)} tickets")
        expect(fleet.ask("audit", "verify")["is_whole"], "the audit log is not whole")
        # Told at least once, and each attempt with the key of its ticket.
        wanted = {f"ticket-{one['number']}-1-created-helpdesk" for one in all_of_them}
        eventually("support is told", lambda: {key for _, _, key in notices(webhook)} == wanted)


def an_alert_opens_one_ticket_that_outlives_a_kill_and_is_worked_on():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        desk(fleet, webhook)
        fleet.start_controller()
        fleet.add_agent("web-1")
        one = eventually("the alert's ticket", lambda: listed(fleet))[0]
        expect(one["title"] == "up is web-1" and one["host"] == "web-1", f"the ticket: {one}")
        fleet.controller.kill()
        fleet.start_controller()
        fleet.wait_until_up("web-1")
        webhook.answer("503", "503")
        asked = fleet.ask("tickets", "update", 1, "--status", "open", "--requester", "anna")
        expect(asked["version"] == 2 and asked["status"] == "open", f"the update: {asked}")
        again = fleet.run("vigie", "--socket", fleet.socket, "tickets", "update", 1, "--version", 1, "--status", "closed")
        refused(again, 1, "ticket 1 is at version 2", "status 'new' -> 'open'")
        eventually("the requester is told after two refusals", lambda: ("status", 1, "ticket-1-2-status-helpdesk") in notices(webhook))
        fleet.agents["web-1"].stop()
        fleet.ask("hosts", "remove", "web-1", "--yes")
        shown = eventually("its recovery", lambda: (found := fleet.ask("tickets", "show", 1))["comment_list"] and found)
        expect(len(shown["comment_list"]) == 1 and "host removed" in shown["comment_list"][0]["text"], f"comments: {shown}")
        expect(len(listed(fleet)) == 1, f"more than one ticket: {listed(fleet)}")
        exported = fleet.run("vigie", "--socket", fleet.socket, "tickets", "export")
        lines = [json.loads(line) for line in exported.stdout.splitlines()]
        expect([line["number"] for line in lines] == [1] and lines[0]["comment_list"] == shown["comment_list"], f"export: {exported}")
        expect([event for event, _, _ in notices(webhook)].count("created") == 1, f"told: {notices(webhook)}")


def a_broken_promise_is_told_once_over_a_kill():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        desk(fleet, webhook)
        fleet.start_controller()
        fleet.ask("tickets", "create", "hurry", "--priority", "fast")
        level = ("escalated", 1, "ticket-1-2-escalated-respond-1-helpdesk")
        eventually("the first level", lambda: level in notices(webhook))
        eventually("it is no longer owed", lambda: fleet.ask("status")["notifications"]["queued"] == 0)
        fleet.controller.kill()
        fleet.start_controller()
        fleet.ask("tickets", "create", "next", "--priority", "fast")
        eventually("the next one's", lambda: [one for one in notices(webhook) if one[:2] == ("escalated", 2)])
        told = [one for one in notices(webhook) if one[:2] == ("escalated", 1)]
        expect(set(told) == {level}, f"told: {told}")
        expect(fleet.ask("tickets", "show", 1)["version"] == 2, "it escalated again")


if __name__ == "__main__":
    run_cases(a_kill_between_the_wish_and_its_answer_leaves_whole_tickets,
              an_alert_opens_one_ticket_that_outlives_a_kill_and_is_worked_on,
              a_broken_promise_is_told_once_over_a_kill)
