#!/usr/bin/env python3
"""Compares `vigie rules check` and `vigie rules test` with Debian's promtool: the same files, the same verdicts, the same failing
tests."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "promql"))
import peer  # noqa: E402

VIGIE = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", "build/dev/bin")).resolve() / "vigie"
TIMEOUT_S = 120
# promtool's lines of a failure: an alert, an expression, or a rule that could not be evaluated.
FAILURES = [("alertname", re.compile(r"^    alertname: (.*), time: (\S+), ?$", re.M)),
            ("expr", re.compile(r'^    expr: "(.*)", time: (\S+?),(?: err: .*)?$', re.M)),
            ("rule", re.compile(r"^    rule: (.*), time: (\S+), err: .*$", re.M))]


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout + done.stderr


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def count(self, name, what=None):
        if what is None:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name}: {what}")


def unquoted(text):
    return json.loads(f'"{text}"') if "\\x" not in text else text


def short(time):
    """Rules' times are Go's durations, 1m0s, the others Prometheus's, 1m."""
    return re.sub(r"(?<=[hm])0[ms]", "", re.sub(r"(?<=h)0m0s", "", time))


def their_tests(promtool, path):
    code, text = run(promtool, "test", "rules", path)
    failing = {(kind, unquoted(name) if kind == "expr" else name, short(time))
               for kind, pattern in FAILURES for name, time in pattern.findall(text)}
    return code == 0, failing, text


def our_tests(path):
    code, text = run(VIGIE, "rules", "test", path, "-o", "json")
    if code not in (0, 1):
        raise RuntimeError(f"vigie rules test ended with {code}: {text}")
    answer = json.loads(text)[0]
    return code == 0, {(one["kind"], one["name"], one["time"]) for one in answer["failures"]}, text


def judge_tests(promtool, path, name, tally):
    their_verdict, theirs, their_text = their_tests(promtool, path)
    our_verdict, ours, our_text = our_tests(path)
    what = None
    if our_verdict != their_verdict:
        what = f"ours {'holds' if our_verdict else 'fails'}, theirs does not agree: {our_text} {their_text}"
    elif ours != theirs:
        what = f"only ours: {sorted(ours - theirs)}, only theirs: {sorted(theirs - ours)}"
    tally.count(f"test  {name}: {'holds' if their_verdict else f'{len(theirs)} fail'}", what)
    return their_verdict, len(theirs)


def spoiled(text):
    """Copies of a file of tests in which something else is expected."""
    yield "other values", re.sub(r"value: (-?[0-9.e+]+)", lambda match: f"value: {float(match[1]) + 1}", text)
    yield "other labels", re.sub(r"(exp_labels: \{)", r"\1 surprise: yes, ", text)
    yield "other annotations", re.sub(r"exp_annotations: \{", "exp_annotations: {surprise: yes, ", text)
    yield "nothing expected", re.sub(r"exp_alerts:\n( +-.*\n(?: {6,}.*\n)*)+", "exp_alerts: []\n", text)
    yield "a faster clock", re.sub(r"(?m)^evaluation_interval: .*$", "evaluation_interval: 20s", text)
    yield "a later time", re.sub(r"eval_time: (\d+)m", lambda match: f"eval_time: {int(match[1]) + 4}m", text)


def judge_check(promtool, path, tally):
    their_code, their_text = run(promtool, "check", "rules", path)
    our_code, our_text = run(VIGIE, "rules", "check", path)
    what = None
    if (their_code == 0) != (our_code == 0):
        what = f"ours {our_code}: {our_text.strip()}; theirs {their_code}: {their_text.strip()}"
    elif our_code == 0:
        wanted = re.search(r"SUCCESS: (\d+) rules found", their_text)
        if not wanted or f": {wanted[1]} rule" not in our_text:
            what = f"ours: {our_text.strip()}; theirs: {their_text.strip()}"
    elif not re.search(rf"^{re.escape(str(path))}:\d+:", our_text, re.M):
        what = f"no line of ours names the place: {our_text}"
    tally.count(f"check {path.parent.name}/{path.name}", what)


def judge(promtool, folder, tally):
    for kind in ("good", "bad"):
        for path in sorted((FOLDER / kind).glob("*.yml")):
            judge_check(promtool, path, tally)
    verdicts = []
    effects = {}  # whether a way of spoiling changed any file
    for path in sorted((FOLDER / "tests").glob("*_test.yml")):
        verdicts.append(judge_tests(promtool, path, path.name, tally))
        for what, text in spoiled(path.read_text()):
            copy = folder / f"{path.stem}_{what.replace(' ', '_')}.yml"
            copy.write_text(text.replace("rule_files: [", f"rule_files: [{FOLDER}/tests/"))
            effects[what] = effects.get(what, False) or text != path.read_text()
            if text != path.read_text():
                verdicts.append(judge_tests(promtool, copy, f"{path.name}, {what}", tally))
    for what, has_effect in effects.items():
        tally.count(f"spoil {what}", None if has_effect else "it changes no file: mend its pattern")
    holding = sum(verdict for verdict, _ in verdicts)
    print(f"{len(verdicts)} files of tests: {holding} hold, {len(verdicts) - holding} fail in "
          f"{sum(count for _, count in verdicts)} tests")


def main():
    tally = Tally()
    try:
        with tempfile.TemporaryDirectory(prefix="vigie-judge-rules-") as folder:
            judge(peer.unpack() / "promtool", pathlib.Path(folder), tally)
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        tally.count("promtool and vigie run", str(error))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
