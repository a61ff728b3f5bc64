"""The samples of both sides: two hours and a half of a few hosts, the same in every run. Counters that reset, gauges, histograms,
series with gaps, that end, that change their labels, and values that are hard."""
import math
import random

START_S = 1_700_000_000  # 2023-11-14T22:13:20Z, no round minute
MINUTES = 150
STALE = "stale"  # the marker of a series' end, which only remote write carries

# instance: seconds after the start at which it is scraped first, seconds between scrapes. All have exact binary fractions.
HOSTS = {"web-1": (0.0, 15), "web-2": (3.25, 15), "db-1": (7.5, 30)}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def name_of(metric, **labels):
    return metric + "{" + ",".join(f"{label}={quoted(value)}" for label, value in sorted(labels.items())) + "}"


def times(host, first_minute=0, last_minute=MINUTES):
    offset, interval = HOSTS[host]
    at = START_S + first_minute * 60 + offset
    while at < START_S + last_minute * 60:
        yield at
        at += interval


def text_of(value):
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "NaN"
    return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, repr(value))


class Samples:
    """Series by name, each a list of (seconds, value)."""

    def __init__(self):
        self.random = random.Random(42)
        self.series = {}

    def add(self, series, at, value):
        self.series.setdefault(series, []).append((at, value))

    def counter(self, series, host, per_scrape, resets=(), start=0.0):
        value = start
        for number, at in enumerate(times(host)):
            if number in resets:
                value = 0.0
            self.add(series, at, value)
            value += round(self.random.uniform(0, 2 * per_scrape), 3)

    def gauge(self, series, host, middle, swing, minutes=(0, MINUTES)):
        for number, at in enumerate(times(host, *minutes)):
            self.add(series, at, round(middle + swing * math.sin(number / 17) + self.random.gauss(0, swing / 10), 4))

    def lines(self):
        for series, samples in sorted(self.series.items()):
            for at, value in samples:
                yield f"{series} {text_of(value)} {at!r}"

    def by_time(self):
        rows = [(at, series, value) for series, samples in self.series.items() for at, value in samples]
        return sorted(rows, key=lambda row: (row[0], row[1]))


def add_hosts(to):
    for host in HOSTS:
        job = "db" if host.startswith("db") else "web"
        where = dict(instance=host, job=job)
        for cpu in ("0", "1"):
            for mode, speed in (("idle", 12), ("user", 2), ("system", 0.7)):
                to.counter(name_of("node_cpu_seconds_total", cpu=cpu, mode=mode, **where), host, speed,
                           resets=(211,) if host == "web-2" else (), start=1000.0 * len(mode))
        to.gauge(name_of("node_load1", **where), host, 2, 1.5)
        to.gauge(name_of("node_memory_MemAvailable_bytes", **where), host, 4e9, 5e8)
        to.gauge(name_of("node_memory_MemTotal_bytes", **where), host, 8e9, 0)
        to.gauge(name_of("temperature_celsius", sensor="cpu", **where), host, -3, 8)
        for at in times(host):
            to.add(name_of("up", **where), at, 1.0 if (at // 600) % 5 else 0.0)
            to.add(name_of("boot_time_seconds", **where), at, START_S - 86400.0 * (11 + len(host)))
        for version, minutes in (("1.0", (0, 70)), ("1.1", (71, MINUTES))):
            for at in times(host, *minutes):
                to.add(name_of("build_info", version=version, **where), at, 1.0)
        for disk, size in (("sda", 5e11), ("sdb", 1e12)):
            to.gauge(name_of("disk_free_bytes", device=disk, **where), host, size / 3, size / 7)
            for at in times(host):
                to.add(name_of("disk_size_bytes", device=disk, **where), at, size)


def add_requests(to):
    bounds = ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")
    for host in ("web-1", "web-2"):
        for handler, speed in (("/", 9), ("/api", 3)):
            where = dict(instance=host, job="web", handler=handler)
            for method, code, share in (("GET", "200", 1), ("GET", "500", 0.02), ("POST", "200", 0.3), ("POST", "404", 0.1)):
                value = 0
                for number, at in enumerate(times(host)):
                    value = 0 if number in (97, 300) and host == "web-1" else value
                    to.add(name_of("http_requests_total", method=method, code=code, **where), at, float(value))
                    value += int(to.random.expovariate(1 / (speed * share)))
            counts = [0] * len(bounds)
            total = 0.0
            for at in times(host):
                for series, count in zip(bounds, counts):
                    to.add(name_of("http_request_duration_seconds_bucket", le=series, **where), at, float(count))
                to.add(name_of("http_request_duration_seconds_count", **where), at, float(counts[-1]))
                to.add(name_of("http_request_duration_seconds_sum", **where), at, total)
                for _ in range(int(to.random.expovariate(1 / speed))):
                    seconds = round(to.random.lognormvariate(-1.5, 1), 3)
                    total = round(total + seconds, 3)
                    counts = [count + (bound == "+Inf" or seconds <= float(bound)) for bound, count in zip(bounds, counts)]


def add_hard_ones(to):
    host = "web-1"
    for number, at in enumerate(times(host)):
        mixed = [math.nan, math.inf, -math.inf, 0.0, -1.5, 2.5, 1e300, -1e-300, 3.0][number % 9]
        to.add(name_of("hard", kind="mixed"), at, mixed)
        to.add(name_of("hard", kind="nan"), at, math.nan)
        to.add(name_of("hard", kind="inf"), at, math.inf)
        to.add(name_of("hard", kind="minus_inf"), at, -math.inf)
        to.add(name_of("hard", kind="zero"), at, 0.0)
        to.add(name_of("hard", kind="negative"), at, -7.25)
        to.add(name_of("hard", kind="nan_then_number"), at, math.nan if number % 4 < 2 else float(number))
        to.add(name_of("large"), at, 1e16 + (number % 3))
        to.add(name_of("overflow"), at, 1.7e308)
        to.add(name_of("constant", kind="five"), at, 5.0)
        to.add(name_of("falling_total"), at, float(5000 - number))
        to.add(name_of("near_zero_total"), at, float(max(0, number - 100)))
        for shelf, value in (("a", 1), ("b", 1), ("c", 2), ("d", 3), ("e", 2.5), ("f", -1), ("g", 0)):
            to.add(name_of("stock", shelf=shelf, side="left" if shelf in "abc" else "right"), at, float(value + number % 2))
        # The same labels under two names.
        to.add(name_of("twin_a_total", zone="1"), at, float(number))
        to.add(name_of("twin_b_total", zone="1"), at, float(2 * number))
        for path in ('/a"b', "/c\\d", "/line\nbreak", "/ünïcode/日本"):
            to.add(name_of("strange", path=path), at, float(len(path)))
        for second in (0, 951782399, 951782400, 1709164800, 1735689599, -1, -62135596800, 4102444800, 1230768000.7):
            to.add(name_of("moment", at=str(second)), at, float(second))
        for le, count in (("1", 10), ("2", 8), ("4", 30), ("oops", 5), ("+Inf", 29)):
            to.add(name_of("bent_bucket", le=le), at, float(count + number))
        for le, count in (("-5", 3), ("0", 6), ("5", 6), ("+Inf", 10)):
            to.add(name_of("negative_bucket", le=le), at, float(count))
        for le, count in (("1", 10), ("2", 20)):
            to.add(name_of("open_bucket", le=le), at, float(count))
        to.add(name_of("lonely_bucket", le="+Inf"), at, 4.0)
        to.add(name_of("empty_bucket", le="1"), at, 0.0)
        to.add(name_of("empty_bucket", le="+Inf"), at, 0.0)
        for le, count in (("1", 1), ("1.0", 2), ("3e0", 7), ("inf", 9)):
            to.add(name_of("spelled_bucket", le=le), at, float(count))
    # Missing stretches, from one of a scrape to one longer than the lookback; a series that is seen once; one seen rarely.
    for number, at in enumerate(times(host)):
        if number % 40 < 25 and number % 7:
            to.add(name_of("flapping", half="first"), at, float(number))
        elif number % 40 >= 25:
            to.add(name_of("flapping", half="second"), at, float(-number))
    to.add(name_of("once"), START_S + 3600.0, 42.0)
    for number in range(MINUTES // 4):
        to.add(name_of("rare_total"), START_S + number * 240.0, float(number * number))


def make_blocks():
    """What promtool makes blocks of."""
    samples = Samples()
    add_hosts(samples)
    add_requests(samples)
    add_hard_ones(samples)
    return samples


def make_tail():
    """Later than the blocks, by remote write: series that end with a marker and come back."""
    samples = Samples()
    start = START_S + MINUTES * 60 + 60
    for number in range(120):
        at = start + 15.0 * number
        value = float(number) if number % 30 < 20 else STALE
        if number % 30 <= 20:
            samples.add(name_of("vanishing", instance="web-1"), at, value)
            samples.add(name_of("vanishing_total", instance="web-1"), at, value)
        if number <= 50:
            samples.add(name_of("vanishing", instance="web-2"), at, STALE if number == 50 else 3.5)
        samples.add(name_of("steady", instance="web-1"), at, float(number % 11))
    return samples
