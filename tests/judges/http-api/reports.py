"""What hosts report, for both sides: the samples of the judge of PromQL in the form of reports, of now. A series that a host's
report lacks although the one before had it has ended there: Prometheus is told so by a stale marker, ours sees it by itself."""
import re
import time

import samples

MARGIN_S = 600  # that the last sample is old, so that nothing changes while both are asked

LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def labels_of(series):
    name, _, rest = series.partition("{")
    labels = {label: re.sub(r'\\[\\"n]', lambda match: ESCAPES[match.group()], value) for label, value in LABEL.findall(rest)}
    return name, labels


class Reports:
    """Of each host, by time: (unix ms, {series as an agent sends it: value})."""

    def __init__(self):
        start = int(time.time()) - MARGIN_S - samples.MINUTES * 60
        samples.START_S = self.start_s = start - start % 60
        self.end_s = self.start_s + samples.MINUTES * 60
        self.hosts = {}
        for series, points in samples.make_blocks().series.items():
            name, labels = labels_of(series)
            host = labels.pop("instance", "web-1")
            labels.pop("job", None)  # the controller gives both
            key = samples.name_of(name, **labels)
            for at, value in points:
                self.hosts.setdefault(host, {}).setdefault(round(at * 1000), {})[key] = value

    def by_time(self, host):
        return sorted(self.hosts[host].items())

    def remote_write(self):
        """Rows of (labels, unix ms, value), by time."""
        rows = []
        for host in self.hosts:
            before = {}
            for at, values in self.by_time(host):
                ended = {series: "stale" for series in before if series not in values}
                rows += [(self.stored_labels(host, series), at, value) for series, value in {**values, **ended}.items()]
                before = values
        return sorted(rows, key=lambda row: row[1])

    @staticmethod
    def stored_labels(host, series):
        name, labels = labels_of(series)
        return {"__name__": name, **labels, "instance": host, "job": "node"}
