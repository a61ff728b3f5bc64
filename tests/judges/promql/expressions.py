"""The expressions that both sides evaluate: tables of templates and selectors, and those of expressions.txt."""
import functools
import pathlib
import re

from samples import MINUTES, START_S

FOLDER = pathlib.Path(__file__).parent
START_MS = START_S * 1000

# Instants: between scrapes, on a scrape, in a gap, beyond the blocks.
INSTANTS_MS = [START_MS + 3_600_000, START_MS + 2_471_003, START_MS + (MINUTES + 20) * 60_000 + 7]
# start, end, step in milliseconds from the first sample.
RANGES = [(1_800_000, 3_600_000, 60_000), (5_000_011, 5_400_000, 17_000)]
TAIL_RANGE = ((MINUTES - 5) * 60_000, (MINUTES + 40) * 60_000, 45_000)
ORDERED = re.compile(r"^(sort|sort_desc|topk|bottomk)\s*\((?!.*\bby\b)")


class Expression:
    def __init__(self, text, modes="both"):
        self.text = text
        self.modes = modes
        self.is_ordered = ORDERED.match(text) is not None

    def questions(self):
        is_of_tail = "vanishing" in self.text or "steady" in self.text
        if self.modes != "range":
            for at in INSTANTS_MS[2:] if is_of_tail else INSTANTS_MS[:2]:
                yield "instant", {"query": self.text, "time": at}
        if self.modes != "instant":
            for start, end, step in [TAIL_RANGE] if is_of_tail else RANGES:
                yield "range", {"query": self.text, "start": START_MS + start, "end": START_MS + end, "step": step}


RANGE_FUNCTIONS = [
    "absent_over_time({})", "avg_over_time({})", "changes({})", "count_over_time({})", "delta({})", "deriv({})",
    "holt_winters({}, 0.3, 0.6)", "idelta({})", "increase({})", "irate({})", "last_over_time({})", "max_over_time({})",
    "min_over_time({})", "predict_linear({}, 600)", "present_over_time({})", "quantile_over_time(0.7, {})", "rate({})",
    "resets({})", "stddev_over_time({})", "stdvar_over_time({})", "sum_over_time({})",
]
RANGES_OF_SAMPLES = [
    'node_cpu_seconds_total{mode="user"}[5m]', 'http_requests_total{code="200"}[3m]', "node_load1[90s]", "hard[4m]",
    "flapping[6m]", 'falling_total[2m]', "near_zero_total[30m]", "rare_total[15m]", "vanishing_total[7m]", "once[30m]",
    "nothing_here[5m]", "node_load1[31s]", "overflow[5m]", "sum by (job) (node_load1)[5m:30s]",
]
MATH = ["abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp", "floor", "ln", "log10", "log2",
        "rad", "sgn", "sin", "sinh", "sqrt", "tan", "tanh", "round", "sort", "sort_desc", "timestamp", "absent", "-", "+"]
DATES = ["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year"]
INSTANT_VECTORS = ["node_load1", "hard", "temperature_celsius / 10"]

AGGREGATIONS = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"]
AGGREGATED = ["node_load1", 'node_cpu_seconds_total', "hard", "flapping", "build_info", "overflow", "strange"]
GROUPINGS = ["", " by (job)", " by (instance, mode, missing)", " without (instance, cpu, version)", " by ()", " without ()",
             " by (__name__, job)"]

OPERATORS = ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<="]
COMPARISONS = ["==", "!=", ">", "<", ">=", "<="]
PAIRS = [("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"), ("hard", "hard"), ("stock", "stock % 2"),
         ("node_load1", "temperature_celsius"), ("node_load1", "on(instance) temperature_celsius"),
         ("disk_free_bytes", "ignoring(sensor, device) group_left temperature_celsius"),
         ("node_load1", "on(instance) group_right disk_free_bytes"),
         ("http_requests_total", "on(instance) group_left(version, mode) build_info"),
         ("flapping", "ignoring(half) flapping"), ("flapping", "on() group_left() once")]
SCALARS = ["2", "-0.5", "NaN", "Inf", "scalar(once)"]
SETS = ["and", "or", "unless"]
SET_PAIRS = [("up", "node_load1"), ("up == 1", "up == 0"), ("flapping", "flapping > 100"), ('stock{side="left"}', "on(side) stock > 1"),
             ("build_info", "ignoring(version) node_load1 > 2"), ("nothing_here", "up"), ("up", "nothing_here"),
             ("node_load1", "on() vector(1)"), ("vector(1)", "on(instance) up"), ("hard", "ignoring(kind) hard == 0")]


def tables():
    for selector in RANGES_OF_SAMPLES:
        for function in RANGE_FUNCTIONS:
            yield function.format(selector)
    for vector in INSTANT_VECTORS:
        for function in MATH:
            yield f"{function}({vector})"
    for function in DATES:
        yield f"{function}(moment)"
        yield f"{function}()"
        yield f"{function}(hard)"
    for vector in AGGREGATED:
        for aggregation in AGGREGATIONS:
            for grouping in GROUPINGS[:3] if vector in ("hard", "overflow") else GROUPINGS:
                yield f"{aggregation}{grouping} ({vector})"
    for left, right in PAIRS:
        for operator in OPERATORS:
            modifier = re.match(r"((on|ignoring).*?\))( group_\w+(\([^)]*\))?)? ", right)
            rest = right[modifier.end():] if modifier else right
            yield f"{left} {operator} {modifier.group() if modifier else ''}{rest}"
            if operator in COMPARISONS:
                yield f"{left} {operator} bool {modifier.group() if modifier else ''}{rest}"
    for number in SCALARS:
        for operator in OPERATORS:
            yield f"hard {operator} {number}"
            yield f"{number} {operator} node_load1"
            if operator in COMPARISONS:
                yield f"node_load1 {operator} bool {number}"
                yield f"{number} {operator} bool 2"
            else:
                yield f"{number} {operator} 2.5"
    for left, right in SET_PAIRS:
        for operator in SETS:
            yield f"{left} {operator} {right}"


def written():
    """Lines of expressions.txt: an expression; before it may stand `instant: ` or `range: `, which it is only asked as."""
    for line in (FOLDER / "expressions.txt").read_text().splitlines():
        if line and not line.startswith("##"):
            match = re.match(r"(instant|range): (.*)", line)
            text = match.group(2) if match else line
            yield Expression(text.replace("\\N", "\n"), match.group(1) if match else "both")


@functools.cache
def all_of_them():
    out = {(one.text, one.modes): one for one in [*map(Expression, tables()), *written()]}
    reasons = {text for text, _ in left_out()}
    return [one for key, one in out.items() if one.text not in reasons]


@functools.cache
def left_out():
    """(expression, reason) of left_out.txt: lines of an expression, two blanks or more, # and the reason."""
    lines = (FOLDER / "left_out.txt").read_text().splitlines()
    pairs = [re.match(r"(.*?)\s{2,}# (.*)", line) for line in lines if line and not line.startswith("##")]
    return [match.groups() for match in pairs]
