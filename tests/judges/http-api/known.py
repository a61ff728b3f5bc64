"""Where our answers differ on purpose: a pattern of the request's name, what is not compared, and why."""
import re

ALL = "all"
WORDS = "words"

DIFFERENCES = [
    (r"time=0x10$", ALL, "times are decimal here; Go reads hexadecimal numbers too"),
    (r"/api/v1/nothing$", "body", "Prometheus says 404 in plain text; here every failure has the API's form"),
    (r"^PUT |POST /api/v1/metadata", "body", "Prometheus says 405 in plain text; here every failure has the API's form"),
    (r"^GET /-/(healthy|ready)$", "body", "we say that Vigie is healthy"),
    (r"/api/v1/alerts$", "body", "the controller's own alerts are there: the hosts that reported have left"),
    (r"/label/__name__/values\?match%5B%5D=%7Binstance%3D%22web-1%22%7D&start=", "body",
     "with a matcher Prometheus also names series whose samples are all later: those of the controller's own"),
    (r"/status/buildinfo", "body", "the version is Prometheus'; revision and the like are ours"),
]


def differences(name):
    """What is not compared of this request, with reasons."""
    return {what: reason for pattern, what, reason in DIFFERENCES if re.search(pattern, name)}
