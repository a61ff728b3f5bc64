#!/usr/bin/env python3
"""Compares vigie-logrotate with Debian's logrotate on the same policies and trees."""
import datetime
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge

PROGRAM = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", "build/dev/bin")).resolve() / "vigie-logrotate"
TIMEOUT_S = 60
START_S = int(datetime.datetime.now().timestamp())


def state_of(days_ago, *names):
    """State lines in logrotate's form for logs that were rotated days ago."""
    at = datetime.datetime.now() - datetime.timedelta(days=days_ago)
    lines = [f'"LOGS/{name}" {at.year}-{at.month}-{at.day}-{at.hour}:0:0' for name in names]
    return "\n".join(["logrotate state -- version 2", *lines, ""])


def dated(days_ago, form="%Y%m%d"):
    return (datetime.datetime.now() - datetime.timedelta(days=days_ago)).strftime(form)


# name: policy, tree {name: content or (content, mode)}, and optionally runs, state, force, refill (content by run), policy_2
# (another file of the same call), mail (what the mailer got is part of the tree), days_old (mtimes), links, owner of all,
# root, only_success (the trees differ on purpose), no_times.
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
                                      tree={"a": ("x" * 10000, 0o600)}, runs=3, refill=["a"],
                                      no_times=True),
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
    "firstaction_and_lastaction": dict(
        policy="LOGS/*.log { size 1\n rotate 2\n firstaction\n echo first $1 >> LOGS/seen\n endscript\n lastaction\n"
               " echo last >> LOGS/seen\n endscript\n postrotate\n echo post >> LOGS/seen\n endscript\n }",
        tree={"a.log": "x", "b.log": "y"}),
    "preremove": dict(policy="LOGS/a { size 1\n rotate 1\n preremove\n basename $1 >> LOGS/seen\n endscript\n }",
                      tree={"a": "x"}, runs=3, refill=["a"]),
    "renamecopy": dict(policy="LOGS/a { size 1\n rotate 2\n renamecopy\n create\n }", tree={"a": ("x\n", 0o640)}, runs=3,
                       refill=["a"]),
    "shred": dict(policy="LOGS/a { size 1\n rotate 1\n shred\n shredcycles 1\n }", tree={"a": "x"}, runs=3, refill=["a"]),
    "compressoptions": dict(policy="LOGS/a { size 1\n rotate 2\n compress\n compressoptions -9\n }", tree={"a": "x" * 500}),
    "compresscmd": dict(policy="LOGS/a { size 1\n rotate 2\n compress\n compresscmd /bin/cat\n compressext .cat\n }",
                        tree={"a": "x"}, runs=3, refill=["a"]),
    "start_0": dict(policy="LOGS/a { size 1\n rotate 2\n start 0\n }", tree={"a": "x"}, runs=4, refill=["a"]),
    "start_9": dict(policy="LOGS/a { size 1\n rotate 2\n start 9\n compress\n delaycompress\n }", tree={"a": "x"}, runs=4,
                    refill=["a"]),
    "extension": dict(policy="LOGS/a.log LOGS/b { size 1\n rotate 2\n extension .log\n compress\n }",
                      tree={"a.log": "x", "b": "y"}, runs=3, refill=["a.log", "b"]),
    "addextension": dict(policy="LOGS/a.log LOGS/b { size 1\n rotate 2\n addextension .log\n }",
                         tree={"a.log": "x", "b": "y"}, runs=3, refill=["a.log", "b"]),
    "extension_and_dateext": dict(policy="LOGS/a.log { size 1\n rotate 2\n extension .log\n dateext\n }", tree={"a.log": "x"}),
    "copy": dict(policy="LOGS/a { size 1\n rotate 2\n copy\n create 0600\n }", tree={"a": ("x\n", 0o640)}, runs=3,
                 refill=["a"]),
    "hourly_is_due": dict(policy="LOGS/a { hourly\n rotate 2\n }", tree={"a": "x"}, state=state_of(1, "a")),
    "weekly_is_due": dict(policy="LOGS/a { weekly\n rotate 2\n }", tree={"a": "x"}, state=state_of(8, "a")),
    "weekly_7_is_not_due": dict(policy="LOGS/a { weekly 7\n rotate 2\n }", tree={"a": "x"}, state=state_of(6, "a")),
    "weekly_today": dict(policy=f"LOGS/a {{ weekly {datetime.datetime.now().isoweekday() % 7}\n rotate 2\n }}",
                         tree={"a": "x"}, state=state_of(1, "a")),
    "monthly_is_due": dict(policy="LOGS/a { monthly\n rotate 2\n }", tree={"a": "x"}, state=state_of(32, "a")),
    "yearly_is_due": dict(policy="LOGS/a { yearly\n rotate 2\n }", tree={"a": "x"}, state=state_of(367, "a")),
    "yearly_is_not_due": dict(policy="LOGS/a { yearly\n rotate 2\n }", tree={"a": "x"}, state=state_of(0, "a")),
    "dateyesterday": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n dateyesterday\n }", tree={"a": "x"}),
    "week_in_a_dateformat": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n dateformat -%Y-%V\n }", tree={"a": "x"}),
    "minage": dict(policy="LOGS/* { daily\n rotate 2\n minage 2\n }", tree={"a": "x"}, state=state_of(3, "a")),
    "minage_is_not_for_sizes": dict(policy="LOGS/a { size 1\n rotate 2\n minage 2\n minsize 10\n }", tree={"a": "x"}),
    "minage_and_force": dict(policy="LOGS/a { daily\n rotate 2\n minage 2\n }", tree={"a": "x"}, force=True),
    "ignoreduplicates": dict(policy="ignoreduplicates\nLOGS/a { size 1\n rotate 2\n }\nLOGS/* { size 1\n rotate 2\n }",
                             tree={"a": "x", "b": "y"}),
    "olddir": dict(policy="LOGS/a.log { size 1\n rotate 2\n olddir OLD\n createolddir 0750\n compress\n delaycompress\n }",
                   tree={"a.log": "x"}, runs=4, refill=["a.log"]),
    "olddir_and_dateext": dict(policy="LOGS/a.log { size 1\n rotate 2\n olddir old\n createolddir 0755\n dateext\n }",
                               tree={"a.log": "x"}),
    "olddir_is_missing": dict(policy="LOGS/a.log { size 1\n rotate 2\n olddir old\n }", tree={"a.log": "x"}),
    "olddir_and_copytruncate": dict(policy="LOGS/a { size 1\n rotate 2\n olddir old\n createolddir 0755\n copytruncate\n }",
                                    tree={"a": ("x" * 9000, 0o640)}, runs=3, refill=["a"]),
    "olddir_and_renamecopy": dict(policy="LOGS/a { size 1\n rotate 2\n olddir old\n createolddir 0755\n renamecopy\n create\n }",
                                  tree={"a": "x"}, runs=3, refill=["a"]),
    "mail_the_last": dict(policy="LOGS/a { size 1\n rotate 1\n compress\n mail me\n }", tree={"a": "x"}, runs=4, refill=["a"],
                          mail=True),
    "mail_the_first": dict(policy="LOGS/a { size 1\n rotate 2\n mail me\n mailfirst\n }", tree={"a": "x"}, runs=3,
                           refill=["a"], mail=True),
    "mail_with_rotate_0": dict(policy="LOGS/a { size 1\n mail me\n }", tree={"a": "x"}, mail=True),
    "mail_dated": dict(policy="LOGS/a { size 1\n rotate 1\n dateext\n mail me\n }",
                       tree={"a": "x", **{f"a-{dated(days)}": str(days) for days in (1, 2, 3)}}, mail=True),
    "maxage": dict(policy="LOGS/a { size 1\n rotate 9\n maxage 2\n }", tree={"a": "x", "a.1": "1", "a.2": "2", "a.3": "3"},
                   days_old={"a.1": 1.5, "a.2": 2.5, "a.3": 3.5}),
    "maxage_and_rotate_all": dict(policy="LOGS/a { size 1\n rotate -1\n maxage 2\n }", tree={"a": "x", "a.1": "1", "a.2": "2"},
                                  days_old={"a.1": 1, "a.2": 9}),
    "maxage_dated": dict(policy="LOGS/a { size 1\n rotate 9\n maxage 2\n dateext\n }",
                         tree={"a": "x", **{f"a-{dated(days)}": str(days) for days in (1, 2, 3, 4)}},
                         days_old={f"a-{dated(days)}": days + 0.5 for days in (1, 2, 3, 4)}),
    "su": dict(policy="LOGS/a { size 1\n rotate 2\n su nobody nogroup\n compress\n create 0600\n }", tree={"a": "x"},
               root=True, owner="nobody"),
    "su_may_not_write": dict(policy="LOGS/a { size 1\n rotate 2\n su nobody nogroup\n }", tree={"a": "x"}, root=True),
    "su_unknown": dict(policy="LOGS/a { size 1\n rotate 2\n su nosuchuser nogroup\n }", tree={"a": "x"}, root=True),
    "firstaction_fails": dict(policy="LOGS/a { size 1\n rotate 2\n firstaction\n false\n endscript\n }", tree={"a": "x"}),
    "lastaction_fails": dict(policy="LOGS/a { size 1\n rotate 2\n lastaction\n false\n endscript\n }", tree={"a": "x"}),
    "preremove_fails": dict(policy="LOGS/a { size 1\n rotate 1\n preremove\n false\n endscript\n }",
                            tree={"a": "x", "a.1": "1"}, only_success=True),
    "include_and_taboo": dict(policy="tabooext + .bad\ninclude LOGS/conf\nLOGS/b { size 1\n rotate 1\n }",
                              tree={"b": "y", "a": "x", "conf": "rotate 2\nLOGS/a { size 1\n }\n"}),
    "hard_link": dict(policy="LOGS/a { size 1\n rotate 1\n allowhardlink\n }", tree={"a": "x"}, links={"a": "twin"}),
    "globals_of_one_file_hold_in_the_next": dict(policy="rotate 1\nsize 1\n", policy_2="LOGS/a { \n }", tree={"a": "x"}),
    "equals_signs": dict(policy="LOGS/a { size=1\n rotate = 2\n create 0600\n }", tree={"a": "x"}),
    "monthly_first_sight": dict(policy="LOGS/a { monthly\n rotate 2\n }", tree={"a": "x"}),
    "dateext_hourly": dict(policy="LOGS/a { hourly\n rotate 2\n dateext\n }", tree={"a": "x"}, state=state_of(1, "a")),
    "dateformat_seconds": dict(policy="LOGS/a { size 1\n rotate 1\n dateext\n dateformat .%Y\n extension .log\n }",
                               tree={"a": "x"}),
    "compress_with_extension": dict(policy="LOGS/a.log { size 1\n rotate 2\n compress\n extension .log\n }",
                                    tree={"a.log": "x"}, runs=4, refill=["a.log"]),
    "bzip2_suffix": dict(policy="LOGS/a { size 1\n rotate 2\n compress\n compresscmd /bin/cat\n compressext .bz2\n"
                                " delaycompress\n }", tree={"a": "x"}, runs=4, refill=["a"]),
    "two_actions_of_scripts_fail": dict(policy="LOGS/* { size 1\n rotate 2\n sharedscripts\n prerotate\n false\n endscript\n }",
                                        tree={"a": "x", "b": "y"}, only_success=True),
    "dateext_name_is_taken": dict(policy="LOGS/a { size 1\n rotate 2\n dateext\n }",
                                  tree={"a": "x", f"a-{dated(0)}": "before"}),
}


def tree_of(folder):
    """Each file's content (decoded), mode, owner and time of the last write (where that lies before the runs), by name."""
    tree = {}
    for path in sorted(folder.rglob("*")):
        entry = path.lstat()
        content = b"" if path.is_dir() else path.read_bytes()
        content = gzip.decompress(content) if path.name.endswith(".gz") else content
        written = int(entry.st_mtime - START_S) if entry.st_mtime < START_S - 600 else "now"
        tree[str(path.relative_to(folder))] = (content.replace(str(folder).encode(), b"LOGS"), oct(entry.st_mode & 0o7777),
                                               entry.st_uid, entry.st_gid, written)
    return tree


def play(case, folder, command):
    """The case in a folder of its own: (tree, whether each run succeeded, what it said)."""
    logs = folder / "logs"
    logs.mkdir(mode=0o755)
    for name, content in case["tree"].items():
        text, mode = content if isinstance(content, tuple) else (content, 0o644)
        (logs / name).write_text(text.replace("LOGS", str(logs)))
        (logs / name).chmod(mode)
        age_s = 3600 + case.get("days_old", {}).get(name, 0) * 86400
        os.utime(logs / name, (START_S - age_s,) * 2)
    for name, other in case.get("links", {}).items():
        os.link(logs / name, folder / other)
    for path in [logs, *logs.iterdir()] if "owner" in case else []:
        folder.parent.chmod(0o755)
        folder.chmod(0o755)
        shutil.chown(path, case["owner"])
    policies = []
    for key in ("policy", "policy_2"):
        if key in case:
            policies.append(folder / key)
            text = case[key].replace("LOGS", str(logs)).replace("OLD", str(logs / "old"))
            policies[-1].write_text(text.replace(" }", "}") + "\n")
            policies[-1].chmod(0o644)
    mailer = folder / "mailer"
    mailer.write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} >> {logs}/letters\n')
    mailer.chmod(0o755)
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
            os.utime(logs / name, (START_S - 3000 + run,) * 2)
            if is_new:
                (logs / name).chmod(mode)
        words = [*command, "-s", state, *policies, *(["--force"] if case.get("force") else []),
                 *(["-m", mailer] if case.get("mail") else [])]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S)
        successes.append(done.returncode)
        said += done.stdout + done.stderr
    return tree_of(logs), successes, said


def judge(name, case, logrotate):
    with tempfile.TemporaryDirectory(prefix="vigie-judge-") as scratch:
        root = pathlib.Path(scratch)
        sides = {}
        for side, command in (("logrotate", [logrotate]), ("vigie", [PROGRAM])):
            (root / side).mkdir()
            sides[side] = play(case, root / side, command)
        theirs, ours = sides["logrotate"], sides["vigie"]
        if case.get("no_times"):
            for tree, *_ in (theirs, ours):
                tree.update({entry: facts[:-1] for entry, facts in tree.items()})
        if theirs[1] == ours[1] and (theirs[0] == ours[0] or case.get("only_success")):
            print(f"ok   {name}")
            return True
        print(f"FAIL {name}")
        for side, (tree, successes, said) in sides.items():
            shown = {entry: (content[:60], *rest) for entry, (content, *rest) in tree.items()}
            print(f"  {side}: status {successes}\n    tree {shown}\n    said {said.strip()[:600]}")
        return False


def main():
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is not built: set VIGIE_BIN_DIR to the folder that holds vigie-logrotate")
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
