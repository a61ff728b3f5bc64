"""A controller that is killed at each point between an alert's transition and the page that is told: before the POST, after it
and before its answer, after the answer and before what was told is stored, and at single calls in between. A channel that
honours the idempotency key shows each page exactly once. `--all` tries every call."""
import http.server
import json
import os
import random
import sys
import threading
import time

import zmq

from crash import CrashPoint, has_ended, points_of
from fleet import Fleet, eventually, expect, run_cases
from light_agent import ask_operator, enrol_all, step_until

# From the reading's arrival to what was told being stored: two commits, an ACK, a POST. Beyond come only pings.
CALLS = 24
WANTED = None if "--all" in sys.argv else 6
SECONDS_MAX = 60
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))
RULES = """groups:
- name: crash
  rules:
  - alert: LightOn
    expr: light_on > 0
"""
CONFIG = """rule_files: [{rules}]
rule_settings: [{{alert: LightOn, damp_flapping: false}}]
alertmanager_file: {routes}
"""
# The wait leaves time to kill the controller when the transition is stored and nothing was sent.
ROUTES = """route: {{receiver: page, group_by: [alertname], group_wait: {wait}, group_interval: {interval}, repeat_interval: 24h}}
receivers: [{{name: page, webhook_configs: [{{url: '{url}'}}]}}]
"""


class Channel:
    """A receiver that honours the idempotency key: what it shows, by key. `on_post` is called before it answers."""

    def __init__(self):
        self.posts = []  # (key, [(status, startsAt)]) of each POST, repeated ones too
        self.on_post = lambda: True
        channel = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                channel.posts.append((self.headers["Idempotency-Key"],
                                      [(alert["status"], alert["startsAt"]) for alert in body["alerts"]]))
                if not channel.on_post():
                    self.close_connection = True
                    return
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the controller is dead

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/page"

    def shown(self):
        """Pages as a person sees them: one for each key, in the order of their first POST."""
        pages = {}
        for key, alerts in list(self.posts):
            expect(pages.setdefault(key, alerts) == alerts, f"one key, two pages: {pages[key]} and {alerts}")
        return list(pages.values())


class Light:
    """A host whose light goes on and off, and the controller that pages for it."""

    def __init__(self, fleet, context, wait, interval):
        self.fleet = fleet
        self.channel = Channel()
        rules, routes = fleet.folder / "rules.yaml", fleet.folder / "alertmanager.yml"
        rules.write_text(RULES)
        routes.write_text(ROUTES.format(wait=wait, interval=interval, url=self.channel.url))
        fleet.controller_extra = CONFIG.format(rules=rules, routes=routes)
        self.crash = CrashPoint(fleet.folder, "controller")
        status = fleet.start_controller()
        self.agent = enrol_all(fleet, context, ["light"])[0]
        self.agent.open(context, fleet.ports[0], status["public_key"])
        self.changes = 0
        self.read(0)
        self.settle()

    def read(self, is_on):
        self.agent.read(light_on=is_on)

    def change(self):
        """The light changes, which is to be told in one page."""
        self.changes += 1
        self.read(self.changes % 2)

    def settle(self):
        step_until("the readings are acknowledged", [self.agent], lambda: self.agent.acked == self.agent.next - 1)

    def restart(self, at=0):
        """With the shim, so that arm() can kill it later."""
        self.fleet.controller.environment = self.crash.environment(at)
        self.fleet.controller.start()
        self.fleet.wait_for_controller()

    def wait_for_death(self, point):
        end = time.monotonic() + SECONDS_MAX
        while not has_ended(self.fleet.controller, point):
            expect(time.monotonic() < end, f"the controller did not die at {point} within {SECONDS_MAX} s")
            self.agent.step()
            time.sleep(0.002)  # not to synchronise: leaves the processor to the controller

    def expect_told_once(self, where):
        """After the restart: everything is told, and each change is one page."""
        self.settle()

        def is_told():
            self.agent.step()
            queued = ask_operator(self.fleet.socket, "status")["notifications"]["queued"]
            return queued == 0 and len(self.channel.shown()) >= self.changes
        eventually(f"{where}: all is told", is_told)
        pages = self.channel.shown()
        wanted = ["firing" if number % 2 == 0 else "resolved" for number in range(self.changes)]
        expect([[status for status, _ in page] for page in pages] == [[status] for status in wanted],
               f"{where}: of {self.changes} changes these pages are shown: {pages}")

    def end(self):
        self.agent.close()


def with_light(case, wait="0s", interval="1s"):
    context = zmq.Context()
    with Fleet() as fleet:
        light = Light(fleet, context, wait, interval)
        try:
            fleet.controller.stop()
            case(light)
        finally:
            light.end()


def killed_before_the_post_it_pages_once():
    def case(light):
        for _ in range(2):  # firing waits for its group; so does what is over, for the group's turn
            light.restart()
            posts = len(light.channel.posts)
            light.change()
            light.settle()  # acknowledged: the transition is stored
            light.fleet.controller.kill()
            expect(len(light.channel.posts) == posts, "it was told before the kill: nothing is tested")
            light.restart()
            light.expect_told_once("killed before the POST")
            light.fleet.controller.stop()
    with_light(case, wait="8s", interval="8s")


def killed_before_the_answer_it_pages_once():
    def case(light):
        for _ in range(2):
            light.restart()
            came, is_dead = threading.Event(), threading.Event()

            def hold(came=came, is_dead=is_dead):
                came.set()
                is_dead.wait(SECONDS_MAX)
                return False
            light.channel.on_post = hold
            light.change()
            step_until("the POST", [light.agent], came.is_set)
            light.fleet.controller.kill()
            light.channel.on_post = lambda: True
            is_dead.set()
            posts = len(light.channel.posts)
            light.restart()
            light.expect_told_once("killed before the answer")
            expect(len(light.channel.posts) > posts, "it was not told again: nothing is tested")
            light.fleet.controller.stop()
    with_light(case)


def killed_before_what_was_told_is_stored_it_pages_once():
    def case(light):
        # Its next call writes what was told; the one behind it syncs it, and a power cut takes what is not synced.
        for calls, how in ((1, "kill"), (2, "power")):
            light.fleet.controller.environment = light.crash.environment(0, how)
            light.fleet.controller.start()
            light.fleet.wait_for_controller()

            def arm(calls=calls):
                light.crash.arm(calls)
                return True
            light.channel.on_post = arm
            light.change()
            light.wait_for_death("the answer")
            light.channel.on_post = lambda: True
            posts = len(light.channel.posts)
            light.restart()
            light.expect_told_once(f"killed by {how} after the answer")
            expect(len(light.channel.posts) > posts, "it was not told again: what was told had been stored")
            light.fleet.controller.stop()
    with_light(case)


def killed_at_any_call_in_between_it_pages_once():
    points = points_of(CALLS, WANTED, random.Random(SEED))

    def case(light):
        for number, point in enumerate(points):
            how = ("kill", "torn", "power")[number % 3]
            light.fleet.controller.environment = light.crash.environment(0, how)
            light.fleet.controller.start()
            light.fleet.wait_for_controller()
            light.settle()
            light.crash.arm(point)
            light.change()
            light.wait_for_death(point)
            light.restart()
            light.expect_told_once(f"killed by {how} at call {point}")
            light.fleet.controller.stop()
        print(f"  {len(points)} deaths, {len(light.channel.posts)} POSTs, {len(light.channel.shown())} pages")
    with_light(case)


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(killed_before_the_post_it_pages_once, killed_before_the_answer_it_pages_once,
              killed_before_what_was_told_is_stored_it_pages_once, killed_at_any_call_in_between_it_pages_once)
