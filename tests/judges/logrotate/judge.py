#!/usr/bin/env python3
"""Compares vigie-worker's rotation with Debian's logrotate on the same policies and trees."""
import datetime
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge

WORKER = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", "build/dev/bin")).resolve() / "vigie-worker"
TIMEOUT_S = 60


def state_of(days_ago, *names):
    """State lines in logrotate's form for logs that were rotated days ago."""
    at = datetime.datetime.now() - datetime.timedelta(days=days_ago)
    lines = [f'"LOGS/{name}" {at.year}-{at.month}-{at.day}-{at.hour}:0:0' for name in names]
    return "\n".join(["logrotate state -- version 2", *lines, ""])


def dated(days_ago, form="%Y%m%d"):
    return (datetime.datetime.now() - datetime.timedelta(days=days_ago)).strftime(form)


# name: policy, tree {name: content or (content, mode)}, and optionally runs, state, force, refill (content by run).
CASES = {
    "rename_and_create": dict(policy="LOGS/a { size 1\n rotate 3\n create 0640\n }", tree={"a": ("x\n", 0o604)}, runs=3,
                              refill=["a"]),
    "create_like_the_old_log": dict(policy="LOGS/a { size 1\n rotate 1\n create\n }", tree={"a": ("x\n", 0o660)}),
    "create_with_owner": dict(policy="LOGS/a { size 1\n rotate 1\n create 0600 nobody nogroup\n }", tree={"a": "x\n"},
                              root=True),
    "nocreate": dict(policy="create\nLOGS/a { size 1\n rotate 2\n nocreate\n }", tree={"a": "x\n"}),
    "rotate_0": dict(policy="LOGS/a { size 1\n create\n }", tree={"a": "x\n"}),
    "drops_the_oldest": dict(policy="LOGS/a { size 1\n rotate 2\n }", tree={"a": "3", "a.1": "2", "a.2": "1"}),
    "rotate_for_ever": dict(policy="LOGS/a { size 1\n rotate -1\n }", tree={"a": "0"}, runs=4, refill=["a"]),
    "compress": dict(policy="LOGS/a { size 1\n rotate 3\n compress\n }", tree={"a": ("long " * 5000, 0o640)}, runs=4,
                     refill=["a"]),
    "delaycompress": dict(policy="LOGS/a { size 1\n rotate 3\n compress\n delaycompress\n create\n }", tree={"a": "0"},
                          runs=5, refill=["a"]),
    "copytruncate": dict(policy="LOGS/a { size 1\n rotate 2\n copytruncate\n }", tree={"a": ("x" * 10000, 0o640)}, runs=3,
                         refill=["a"]),
    "copytruncate_and_compress": dict(policy="LOGS/a { size 1\n rotate 2\n copytruncate\n compress\n }",
                                      tree={"a": ("x" * 10000, 0o600)}, runs=3, refill=["a"]),
    "daily_is_due": dict(policy="LOGS/a { daily\n rotate 2\n }", tree={"a": "x"}, state=state_of(1, "a")),
    "daily_is_not_due": dict(policy="LOGS/a { daily\n rotate 2\n }", tree={"a": "x"}, state=state_of(0, "a")),
    "daily_twice_a_day": dict(policy="LOGS/a { daily\n rotate 3\n create\n }", tree={"a": "x"}, state=state_of(3, "a"),
                              runs=2, refill=["a"]),
    "first_sight_of_a_new_log": dict(policy="LOGS/a { daily\n rotate 2\n }", tree={"a": "x"}),
    "size_not_reached": dict(policy="LOGS/a { size 1k\n rotate 2\n }", tree={"a": "x" * 1023}),
    "size_reached": dict(policy="LOGS/a { size 1k\n rotate 2\n }", tree={"a": "x" * 1024}),
    "default_size_is_a_mebibyte": dict(policy="LOGS/* { rotate 2\n }", tree={"a": "x" * 1048575, "b": "x" * 1048576}),
    "minsize_holds_daily_back": dict(policy="LOGS/* { daily\n minsize 10\n rotate 2\n }", tree={"a": "x" * 9, "b": "x" * 10},
                                     state=state_of(2, "a", "b")),
    "maxsize_before_daily": dict(policy="LOGS/* { daily\n maxsize 10\n rotate 2\n }",
                                 tree={"a": "x" * 10, "b": "x" * 11}, state=state_of(0, "a", "b")),
    "notifempty_with_force": dict(policy="LOGS/* { daily\n notifempty\n rotate 2\n }", tree={"a": "", "b": "x"}, force=True),
    "ifempty": dict(policy="notifempty\nLOGS/a { daily\n ifempty\n rotate 2\n }", tree={"a": ""}, force=True),
    "missing_log": dict(policy="LOGS/none { rotate 2\n }\nLOGS/a { size 1\n rotate 2\n }", tree={"a": "x"}),
    "missingok": dict(policy="LOGS/none { missingok\n }\nLOGS/a { size 1\n rotate 2\n }", tree={"a": "x"}),
    "quoted_and_several_paths": dict(policy='"LOGS/with space" LOGS/b LOGS/c* { size 1\n rotate 2\n }',
                                     tree={"with space": "1", "b": "2", "c1": "3", "c2": "4", "d": "5"}),
    "globals_are_defaults": dict(policy="# defaults\nrotate 1\nsize 1\ncompress\nLOGS/a { nocompress\n }\nLOGS/b {\n }",
                                 tree={"a": "x", "b": "y"}),
    "postrotate_reads_its_arguments": dict(
        policy="LOGS/a { size 1\n rotate 2\n postrotate\n cat \"$2\" > LOGS/seen; basename $1 >> LOGS/seen\n endscript\n }",
        tree={"a": "x\n"}),
    "prerotate_before_the_rename": dict(
        policy="LOGS/a { size 1\n rotate 2\n prerotate\n cat \"$1\" > LOGS/seen\n endscript\n }", tree={"a": "x\n"}),
    "scripts_for_each_log": dict(policy="LOGS/*.log { size 1\n rotate 2\n postrotate\n echo once >> LOGS/seen\n endscript\n }",
                                 tree={"a.log": "x", "b.log": "y"}),
    "sharedscripts": dict(
        policy="LOGS/*.log { size 1\n rotate 2\n sharedscripts\n postrotate\n echo once >> LOGS/seen\n endscript\n }",
        tree={"a.log": "x", "b.log": "y"}),
    "dateext": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n compress\n }", tree={"a": "x"}),
    "dateext_drops_the_oldest": dict(
        policy="LOGS/a { size 1\n rotate 2\n dateext\n }",
        tree={"a": "x", **{f"a-{dated(days)}": str(days) for days in (1, 2, 3)}}),
    "dateformat": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n dateformat .%Y-%m-%d\n }", tree={"a": "x"}),
    "dateext_name_is_taken": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n }",
                                  tree={"a": "x", f"a-{dated(0)}": "before"}),
}


def tree_of(folder):
    """Each file's content (decoded), mode and owner, by name."""
    tree = {}
    for path in sorted(folder.iterdir()):
        entry = path.lstat()
        content = path.read_bytes()
        content = gzip.decompress(content) if path.name.endswith(".gz") else content
        tree[path.name] = (content.replace(str(folder).encode(), b"LOGS"), oct(entry.st_mode & 0o7777), entry.st_uid,
                           entry.st_gid)
    return tree


def play(case, folder, command):
    """The case in a folder of its own: (tree, whether each run succeeded, what it said)."""
    logs = folder / "logs"
    logs.mkdir(mode=0o755)
    for name, content in case["tree"].items():
        text, mode = content if isinstance(content, tuple) else (content, 0o644)
        (logs / name).write_text(text)
        (logs / name).chmod(mode)
    policy = folder / "policy"
    policy.write_text(case["policy"].replace("LOGS", str(logs)).replace(" }", "}") + "\n")
    policy.chmod(0o644)
    state = folder / "state"
    if "state" in case:
        state.write_text(case["state"].replace("LOGS", str(logs)))
    successes, said = [], ""
    for run in range(case.get("runs", 1)):
        for name in case.get("refill", []) if run else []:
            # A new log of the same mode, as a writer would make it where the policy does not.
            mode = case["tree"][name][1] if isinstance(case["tree"][name], tuple) else 0o644
            is_new = not (logs / name).exists()
            (logs / name).write_text(f"run {run}\n" * 3)
            if is_new:
                (logs / name).chmod(mode)
        words = command(state, policy) + (["--force"] if case.get("force") else [])
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S)
        successes.append(done.returncode == 0)
        said += done.stdout + done.stderr
    return tree_of(logs), successes, said


def judge(name, case, logrotate):
    with tempfile.TemporaryDirectory(prefix="vigie-judge-") as scratch:
        root = pathlib.Path(scratch)
        sides = {}
        for side, command in (("logrotate", lambda state, policy: [logrotate, "-s", state, policy]),
                              ("vigie", lambda state, policy: [WORKER, "logs", "rotate", "--state", state, policy])):
            (root / side).mkdir()
            sides[side] = play(case, root / side, command)
        theirs, ours = sides["logrotate"], sides["vigie"]
        if theirs[:2] == ours[:2]:
            print(f"ok   {name}")
            return True
        print(f"FAIL {name}")
        for side, (tree, successes, said) in sides.items():
            shown = {entry: (content[:60], *rest) for entry, (content, *rest) in tree.items()}
            print(f"  {side}: succeeded {successes}\n    tree {shown}\n    said {said.strip()[:600]}")
        return False


def main():
    if not WORKER.exists():
        sys.exit(f"{WORKER} is not built: set VIGIE_BIN_DIR to the folder that holds vigie-worker")
    logrotate = unpacked_for_judge("logrotate") / "usr/sbin/logrotate"
    wanted = sys.argv[1:] or list(CASES)
    passed = failed = 0
    for name in wanted:
        case = CASES[name]
        if case.get("root") and os.geteuid() != 0:
            print(f"skip {name}: needs root")
        elif judge(name, case, logrotate):
            passed += 1
        else:
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
