#!/usr/bin/env python3
"""Debian's prometheus_client judges the agent's OpenMetrics parser: over the same inputs, one for each rule of the specification,
both must come to the verdict that stands there (but where the peer is known to err), and of a good one read the same samples.
"""
import math
import os
import pathlib
import subprocess
import sys
import tempfile

from inputs import read_inputs

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge

OURS = pathlib.Path(os.environ["VIGIE_BIN_DIR"]) / "judge_openmetrics"


def find_peer():
    """prometheus_client of its Debian package, with the one that it needs."""
    for name in ("python3-prometheus-client", "python3-decorator"):
        sys.path.insert(0, str(unpacked_for_judge(name) / "usr/lib/python3/dist-packages"))
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    return text_string_to_metric_families


def escaped(value):
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def peer_reads(parse, text):
    """What the peer makes of a text: its samples in their order, or None and why."""
    try:
        families = list(parse(text))
    except Exception as error:  # it raises whatever the broken text leads it to
        return None, repr(error)
    samples = []
    for sample in (sample for family in families for sample in family.samples):
        labels = ",".join(f'{name}="{escaped(value)}"' for name, value in sorted(sample.labels.items()) if value)
        key = sample.name + (f"{{{labels}}}" if labels else "")
        samples.append((key, float(sample.value), None if sample.timestamp is None else float(sample.timestamp)))
    return samples, ""


def we_read(inputs):
    """The same of ours, for all inputs at once."""
    with tempfile.TemporaryDirectory(prefix="vigie-judge-") as folder:
        files = []
        for number, one in enumerate(inputs):
            files.append(pathlib.Path(folder, str(number)))
            files[-1].write_text(one.text)
        said = subprocess.run([OURS, *files], check=True, capture_output=True, text=True, timeout=60).stdout
    answers = []
    for line in said.splitlines():
        if line.startswith("= "):
            answers.append(([] if line == "= good" else None, line[2:]))
        else:
            key, value, time = line.split("\t")
            answers[-1][0].append((key, float(value), None if time == "-" else float(time)))
    return answers


def is_same(ours, theirs):
    return len(ours) == len(theirs) and all(
        a[0] == b[0] and (a[1] == b[1] or math.isnan(a[1]) and math.isnan(b[1])) and a[2] == b[2]
        for a, b in zip(ours, theirs))


def judged(one, ours, why, parse):
    """What is wrong about one input; nothing when all is well."""
    theirs, their_why = peer_reads(parse, one.text)
    if (ours is not None) != one.is_good:
        return f"ours says {why}"
    if (theirs is not None) != (one.is_good != one.does_peer_err):
        return f"the peer says {their_why or 'good'}"
    if theirs is not None and ours is not None and not is_same(ours, theirs):
        return f"ours reads {ours}, the peer {theirs}"
    return ""


def main():
    try:
        parse = find_peer()
    except (OSError, subprocess.CalledProcessError, ImportError, IndexError) as error:
        print(f"no peer: python3-prometheus-client can't be had: {error}\n0 passed, 1 failed")
        return 1
    inputs = read_inputs()
    answers = we_read(inputs)
    failed = 0
    for one, (ours, why) in zip(inputs, answers, strict=True):
        wrong = judged(one, ours, why, parse)
        print(f"{'failed' if wrong else 'passed'} {one.name}{': ' + wrong if wrong else ''}")
        failed += 1 if wrong else 0
    print(f"{len(inputs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
