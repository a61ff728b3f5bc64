"""What happens to whom: each scenario has a route, a receiver and alerts of its own, so that all run side by side.

An event is (when, what, …): fire and end name alerts as "A.node"; silence and unsilence take matchers of amtool's form. Times are in
beats of BEAT_S seconds: groups wait WAIT of them and turn every INTERVAL; events stand off turns by half a beat and more."""
import dataclasses
import datetime

BEAT_S = 2  # long enough for two busy cores
WAIT, INTERVAL, REPEAT = 1, 2, 1800


def span(beats):
    return f"{int(beats * BEAT_S * 1000)}ms"


@dataclasses.dataclass
class Scenario:
    name: str
    checks: str
    events: list
    route: dict = dataclasses.field(default_factory=dict)    # of its own route
    routes: list = dataclasses.field(default_factory=list)   # below it
    webhook: dict = dataclasses.field(default_factory=dict)
    inhibit: list = dataclasses.field(default_factory=list)
    intervals: dict = dataclasses.field(default_factory=dict)
    second: bool = False  # its receiver has a second webhook
    ours: str = ""        # why ours must differ; then `messages` are what ours are, and theirs must not be
    messages: list = None
    least: int = 0        # so many messages at least, lest two silent sides agree on nothing
    labels: dict = dataclasses.field(default_factory=dict)   # of each alert: {"A.x": {…}}


def groups():
    yield Scenario("one alert", "one message after group_wait", [(0, "fire", "A.x")], least=1)
    yield Scenario("two alerts at once", "both in one message, in order", [(0, "fire", "A.y", "A.x")], least=1)
    yield Scenario("one joins within the wait", "one message has both", [(0, "fire", "A.x"), (0.5, "fire", "A.y")], least=1)
    yield Scenario("one joins after the wait", "told at the next turn, with the first", [(0, "fire", "A.x"), (1.8, "fire", "A.y")],
                   least=2)
    yield Scenario("two groups", "one message for each value of group_by", [(0, "fire", "A.x", "A.y", "B.x")], least=2)
    yield Scenario("an empty group_by", "it is taken over from above", [(0, "fire", "A.x", "B.y", "C.z")],
                   route={"group_by": []}, least=3)
    yield Scenario("grouped by all", "a message for each alert", [(0, "fire", "A.x", "A.y")], route={"group_by": ["..."]}, least=2)
    yield Scenario("grouped by a label that some lack", "they are a group of their own", [(0, "fire", "A.x", "A.y", "A.z")],
                   route={"group_by": ["site"]}, labels={"A.x": {"site": "s1"}, "A.y": {"site": "s2"}}, least=3)
    yield Scenario("no wait", "told at once", [(0, "fire", "A.x")], route={"group_wait": "0s"}, least=1)
    yield Scenario("a long wait", "the group's own wait counts", [(0, "fire", "A.x")], route={"group_wait": span(3)}, least=1)
    yield Scenario("common labels", "those that all alerts share", [(0, "fire", "A.x", "A.y")],
                   labels={"A.x": {"site": "s", "rack": "1"}, "A.y": {"site": "s", "rack": "2"}}, least=1)
    yield Scenario("odd values", "quoted in the group's key", [(0, "fire", "A.x")], route={"group_by": ["path"]},
                   labels={"A.x": {"path": 'C:\\x "y" é'}}, least=1)
    yield Scenario("max_alerts", "the rest is counted", [(0, "fire", "A.x", "A.y", "A.z")], webhook={"max_alerts": 2}, least=1)
    yield Scenario("two webhooks", "each gets the message", [(0, "fire", "A.x")], second=True, least=2)


def ends():
    yield Scenario("resolved", "told at the next turn", [(0, "fire", "A.x"), (1.8, "end", "A.x")], least=2)
    yield Scenario("one of two resolved", "still firing, with the one that is over", [(0, "fire", "A.x", "A.y"), (1.8, "end", "A.y")],
                   least=2)
    yield Scenario("resolved within the wait", "nothing is told", [(0, "fire", "A.x"), (0.5, "end", "A.x")])
    yield Scenario("resolved before the wait, another fires", "told with the other",
                   [(0, "fire", "A.x", "A.y"), (0.5, "end", "A.x")], least=1)
    yield Scenario("send_resolved off", "no end is told", [(0, "fire", "A.x", "A.y"), (1.8, "end", "A.x", "A.y")],
                   webhook={"send_resolved": False}, least=1)
    yield Scenario("send_resolved off, another fires", "only what fires is told",
                   [(0, "fire", "A.x"), (1.8, "end", "A.x"), (1.8, "fire", "A.y")], webhook={"send_resolved": False}, least=2)
    yield Scenario("fires again later", "told again", [(0, "fire", "A.x"), (1.8, "end", "A.x"), (4, "fire", "A.x")], least=3)
    yield Scenario("fires again, send_resolved off", "told again (AM#1063)",
                   [(0, "fire", "A.x"), (1.8, "end", "A.x"), (4, "fire", "A.x")], webhook={"send_resolved": False}, least=2)


def repeats():
    yield Scenario("repeated", "after repeat_interval, at a turn", [(0, "fire", "A.x")], route={"repeat_interval": span(3.5)}, least=2)
    yield Scenario("not repeated", "repeat_interval is long", [(0, "fire", "A.x")], least=1)
    yield Scenario("a repetition has all alerts", "also those told later", [(0, "fire", "A.x"), (1.8, "fire", "A.y")],
                   route={"repeat_interval": span(3.5)}, least=3)


def routes():
    def below(**route):
        return dict(route)
    yield Scenario("a child route", "its own key and group", [(0, "fire", "A.x", "A.y")],
                   routes=[below(match={"node": "x"}, group_by=["node"])], least=2)
    yield Scenario("continue", "two routes tell of one alert", [(0, "fire", "A.x")],
                   routes=[below(matchers=['node="x"'], **{"continue": True}), below(matchers=['node=~"x|y"'])], least=2)
    yield Scenario("without continue", "the first route takes it", [(0, "fire", "A.x")],
                   routes=[below(matchers=['node="x"']), below(matchers=['node=~"x|y"'])], least=1)
    yield Scenario("match_re", "the expression is anchored", [(0, "fire", "A.x", "A.xy")],
                   routes=[below(match_re={"node": "x|z"}, group_by=["node"])], least=2)
    yield Scenario("negative matchers", "a missing label is empty", [(0, "fire", "A.x", "A.y")],
                   routes=[below(matchers=['site!=""', "node!~y"], group_by=["site"])], labels={"A.x": {"site": "s"}}, least=2)
    yield Scenario("several matchers", "sorted in the key", [(0, "fire", "A.x")],
                   routes=[below(matchers=["node=x", 'alertname=~"A|B"'], match={"which": "A"})], least=1)
    yield Scenario("grandchildren", "options are taken over", [(0, "fire", "A.x")],
                   routes=[below(match={"node": "x"}, group_by=["node"], routes=[below(match={"which": "A"})])], least=1)


def held():
    rule = {"source_matchers": ['alertname="S"'], "target_matchers": ['alertname="T"'], "equal": ["node"]}
    yield Scenario("inhibited", "the source alone is told", [(0, "fire", "S.x", "T.x")], inhibit=[rule], least=1)
    yield Scenario("inhibited elsewhere", "only with equal labels", [(0, "fire", "S.x", "T.x", "T.y")], inhibit=[rule], least=2)
    yield Scenario("the source comes within the wait", "no page for the target", [(0, "fire", "T.x"), (0.5, "fire", "S.x")],
                   inhibit=[rule], least=1)
    yield Scenario("the source ends", "the target is told", [(0, "fire", "S.x", "T.x"), (1.8, "end", "S.x")], inhibit=[rule], least=3)
    yield Scenario("both sides of a rule", "no alert inhibits itself", [(0, "fire", "A.x")],
                   inhibit=[{"source_match": {"which": "A"}, "target_match_re": {"which": "A|B"}}], least=1)
    yield Scenario("silenced", "nothing is told", [(-1.5, "silence", "node=x"), (0, "fire", "A.x")])
    yield Scenario("one of two silenced", "the other is told", [(-1.5, "silence", "node=~x|z"), (0, "fire", "A.x", "A.y")], least=1)
    yield Scenario("silenced by what it is not", "!= and !~", [(-1.5, "silence", 'node!="y"', "which!~B"), (0, "fire", "A.x", "A.y")],
                   least=1)
    yield Scenario("a silence ends", "then it is told", [(-1.5, "silence", "node=x"), (0, "fire", "A.x"), (2.2, "unsilence")], least=1)
    yield Scenario("silenced after its page", "no repetition, no other page",
                   [(0, "fire", "A.x"), (1.5, "silence", "node=x")], route={"repeat_interval": span(2.5)}, least=1)
    yield Scenario("over while silenced", "told as over afterwards",
                   [(0, "fire", "A.x"), (1.5, "silence", "node=x"), (2.2, "end", "A.x"), (4.2, "unsilence")],
                   ours="an end under a silence is told when the silence is over, so that the incident does not stay open",
                   messages=[("firing", ["A.x"]), ("resolved", ["-A.x"])])


def times():
    now = datetime.datetime.now(datetime.timezone.utc)
    day = now.strftime("%A").lower()
    other = (now + datetime.timedelta(days=2)).strftime("%A").lower()
    last = (now.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
    from_end = now.day - last.day - 1
    cases = [("all day", {"times": [{"start_time": "00:00", "end_time": "24:00"}]}, True),
             ("today", {"weekdays": [day]}, True), ("another day", {"weekdays": [other]}, False),
             ("this month", {"months": [now.strftime("%B").lower()]}, True),
             ("this month by number", {"months": [f"{now.month}:12"]}, True),
             ("this day of the month", {"days_of_month": [f"{now.day}"]}, True),
             ("from the month's end", {"days_of_month": [f"{from_end}:-1"]}, True),
             ("this year", {"years": [f"2020:{now.year}"]}, True), ("another year", {"years": [f"{now.year + 1}"]}, False),
             ("this hour", {"times": [{"start_time": f"{now.hour:02}:00", "end_time": f"{now.hour + 1:02}:00"}]}, None),
             ("this hour in Seoul", {"times": [{"start_time": f"{now.hour:02}:00", "end_time": f"{now.hour + 1:02}:00"}],
                                     "location": "Asia/Seoul"}, None)]
    for name, interval, is_in in cases:
        yield Scenario(f"muted {name}", "mute_time_intervals", [(0, "fire", "A.x")], intervals={"i": [interval]},
                       routes=[{"mute_time_intervals": ["i"], "matchers": ["node=x"]}], least=1 if is_in is False else 0)
        yield Scenario(f"active {name}", "active_time_intervals", [(0, "fire", "A.x")], intervals={"i": [interval]},
                       routes=[{"active_time_intervals": ["i"], "matchers": ["node=x"]}], least=1 if is_in else 0)


def all_of_them():
    return [one for kind in (groups, ends, repeats, routes, held, times) for one in kind()]
