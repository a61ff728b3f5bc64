#!/usr/bin/env python3
"""Compares the controller's routing with Debian's prometheus-alertmanager: the same configuration, the same alerts at the same times,
and what the webhooks of both got: which groups, what is in each message, their order, and when."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
os.environ.setdefault("VIGIE_BIN_DIR", str(ROOT / "build/release/bin"))
sys.path += [str(ROOT / "tests/process"), str(HERE)]

try:
    import zmq
    from fleet import Failed, Fleet, Webhook, eventually
except ImportError as missing:
    # Debian's packages are for Debian's Python, which need not be the first in PATH.
    if sys.prefix != "/usr" and pathlib.Path("/usr/bin/python3").exists():
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit(f"judge alertmanager: {missing}: install python3-zmq and python3-msgpack\n0 passed, 1 failed")

import peer
import restarts
import scenarios
import world

LASTS = 8.5  # beats
# Scenarios begin one after the other, so that not all messages of all of them are due in one moment.
OFFSETS = [part * 0.25 for part in range(8)]
# Both wait and turn from when an alert came, which is not the same moment on both sides, on two busy cores.
APART_MAX_S = 0.9 * scenarios.BEAT_S
# A core that is busy elsewhere for a beat moves one side's message behind the next event. What differs is played again;
# what the two do differently differs each time.
ATTEMPTS = 3


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def count(self, name, what=None):
        if what is None:
            self.passed += 1
            print(f"ok      {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {name}: {what}", flush=True)

    def attempt(self, verdicts, is_last):
        """Of (key, name, what differs or None). Gives the keys to try again: all that differ, but for the last time."""
        again = set()
        for key, name, what in verdicts:
            if what is None or is_last:
                self.count(name, what)
            else:
                again.add(key)
                print(f"again   {name}: {what}", flush=True)
        return again


def said(posts):
    return [(round(at, 1), body["status"], [world.alert_text(alert) for alert in body["alerts"]]) for at, body in posts]


def by_group(posts):
    groups = {}
    for at, body in posts:
        groups.setdefault(body["groupKey"], []).append((at, body))
    return groups


def difference(ours, theirs):
    """Of two lists of messages: group by group, in order."""
    ours_by, theirs_by = by_group(ours), by_group(theirs)
    if ours_by.keys() != theirs_by.keys():
        return f"groups: only ours {sorted(ours_by.keys() - theirs_by.keys())}, only theirs {sorted(theirs_by.keys() - ours_by.keys())}"
    for key, mine in ours_by.items():
        other = theirs_by[key]
        if len(mine) != len(other):
            return f"group {key}: ours {said(mine)}, theirs {said(other)}"
        for (our_at, our_body), (their_at, their_body) in zip(mine, other):
            if world.plain(our_body) != world.plain(their_body):
                return f"group {key}: ours {world.plain(our_body)}, theirs {world.plain(their_body)}"
            if abs(our_at - their_at) > APART_MAX_S:
                return f"group {key}: ours at {our_at:.2f} s, theirs at {their_at:.2f} s: {said(mine)}, {said(other)}"
    return None


def verdict(scenario, ours, theirs):
    if scenario.messages is not None:
        mine = [(body["status"], [world.alert_text(alert) for alert in body["alerts"]]) for _, body in ours]
        if mine != scenario.messages:
            return f"ours {said(ours)}, not {scenario.messages}"
        return None if difference(ours, theirs) else "theirs does the same: it is no difference any more"
    if len(theirs) < scenario.least:
        return f"theirs tells {said(theirs)}, fewer than {scenario.least}: the scenario checks nothing"
    return difference(ours, theirs)


class Play:
    """All scenarios' events, in the order of their times, on both sides."""

    def __init__(self, all_scenarios, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.events = sorted(((at + OFFSETS[index % len(OFFSETS)], index, scenario, what, names)
                              for index, scenario in enumerate(all_scenarios)
                              for at, what, *names in scenario.events), key=lambda event: event[:2])
        self.silences = {}
        self.began = {}  # labels -> start, of what fires

    def run(self):
        began = time.time() + 2 * scenarios.BEAT_S
        for at in sorted({event[0] for event in self.events}):
            while time.time() < began + at * scenarios.BEAT_S:
                self.ours.step()
                time.sleep(0.005)
            self.happen([event for event in self.events if event[0] == at])
        while time.time() < began + (LASTS + OFFSETS[-1]) * scenarios.BEAT_S:
            self.ours.step()
            time.sleep(0.01)
        return began

    def happen(self, events):
        now = time.time()
        states, posted = [], []
        for _, _, scenario, what, names in events:
            if what in ("fire", "end"):
                for alert in names:
                    labels = world.series_labels(scenario, alert)
                    states.append((labels, what == "fire"))
                    posted.append(self.as_posted(labels, alert, what == "fire", now))
        if states:
            self.ours.set(states)
            self.theirs.post(posted)
        for _, _, scenario, what, names in events:
            if what == "silence":
                self.silence(scenario, names)
            elif what == "unsilence":
                mine, other = self.silences.pop(scenario.name)
                self.ours.expire(mine)
                self.theirs.expire(other)

    def as_posted(self, labels, alert, fires, now):
        which, node = alert.split(".")
        full = {**labels, "alertname": which, "instance": world.HOST, "job": "node"}
        key = tuple(sorted(full.items()))
        start = self.began.setdefault(key, now)
        if not fires:
            del self.began[key]
        return full, {"summary": f"{which} of {node}"}, start, None if fires else now

    def silence(self, scenario, matchers):
        matchers = [f"scenario={world.slug(scenario.name)}", *matchers]
        self.silences[scenario.name] = (self.ours.silence(matchers), self.theirs.silence([parsed(one) for one in matchers], 3600, "judge"))


def parsed(matcher):
    for operator, regex, equal in (("=~", True, True), ("!~", True, False), ("!=", False, False), ("=", False, True)):
        name, found, value = matcher.partition(operator)
        if found:
            return name, value.strip('"'), regex, equal
    raise ValueError(matcher)


def play(folder, played):
    """The scenarios side by side on a fresh pair. Gives (scenario, its name, what differs or None)."""
    context = zmq.Context()
    our_folder, their_folder = folder / "ours", folder / "theirs"
    for one in (our_folder, their_folder):
        one.mkdir(parents=True)
    with Fleet() as fleet, Webhook(our_folder) as our_hook, Webhook(their_folder) as their_hook:
        theirs = peer.Alertmanager(their_folder, world.configuration(played, their_hook.url))
        try:
            ours = world.Ours(fleet, context, world.configuration(played, our_hook.url))
            try:
                began = Play(played, ours, theirs).run()
                eventually("all samples are stored", ours.caught_up)
            finally:
                ours.end()
        finally:
            theirs.end()
        our_posts, their_posts = world.Posts(our_hook, began), world.Posts(their_hook, began)
        verdicts = [(scenario.name, full_name(scenario), verdict(scenario, our_posts.of(scenario), their_posts.of(scenario)))
                    for scenario in played]
    context.term()
    return verdicts


def full_name(scenario):
    return f"{scenario.name}: {scenario.checks}" + (f"; better: {scenario.ours}" if scenario.ours else "")


def play_all(folder, tally):
    rest = scenarios.all_of_them()
    for attempt in range(ATTEMPTS):
        again = tally.attempt(play(folder / f"all-{attempt}", rest), attempt == ATTEMPTS - 1)
        rest = [scenario for scenario in rest if scenario.name in again]
        if not rest:
            return


def play_restarts(folder, tally):
    for case in restarts.CASES:
        for attempt in range(ATTEMPTS):
            checks = restarts.play(case, folder / f"restart-{attempt}")
            is_done = attempt == ATTEMPTS - 1 or not any(what for _, what in checks)
            for name, what in checks:
                if is_done:
                    tally.count(name, what)
                else:
                    print(f"again   {name}: {what or 'with the case'}", flush=True)
            if is_done:
                break


def main():
    tally = Tally()
    try:
        with tempfile.TemporaryDirectory(prefix="vigie-judge-alertmanager-") as folder:
            play_all(pathlib.Path(folder), tally)
            play_restarts(pathlib.Path(folder), tally)
    except (OSError, RuntimeError, Failed, subprocess.SubprocessError) as error:
        tally.count("alertmanager and the controller run", str(error))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
