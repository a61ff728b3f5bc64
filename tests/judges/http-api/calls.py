"""The requests that both sides are asked: good ones, wrong ones, and Grafana's by their bytes."""
import urllib.parse

FORM = "application/x-www-form-urlencoded"


class Call:
    """`words`: the error's words are compared too. `is_ordered`: the order of series counts."""

    def __init__(self, target, body=None, method=None, words=False, is_ordered=False, content_type=FORM):
        self.target = target
        self.body = body
        self.method = method or ("GET" if body is None else "POST")
        self.words = words
        self.is_ordered = is_ordered
        self.headers = {"Content-Type": content_type} if body is not None else {}

    def name(self):
        return f"{self.method} {self.target}" + (f" {self.body}" if self.body is not None else "")


def form(**fields):
    """A form; lists give a field several times. `match` is match[]."""
    pairs = [(name.replace("match", "match[]"), value) for name, value in fields.items()]
    return urllib.parse.urlencode(pairs, doseq=True)


def both(path, words=False, **fields):
    """The same as GET and as POST."""
    yield Call(f"{path}?{form(**fields)}", words=words)
    yield Call(path, form(**fields), words=words)


QUERIES = [
    "up", "node_load1", "1+1", "time()", '"a string \\"quoted\\""', "vector(1) / 0", "-vector(1) / 0", "0/0", "node_load1[90s]",
    "sum by (instance) (rate(node_cpu_seconds_total[5m]))", "hard", "hard * 1e-9", "large * 1e10", "constant / 3e7",
    "scalar(constant) * 1e-9", "scalar(constant) * 1e25", "strange", "flapping", "once", "rare_total", "build_info",
    'http_requests_total{code=~"5.."}', "nothing_here", "moment * 0.001", "absent(nothing_here)", "count_values('v', up)",
    "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", "stock > bool 2", "vector(1e21)",
    "vector(0.000001)", "vector(0.0000009)", "vector(123456789012345678)", "vector(-0)", "node_load1 offset 10m", "node_load1 @ 0",
]
WRONG_QUERIES = ["", "sum(", "node_load1[5m", "rate(node_load1)", "unknown_function(up)", 'up{a=~"("}', "up{", "{}", "1 +", "up offset 1",
                 '{a=""}', "sum by (1) (up)", "up + on(", "topk(up)", "\xff"]
FAILING_QUERIES = ["node_load1 + on() stock", "label_replace(up, 'x y', '', '', '')", "hard / ignoring(kind) hard",
                   'label_replace(up, "job", "x", "instance", "(")']
TIMES = ["1.5", "-1", "1e9", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.1239Z", "2020-01-01T01:00:00+01:00", "0.0004", "0.0006",
         "1700000000.123", "1700000000.4567", "0x10"]
WRONG_TIMES = ["now", "1h", "2020-01-01", "2020-13-01T00:00:00Z", "2020-01-01T00:00:00", "1,5", "--1"]
STEPS = ["15", "0.5", "1m", "1h30m", "90s", "1500ms"]
WRONG_STEPS = ["", "0", "-1", "x", "1 m", "1m1h", "1e20", "0s"]


def queries(reports):
    at = reports.start_s + 3600.5
    span = {"start": reports.start_s + 1800, "end": reports.start_s + 3600}
    for query in QUERIES:
        yield from both("/api/v1/query", query=query, time=at)
        if "[90s]" not in query and not query.startswith('"'):
            yield from both("/api/v1/query_range", query=query, step=47, **span)
    yield Call("/api/v1/query?" + form(query="sort_desc(node_load1)", time=at), is_ordered=True)
    for query in WRONG_QUERIES:
        yield from both("/api/v1/query", query=query, time=at)
        yield from both("/api/v1/query_range", query=query, step=60, **span)
    for query in FAILING_QUERIES:
        yield Call("/api/v1/query?" + form(query=query, time=at))
        yield Call("/api/v1/query_range?" + form(query=query, step=60, **span))
    yield Call("/api/v1/query_range?" + form(query="up[5m]", step=60, **span), words=True)
    yield Call("/api/v1/query_range?" + form(query="'text'", step=60, **span), words=True)


def parameters(reports):
    for text in TIMES:
        yield Call("/api/v1/query?" + form(query="time()", time=text))
    for text in WRONG_TIMES:
        yield Call("/api/v1/query?" + form(query="up", time=text), words=True)
        yield Call("/api/v1/query_range?" + form(query="up", start=text, end=1, step=1), words=True)
        yield Call("/api/v1/query_range?" + form(query="up", start=1, end=text, step=1), words=True)
        yield Call("/api/v1/series?" + form(match="up", start=text), words=True)
        yield Call("/api/v1/labels?" + form(end=text), words=True)
        yield Call("/api/v1/label/job/values?" + form(end=text), words=True)
    for text in STEPS:
        yield Call("/api/v1/query_range?" + form(query="time()", start=10, end=7210, step=text))
    for text in WRONG_STEPS:
        yield Call("/api/v1/query_range?" + form(query="up", start=1, end=2, step=text), words=True)
    for fields in [{}, {"query": "up"}, {"query": "up", "start": 1}, {"query": "up", "start": 1, "end": 2},
                   {"query": "up", "start": 2, "end": 1, "step": 1}, {"query": "up", "start": 0, "end": 11001, "step": 1},
                   {"query": "up", "start": 0, "end": 1e10, "step": 1}]:
        yield Call("/api/v1/query_range?" + form(**fields), words=True)
    yield Call("/api/v1/query_range?" + form(query="vector(1)", start=0, end=11000, step=1))
    for text in ("x", "-1", "0", "1ns"):
        yield Call("/api/v1/query?" + form(query="up", timeout=text), words=text == "x")
    yield Call("/api/v1/query?" + form(query="up", time=reports.start_s + 60, timeout="5s"))
    # The body goes before the path; what is no form is passed over; broken fields are left out.
    yield Call("/api/v1/query?query=2&time=5", "query=1")
    yield Call("/api/v1/query?query=2&time=5", "query=1", content_type="text/plain")
    yield Call("/api/v1/query?query=2&time=5&query=3")
    yield Call("/api/v1/query?time=5&query=1%2B1&x=%zz")
    yield Call("/api/v1/query?time=5&query=1;y=2")
    yield Call("/api/v1/query?time=5&query=+1&&=&a")


def listings(reports):
    inside = {"start": reports.start_s, "end": reports.end_s}
    after = {"start": reports.end_s + 365 * 86400, "end": reports.end_s + 366 * 86400}
    selectors = ["up", '{instance="web-1"}', '{__name__=~"node_.*",instance!="db-1"}', ["up", "node_load1"], '{mode=~"user|idle"}',
                 "nothing_here", ['{kind="nan"}', "hard"], "strange", "once"]
    for selector in selectors:
        for time in ({}, inside, after):
            yield from both("/api/v1/series", match=selector, **time)
            yield from both("/api/v1/labels", match=selector, **time)
            yield Call("/api/v1/label/__name__/values?" + form(match=selector, **time))
            yield Call("/api/v1/label/instance/values?" + form(match=selector, **time))
    for label in ("__name__", "instance", "job", "mode", "path", "le", "nothing"):
        yield Call(f"/api/v1/label/{label}/values")
        yield Call(f"/api/v1/label/{label}/values?" + form(**inside))
    yield Call("/api/v1/labels")
    yield Call("/api/v1/series?" + form(match="up", start="-292273086-05-16T16:47:06Z", end="292277025-08-18T07:12:54.999999999Z"))
    yield from both("/api/v1/labels", **inside)
    yield Call("/api/v1/series", words=True)
    yield Call("/api/v1/series", form(start=1), words=True)
    for wrong in ("", "{}", '{a=""}', '{a=~".*"}', "sum(up)", "up[5m]", "up{", "1"):
        yield Call("/api/v1/series?" + form(match=wrong))
        yield Call("/api/v1/labels?" + form(match=["up", wrong]))
        yield Call("/api/v1/label/job/values?" + form(match=wrong))
    for label in ("not-a-label", "1a", "%22", "a.b"):
        yield Call(f"/api/v1/label/{label}/values", words=True)


def others():
    yield Call("/api/v1/query_exemplars?" + form(query="up", start=1, end=2))
    yield Call("/api/v1/query_exemplars?" + form(query="1", start=1, end=2))
    yield Call("/api/v1/query_exemplars?" + form(query="up", start=2, end=1), words=True)
    yield Call("/api/v1/query_exemplars?" + form(query="up{", start=1, end=2))
    for query in ("up", "sum(up)by(a)", "up{a='b'}", "1+2*3", "rate(up[5m])", "a and b"):
        yield from both("/api/v1/format_query", query=query)
    yield Call("/api/v1/format_query?query=)")
    yield Call("/api/v1/metadata?limit=x", words=True)
    yield Call("/api/v1/metadata?limit=0")
    yield Call("/api/v1/metadata?metric=nothing_here")
    yield Call("/api/v1/rules")
    yield Call("/api/v1/rules?type=alert")
    yield Call("/api/v1/rules?type=x", words=True)
    yield Call("/api/v1/alerts")
    yield Call("/-/healthy")
    yield Call("/-/ready")
    for path in ("/api/v1/query", "/api/v1/labels", "/api/v1/metadata", "/-/healthy"):
        yield Call(path, method="PUT")
    yield Call("/api/v1/metadata", "x=1")
    yield Call("/api/v1/nothing")


def all_of_them(reports):
    yield from queries(reports)
    yield from parameters(reports)
    yield from listings(reports)
    yield from others()
