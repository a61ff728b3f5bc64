"""What looks after a repository, beside restic's own: retention, prune, keys, patterns, differences, sums."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time


def write(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def mask(problem, expected, actual):
    """The first problem, or how two lists differ."""
    if problem:
        return problem
    if expected != actual:
        return f"restic: {sorted(set(expected) - set(actual))[:5]}, we: {sorted(set(actual) - set(expected))[:5]}"
    return None


# --- retention -------------------------------------------------------------------------------------------------------

POLICIES = [["--keep-last", "3"], ["--keep-hourly", "5"], ["--keep-daily", "4"], ["--keep-weekly", "3"], ["--keep-monthly", "2"],
            ["--keep-yearly", "1"], ["--keep-within", "40d"], ["--keep-within", "1m3d5h"], ["--keep-within-daily", "20d"],
            ["--keep-within-weekly", "3m"], ["--keep-tag", "odd", "--keep-last", "1"], ["--keep-daily", "7", "--keep-weekly", "5", "--keep-monthly", "12"],
            ["--keep-hourly", "3", "--keep-within-monthly", "1y"], ["--keep-last", "2", "--group-by", ""],
            ["--keep-daily", "2", "--group-by", "host,paths,tags"]]


def kept_by_us(report):
    """restic 0.14 does not keep the oldest for a rule that has counts left; newer ones and we do."""
    return sorted(snapshot["id"] for group in report["groups"] for snapshot in group["snapshots"]
                  if any(not reason.startswith("oldest ") for reason in snapshot["reasons"]))


def retention(judge, rng):
    """The same policy on the same snapshots, written in two time zones, keeps the same."""
    repository, source = judge.work / "retention", judge.work / "retention.src"
    write(source / "file", b"x")
    problem = judge.ours(repository, "init")
    zone = os.environ.get("TZ")
    for number in range(40):
        os.environ["TZ"] = ["UTC", "Asia/Tokyo", "America/New_York"][number % 3]
        when = 1_700_000_000 + int(rng.random() ** 3 * 500 * 86400)
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(when))
        problem = problem or judge.restic(repository, "backup", "--host", f"h{number % 2}", "--time", text,
                                          "--tag", ["odd", "even"][number % 2], source)
    if zone is None:
        os.environ.pop("TZ")
    else:
        os.environ["TZ"] = zone
    for policy in POLICIES:
        if not problem:
            failure = judge.restic(repository, "forget", "--dry-run", "--json", *policy)
            theirs = sorted(snapshot["id"] for group in json.loads(judge.output.splitlines()[0]) for snapshot in group["keep"] or []) \
                if not failure else []
            failure = failure or judge.ours(repository, "forget", "--dry-run", "--output", "json", *policy)
            ours = kept_by_us(json.loads(judge.output)) if not failure else []
        judge.check(f"retention {' '.join(policy)}: keeps what restic keeps", problem or mask(failure, theirs, ours))


# --- prune -----------------------------------------------------------------------------------------------------------


def changing_tree(source, rng, step):
    for number in range(30):
        if step == 0 or rng.random() < 0.4:
            write(source / f"{number % 5}/file-{number}", rng.randbytes(rng.randrange(0, 120_000)))
    write(source / "big", rng.randbytes(3 << 20) if step % 2 == 0 else (source / "big").read_bytes())


def prune_theirs(judge, rng, difference):
    repository, source, out = judge.work / "prune", judge.work / "prune.src", judge.work / "prune.out"
    problem = judge.restic(repository, "init", "--repository-version", "2")
    for step in range(4):
        changing_tree(source, rng, step)
        problem = problem or judge.restic(repository, "backup", source)
    problem = problem or judge.ours(repository, "forget", "--keep-last", "1", "--prune", "--max-unused", "0%", "--output", "json")
    report = json.loads(judge.output)["prune"] if not problem else {}
    if not problem and (report["bytes_freed"] <= 0 or report["bytes_unused"] != 0 or report["packs_new"] == 0):
        problem = f"report {report}"
    judge.check("prune: we forget and prune restic's repository", problem)
    judge.check("prune: restic checks what is left", judge.restic(repository, "check", "--read-data") or
                (None if "no errors were found" in judge.output else judge.output))
    judge.check("prune: restic finds nothing more to prune", judge.restic(repository, "prune", "--max-unused", "0", "--dry-run") or
                (None if re.search(r"total prune: +0 blobs", judge.output) else judge.output[-900:]))
    judge.check("prune: restic restores what is left", judge.restic(repository, "restore", "latest", "--target", out) or
                difference(source, f"{out}{source}"))


def prune_killed(judge, rng, difference):
    """kill -9 at random moments: restic finds no error, and the next prune ends the work."""
    start, source = judge.work / "killed.start", judge.work / "killed.src"
    problem = judge.ours(start, "init")
    for step in range(3):
        changing_tree(source, rng, step)
        problem = problem or judge.ours(start, "run", source)
    problem = problem or judge.ours(start, "forget", "--keep-last", "1")
    words = ["prune", "--max-unused", "0%"]
    for number in range(6):
        repository, out = judge.work / f"killed.{number}", judge.work / f"killed.out.{number}"
        shutil.copytree(start, repository)
        worker = subprocess.Popen([judge.worker, "backup", words[0], "--repo", repository, "--password-file", judge.password, *words[1:]],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Opening takes some 0.3 s of scrypt; the work itself is over in a fraction of that.
        time.sleep(0.15 + rng.random() * 0.6)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        failure = judge.restic(repository, "unlock") or judge.restic(repository, "check", "--read-data") or \
            judge.ours(repository, *words) or judge.restic(repository, "check", "--read-data") or \
            judge.restic(repository, "restore", "latest", "--target", out) or difference(source, f"{out}{source}")
        judge.check(f"prune: killed at a random moment ({number}), sound and finished by the next", problem or failure)


# --- keys ------------------------------------------------------------------------------------------------------------


def keys(judge):
    repository, source, other = judge.work / "keys", judge.work / "keys.src", judge.work / "password.other"
    write(source / "file", b"x")
    other.write_text("another password\n")
    other.chmod(0o600)
    first = judge.password
    problem = judge.ours(repository, "init") or judge.ours(repository, "run", source) or \
        judge.ours(repository, "keys", "add", "--new-password-file", other)
    judge.password = other
    judge.check("keys: restic opens with a password that we added", problem or judge.restic(repository, "snapshots"))
    judge.check("keys: restic lists our keys", judge.restic(repository, "key", "list", "--json") or
                (None if len(json.loads(judge.output)) == 2 else judge.output))
    problem = judge.ours(repository, "keys", "list", "--output", "json")
    rest = [key["id"] for key in json.loads(judge.output) if not key["current"]] if not problem else [""]
    problem = problem or judge.ours(repository, "keys", "remove", rest[0])
    judge.password = first
    judge.check("keys: restic is kept out by a password that we removed",
                problem or (None if judge.restic(repository, "snapshots") else "it opened"))
    judge.password = other
    first_again = judge.restic(repository, "key", "add", "--new-password-file", first)
    judge.password = first
    judge.check("keys: we open with a password that restic added", first_again or judge.ours(repository, "list"))


# --- what is left out ------------------------------------------------------------------------------------------------

EXCLUDES = [["--exclude", "*.log"], ["--exclude", "cache"], ["--exclude", "/SOURCE/a/tmp"], ["--exclude", "/SOURCE/*/tmp"],
            ["--exclude", "a/**/deep"], ["--exclude", "**/x/**/y"], ["--exclude", "*.lo[f-h]"], ["--exclude", "*.lo[^g]"], ["--exclude", "?.txt"],
            ["--exclude", "*.log", "--exclude", "!keep.log"], ["--exclude", "a/x/"], ["--exclude", "\\*"], ["--exclude", "*"],
            ["--exclude", "/SOURCE/**"], ["--exclude", "x/y", "--exclude", "b"], ["--exclude-caches"], ["--exclude-larger-than", "1k"],
            ["--one-file-system"]]


def names_in(judge, repository):
    problem = judge.restic(repository, "ls", "latest", "--json")
    found = [json.loads(line) for line in judge.output.splitlines()] if not problem else []
    return problem, sorted(entry["path"] for entry in found if entry.get("struct_type") == "node")


def excludes(judge):
    """The same options leave out the same entries."""
    source = judge.work / "excludes.src"
    for name in ["a/tmp/1", "a/x/y/deep/2", "a/deep/3", "b/tmp/4", "b/x/q/y/5", "x/y/6", "c.log", "keep.log", "a/keep.log", "a/b.lof", "z.txt",
                 "zz.txt", "\u00e9.txt", "*", "**", "cache/7", "d/cache", "big/file"]:
        write(source / name, b"x" * (2000 if name.startswith("big") else 10))
    write(source / "tagged/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n")
    write(source / "tagged/sub/8", b"8")
    write(source / "claims/CACHEDIR.TAG", b"no signature\n")
    write(source / "claims/9", b"9")
    is_mounted = os.geteuid() == 0 and (source / "mounted").mkdir() is None and \
        subprocess.run(["mount", "-t", "tmpfs", "judge", source / "mounted"], capture_output=True).returncode == 0
    try:
        if is_mounted:
            write(source / "mounted/inside", b"m")
        for number, words in enumerate(EXCLUDES):
            words = [word.replace("/SOURCE", str(source)) for word in words]
            ours, theirs = judge.work / f"excludes.ours.{number}", judge.work / f"excludes.theirs.{number}"
            problem = judge.restic(theirs, "init", "--repository-version", "2") or judge.ours(ours, "init")
            # Where all is left out restic saves the folders above, and we nothing.
            left = judge.ours(ours, "run", *words, source)
            problem = problem or judge.restic(theirs, "backup", *words, source)
            failure, expected = names_in(judge, theirs)
            actual = []
            if not left:
                failure_of_ours, actual = names_in(judge, ours)
                failure = failure or failure_of_ours
            expected = [path for path in expected if not str(source).startswith(path) or path == str(source)]
            actual = [path for path in actual if not str(source).startswith(path) or path == str(source)]
            judge.check(f"excludes {' '.join(words).replace(str(source), '')}: leaves out what restic does", mask(problem or failure, expected, actual))
            shutil.rmtree(ours)
            shutil.rmtree(theirs)
    finally:
        if is_mounted:
            subprocess.run(["umount", source / "mounted"], check=True)


# --- what is taken of a snapshot -------------------------------------------------------------------------------------

TAKEN = [["--include", "*.log"], ["--include", "/SOURCE/a"], ["--include", "a/**/deep"], ["--include", "b/*"], ["--exclude", "*.log"],
         ["--exclude", "/SOURCE/a", "--exclude", "c.log"]]


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(parent, name), folder) for parent, _, names in os.walk(folder) for name in names)


def restores(judge):
    """The same options restore the same files."""
    repository, source = judge.work / "restores", judge.work / "restores.src"
    for name in ["a/1.log", "a/x/y/deep/2", "a/deep/3", "b/4", "b/x/5.log", "c.log", "d.txt"]:
        write(source / name, name.encode())
    problem = judge.ours(repository, "init") or judge.ours(repository, "run", source)
    for number, words in enumerate(TAKEN):
        words = [word.replace("/SOURCE", str(source)) for word in words]
        ours, theirs = judge.work / f"restores.ours.{number}", judge.work / f"restores.theirs.{number}"
        failure = problem or judge.restic(repository, "restore", "latest", "--target", theirs, *words) or \
            judge.ours(repository, "restore", "latest", "--target", ours, *words)
        expected, actual = files_below(theirs), files_below(ours)
        judge.check(f"restores {' '.join(words).replace(str(source), '')}: takes what restic does",
                    failure or (None if expected else "restic restored nothing") or mask(None, expected, actual))


def parts(judge, rng):
    """Of a damaged pack exactly one part of three tells."""
    repository, source = judge.work / "parts", judge.work / "parts.src"
    write(source / "file", rng.randbytes(1 << 20))
    problem = judge.ours(repository, "init") or judge.ours(repository, "run", source)
    pack = max((path for path in (repository / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)
    for tool in (judge.ours, judge.restic):
        verb = "verify" if tool == judge.ours else "check"
        found = [part for part in (1, 2, 3) if tool(repository, verb, f"--read-data-subset={part}/3")]
        expected = int(pack.name[:2], 16) % 3 + 1
        judge.check(f"parts: {verb} finds the damage in the part that has it", problem or (None if found == [expected] else f"{found}, not {expected}"))


# --- looking into snapshots ------------------------------------------------------------------------------------------


def inspect(judge, rng):
    repository, source = judge.work / "inspect", judge.work / "inspect.src"
    problem = judge.ours(repository, "init")
    ids = []
    for step in range(2):
        changing_tree(source, rng, step)
        if step == 1:
            shutil.rmtree(source / "3")
            write(source / "new/deep/file", b"new")
        problem = problem or judge.ours(repository, "run", "--output", "json", source)
        ids.append(json.loads(judge.output)["snapshot"] if not problem else "")
    failure = problem or judge.restic(repository, "diff", *ids)
    theirs = sorted(line.split(None, 1)[0] + " " + line.split(None, 1)[1] for line in judge.output.splitlines()
                    if line[:1] in "+-MT" and "/" in line)
    failure = failure or judge.ours(repository, "diff", *ids)
    ours = sorted(line.split(None, 1)[0] + " " + line.split(None, 1)[1] for line in judge.output.splitlines()
                  if line[:1] in "+-MT" and "/" in line)
    judge.check("inspect: the difference of two snapshots is restic's", mask(failure, theirs, ours))
    failure = problem or judge.restic(repository, "ls", ids[0], "--json")
    theirs = sorted((entry["path"], entry["type"]) for entry in map(json.loads, judge.output.splitlines()) if entry.get("struct_type") == "node") \
        if not failure else []
    failure = failure or judge.ours(repository, "ls", ids[0], "--output", "json")
    ours = sorted((entry["path"], entry["type"]) for entry in map(json.loads, judge.output.splitlines())) if not failure else []
    judge.check("inspect: ls shows what restic's does", mask(failure, theirs, ours))
    sums = {}
    failure = problem
    for mode in ["restore-size", "raw-data"]:
        failure = failure or judge.restic(repository, "stats", "--mode", mode, "--json")
        sums[mode] = json.loads(judge.output)["total_size"] if not failure else 0
    failure = failure or judge.ours(repository, "stats", "--output", "json")
    report = json.loads(judge.output) if not failure else {}
    if not failure and (report["restore_bytes"], report["stored_bytes"]) != (sums["restore-size"], sums["raw-data"]):
        failure = f"restic: {sums}, we: {report}"
    judge.check("inspect: stats are restic's", failure)


def take_care(judge, difference):
    rng = random.Random(20260102)
    retention(judge, rng)
    prune_theirs(judge, rng, difference)
    prune_killed(judge, rng, difference)
    keys(judge)
    excludes(judge)
    restores(judge)
    parts(judge, rng)
    inspect(judge, rng)
