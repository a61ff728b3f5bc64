"""Programs that end at the N-th call by which they change a file or speak to a peer: crash_point.cpp, preloaded."""
import os
import pathlib
import signal
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "process"))

from fleet import Failed, expect  # noqa: E402

SHIM = pathlib.Path(os.environ["VIGIE_CRASH_POINT"])
SECONDS_MAX = 60  # of a program that does not come to its call
HOWS = ("kill", "torn", "power")  # see crash_point.cpp


class CrashPoint:
    """The environment in which a program ends itself, and how far it came."""

    def __init__(self, folder, name):
        self.counter = folder / f"{name}.calls"
        self.kept = folder / f"{name}.kept"
        self.kept.mkdir(exist_ok=True)

    def environment(self, at, how="kill"):
        """at 0 only counts. how: one of HOWS."""
        self.counter.write_bytes(bytes(4096))
        return {"LD_PRELOAD": str(SHIM), "VIGIE_CRASH_COUNTER": str(self.counter), "VIGIE_CRASH_AT": str(at),
                "VIGIE_CRASH_HOW": how, "VIGIE_CRASH_KEPT": str(self.kept),
                # The shim comes before the sanitizers' library, which finds the real functions behind itself.
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def calls(self):
        return struct.unpack("Q", self.counter.read_bytes()[:8])[0]

    def arm(self, behind):
        """Lets the running program end at its call number `behind` from now."""
        with open(self.counter, "r+b") as file:
            file.seek(64)  # behind the count and the name
            file.write(struct.pack("Q", self.calls() + behind))

    def last_name(self):
        return self.counter.read_bytes()[8:64].split(b"\0")[0].decode()


def has_ended(process, point):
    """Whether the program has come to its call. Failed when it ended in another way."""
    code = process.child.poll()
    if code is None:
        return False
    expect(code == -signal.SIGKILL, f"{process.name} ended with {code} before call {point}: {process.said()[-2000:]}")
    return True


def wait_for_end(process, point):
    try:
        process.child.wait(SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise Failed(f"{process.name} did not come to call {point} within {SECONDS_MAX} s") from None
    has_ended(process, point)


def points_of(last, wanted, rng):
    """All points, or `wanted` of them, spread over the whole and somewhere else with each seed."""
    if wanted is None or wanted >= last:
        return list(range(1, last + 1))
    width = last / wanted
    return [1 + int((number + rng.random()) * width) for number in range(wanted)]


def deaths_of(crash, points, start, turn=0):
    """Yields point and how, one death after the other; the next is asked for when the last is over. In a start, which makes the
    same calls each time, each of the points up to `start` gets every kind: kill and power, and torn when it is a write. The calls
    behind come in an order that time decides, so that a number is another call each time: there the kinds take turns, of which
    `turn` is the first. start 0: everywhere."""
    for number, point in enumerate(points):
        if point > start:
            yield point, HOWS[(turn + number) % len(HOWS)]
            continue
        yield point, "kill"
        if "write" in crash.last_name():
            yield point, "torn"
        yield point, "power"
