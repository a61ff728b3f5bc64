#!/usr/bin/env python3
"""Compares controller/query with Debian's prometheus: the same samples, expression by expression, at the same times."""
import collections
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import expressions
import peer
import samples

PROGRAM = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", "build/dev/bin")).resolve() / "judge_promql"
RELATIVE_MAX = 1e-6
# Where terms cancel out, what is left is rounding of sums up to this size times 2^-52: nobody's digits are the right ones.
NOISE_MAX = 1e-9


class Ours:
    def __init__(self, *files):
        self.process = subprocess.Popen([PROGRAM, *files], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"judge_promql ended at {question}")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def is_same_number(ours, theirs):
    a, b = float(ours), float(theirs)
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return str(a) == str(b)
    return abs(a - b) <= max(RELATIVE_MAX * max(abs(a), abs(b)), NOISE_MAX * (abs(a) < 1e-6 and abs(b) < 1e-6))


def is_same_sample(ours, theirs):
    return abs(ours[0] - theirs[0]) < 0.0005 and is_same_number(ours[1], theirs[1])


def difference(ours, theirs, is_ordered):
    """What differs between two answers, or None."""
    if ours["status"] != theirs["status"]:
        return f"ours {ours['status']} {ours.get('error', '')}, theirs {theirs['status']} {theirs.get('error', '')}"
    if ours["status"] == "error":
        return None
    ours, theirs = ours["data"], theirs["data"]
    if ours["resultType"] != theirs["resultType"]:
        return f"type {ours['resultType']}, theirs {theirs['resultType']}"
    a, b = ours["result"], theirs["result"]
    if ours["resultType"] == "string":
        return None if a[1] == b[1] else f"{a[1]!r}, theirs {b[1]!r}"
    if ours["resultType"] == "scalar":
        return None if is_same_sample(a, b) else f"{a}, theirs {b}"
    labels = [[json.dumps(one["metric"], sort_keys=True) for one in side] for side in (a, b)]
    if sorted(labels[0]) != sorted(labels[1]):
        return f"series {sorted(set(labels[0]) - set(labels[1]))[:3]} are only ours of {len(a)}, " \
               f"{sorted(set(labels[1]) - set(labels[0]))[:3]} only theirs of {len(b)}"
    if is_ordered and ours["resultType"] == "matrix" and labels[0] != labels[1]:
        return f"order {labels[0][:4]}, theirs {labels[1][:4]}"
    # Of equal values PromQL does not say which comes first.
    if is_ordered and ours["resultType"] == "vector" and \
            not all(is_same_number(x["value"][1], y["value"][1]) for x, y in zip(a, b)):
        return f"order {[one['value'][1] for one in a]}, theirs {[one['value'][1] for one in b]}"
    place = {text: at for at, text in enumerate(labels[1])}
    for text, one in zip(labels[0], a):
        other = b[place[text]]
        mine, its = one.get("values") or [one["value"]], other.get("values") or [other["value"]]
        if len(mine) != len(its):
            return f"{text}: {len(mine)} samples, theirs {len(its)}"
        for x, y in zip(mine, its):
            if not is_same_sample(x, y):
                return f"{text}: {x}, theirs {y}"
    return None


def kind_of(answer):
    return "refused" if answer["status"] == "error" else "empty" if answer["data"]["result"] == [] else "with values"


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.kinds = collections.Counter()

    def count(self, name, what):
        if what is None:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name}: {what}")


def judge(ours, theirs, tally):
    for expression in expressions.all_of_them():
        for mode, question in expression.questions():
            answer = ours.ask(question)
            tally.kinds[kind_of(answer)] += 1
            is_ordered = mode == "range" or expression.is_ordered
            tally.count(f"{mode:8} {expression.text}", difference(answer, theirs.ask(question), is_ordered))
        # The printed form reads back as the same expression on their side: they print it as they print the original.
        if "printed" in answer:
            wanted, got = theirs.printed(expression.text), theirs.printed(answer["printed"])
            tally.count(f"printed  {expression.text}", None if wanted == got else f"{got!r} is not {wanted!r}")


def main():
    tally = Tally()
    try:
        run(tally)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        tally.count("prometheus and our engine run", str(error))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


def run(tally):
    with tempfile.TemporaryDirectory(prefix="vigie-judge-promql-") as name:
        folder = pathlib.Path(name)
        blocks, tail = samples.make_blocks(), samples.make_tail()
        (folder / "blocks.txt").write_text("\n".join(blocks.lines()) + "\n# EOF\n")
        (folder / "tail.txt").write_text("\n".join(tail.lines()) + "\n")
        theirs = peer.Prometheus(folder, peer.rows_of(tail), folder / "blocks.txt")
        try:
            ours = Ours(folder / "blocks.txt", folder / "tail.txt")
            judge(ours, theirs, tally)
            ours.end()
        finally:
            theirs.end()
    for text, reason in expressions.left_out():
        print(f"left out {text}: {reason}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in tally.kinds.most_common())
    print(f"{len(expressions.all_of_them())} expressions, answers: {kinds}")


if __name__ == "__main__":
    sys.exit(main())
