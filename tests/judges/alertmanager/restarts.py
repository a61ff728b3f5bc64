"""What both sides tell across a restart: an orderly one, on which they agree, and kill -9, where ours must be better."""
import time

import zmq
from fleet import Fleet, Webhook, eventually

import peer
import world
from scenarios import BEAT_S, INTERVAL, WAIT, Scenario

QUIET_S = BEAT_S * (2 * INTERVAL + WAIT)


class Pair:
    """Both sides with one scenario, and the alerts that fire."""

    def __init__(self, folder, name, checks):
        self.scenario = Scenario(name, "", [])
        self.folder, self.checks = folder / world.slug(name), checks
        self.fires = {}  # alert -> start

    def __enter__(self):
        our_folder, their_folder = self.folder / "ours", self.folder / "theirs"
        for one in (our_folder, their_folder):
            one.mkdir(parents=True)
        self.context = zmq.Context()
        self.fleet, self.our_hook, self.their_hook = Fleet(), Webhook(our_folder), Webhook(their_folder)
        self.theirs = peer.Alertmanager(their_folder, world.configuration([self.scenario], self.their_hook.url))
        self.ours = world.Ours(self.fleet, self.context, world.configuration([self.scenario], self.our_hook.url))
        return self

    def __exit__(self, kind, error, trace):
        self.ours.end()
        self.theirs.end()
        self.fleet.__exit__(kind, error, trace)
        self.our_hook.__exit__()
        self.their_hook.__exit__()
        self.context.term()

    def set(self, alert, fires):
        now = time.time()
        start = self.fires.setdefault(alert, now)
        self.ours.set([(world.series_labels(self.scenario, alert), fires)])
        self.theirs.post([self.posted(alert, start, None if fires else now)])
        if not fires:
            del self.fires[alert]
        eventually("the sample is stored", self.ours.caught_up)

    def posted(self, alert, start, end):
        which, node = alert.split(".")
        labels = {**world.series_labels(self.scenario, alert), "alertname": which, "instance": world.HOST, "job": "node"}
        return labels, {"summary": f"{which} of {node}"}, start, end

    def restart(self, is_killed):
        if is_killed:
            self.fleet.controller.kill()
            self.theirs.kill()
        else:
            self.fleet.controller.stop()
            self.theirs.process.terminate()
            self.theirs.process.wait()
        self.ours.agent.leave_session()
        self.fleet.start_controller()
        self.theirs.start()
        # As prometheus does: whatever fires is posted again.
        self.theirs.post([self.posted(alert, start, None) for alert, start in self.fires.items()])

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ours.step()
            time.sleep(0.02)

    def told(self, hook):
        return [(body["status"], [world.alert_text(alert) for alert in body["alerts"]])
                for _, body in world.Posts(hook, 0).of(self.scenario)]

    def await_told(self, count):
        for hook in (self.our_hook, self.their_hook):
            eventually(f"{count} messages", lambda hook=hook: self.ours.step() or len(self.told(hook)) >= count)

    def check(self, what, is_good, note=""):
        self.checks.append((f"{self.scenario.name}: {what}",
                            None if is_good else f"ours {self.told(self.our_hook)}, theirs {self.told(self.their_hook)} {note}"))


def orderly(folder, checks):
    with Pair(folder, "an orderly restart", checks) as pair:
        pair.set("A.x", True)
        pair.await_told(1)
        pair.restart(is_killed=False)
        pair.wait(QUIET_S)
        pair.check("nothing is told again, by either", pair.told(pair.our_hook) == pair.told(pair.their_hook) == [("firing", ["A.x"])])
        pair.set("A.x", False)
        pair.wait(QUIET_S)
        pair.check("the end is told by both", pair.told(pair.our_hook) == pair.told(pair.their_hook)
                   == [("firing", ["A.x"]), ("resolved", ["-A.x"])])


def killed_after_a_page(folder, checks):
    with Pair(folder, "kill -9 after a page", checks) as pair:
        pair.set("A.x", True)
        pair.await_told(1)
        pair.wait(0.5)  # the note of it is on its way to the disk
        silence = pair.ours.silence([f"scenario={world.slug(pair.scenario.name)}", "node=y"])
        pair.theirs.silence([("scenario", world.slug(pair.scenario.name), False, True), ("node", "y", False, True)], 3600, "judge")
        pair.set("A.y", True)
        pair.restart(is_killed=True)
        pair.wait(QUIET_S)
        once = [("firing", ["A.x"])]
        pair.check("no second page, and the silence holds; better: Alertmanager forgets both (AM#889)",
                   pair.told(pair.our_hook) == once and pair.told(pair.their_hook) != once)
        kept = [one["id"] for one in pair.fleet.ask("silences", "list")]
        pair.check("the silence is kept", kept == [silence], f"silences: {kept}")


def killed_before_a_page(folder, checks):
    with Pair(folder, "kill -9 within the wait", checks) as pair:
        pair.set("A.x", True)
        pair.restart(is_killed=True)
        pair.await_told(1)
        pair.wait(QUIET_S)
        once = [("firing", ["A.x"])]
        pair.check("told once by both", pair.told(pair.our_hook) == pair.told(pair.their_hook) == once)


CASES = (orderly, killed_after_a_page, killed_before_a_page)


def play(case, folder):
    """Gives its checks: (name, what is wrong or None)."""
    checks = []
    case(folder, checks)
    return checks
