#!/usr/bin/env python3
"""Debian's restic judges the backup engine: what we write it checks and restores, what it writes we restore.

Trees are compared name by name: type, content, mode, owners, modification time to the nanosecond, link target.
"""

import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "support"))
from care import take_care
from debian_package import PackageMissing, unpacked

PASSWORD = "the judge's password"


def find_restic():
    """Debian's restic; the one in PATH only when it is the very same program."""
    try:
        return str(unpacked("restic") / "usr/bin/restic")
    except PackageMissing as error:
        return restic_of_path(error)


def restic_of_path(why):
    found = shutil.which("restic")
    owner = subprocess.run(["dpkg", "-S", found], capture_output=True, text=True) if found else None
    if owner and owner.stdout.startswith("restic:"):
        sound = subprocess.run(["dpkg", "-V", "restic"], capture_output=True, text=True)
        if sound.returncode == 0:
            return found
    sys.exit(f"judge restic: {why}\n0 passed, 1 failed")


class Judge:
    def __init__(self, restic, worker, work):
        self.restic_program, self.worker, self.work = restic, worker, work
        self.passed = self.failed = 0
        self.password = work / "password"
        self.password.write_text(PASSWORD + "\n")
        self.password.chmod(0o600)

    def check(self, name, problem):
        if problem:
            self.failed += 1
            print(f"FAILED {name}: {problem}")
        else:
            self.passed += 1
            print(f"ok {name}")
        return not problem

    def call(self, command, expected=(0,)):
        """The failure as a text, or None; output in self.output."""
        done = subprocess.run(command, capture_output=True, timeout=600,
                              env={**os.environ, "XDG_CACHE_HOME": str(self.work / "cache")})
        self.output = done.stdout.decode(errors="replace")
        if done.returncode not in expected:
            return f"{' '.join(map(str, command[:3]))} exits with {done.returncode}: {done.stderr.decode(errors='replace')[-600:]}"
        return None

    def restic(self, repository, *words):
        return self.call([self.restic_program, "-r", str(repository), "--password-file", str(self.password), *map(str, words)])

    def ours(self, repository, verb, *words, expected=(0,)):
        return self.call([str(self.worker), "backup", verb, "--repo", str(repository), "--password-file", str(self.password),
                          *map(str, words)], expected)


def describe(path):
    """What must be the same of one entry after a restore."""
    entry = os.lstat(path)
    kind = stat.S_IFMT(entry.st_mode)
    facts = {"kind": kind, "mode": entry.st_mode & 0o7777, "uid": entry.st_uid, "gid": entry.st_gid, "mtime": entry.st_mtime_ns}
    if kind == stat.S_IFLNK:
        facts["target"] = os.readlink(path)
        del facts["mode"]
    if kind == stat.S_IFREG:
        with open(path, "rb") as file:
            facts["content"] = hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
                else hashlib.sha256(file.read()).hexdigest()
    return facts


def catalogue(folder):
    found = {b".": describe(folder)}
    for parent, folders, files in os.walk(os.fsencode(folder)):
        for name in folders + files:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, os.fsencode(folder))] = describe(path)
    return found


def difference(expected_folder, actual_folder):
    if not os.path.isdir(actual_folder):
        return f"{actual_folder} is absent"
    expected, actual = catalogue(expected_folder), catalogue(actual_folder)
    for name in sorted(expected.keys() | actual.keys()):
        if expected.get(name) != actual.get(name):
            return f"{name!r}: {expected.get(name)} became {actual.get(name)}"
    return None


def write(path, content=b"", mode=0o644, mtime_ns=None):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)
    if mtime_ns is not None:
        os.utime(path, ns=(mtime_ns, mtime_ns))


# --- the trees -------------------------------------------------------------------------------------------------------


def tree_empty_files(at, _):
    for i in range(5):
        write(at / f"empty-{i}")


def tree_empty_folders(at, _):
    (at / "a/b/c").mkdir(parents=True)
    (at / "d").mkdir()


def tree_quoted_names(at, _):
    for name in ['double"quote', "single'quote", "back\\slash", "new\nline", "tab\there", "\\n", "\\x41", "cr\rhere",
                 "bell\a", " leading", "trailing ", "$(rm -rf)", "-dash", "`tick`", "*", "?", "\x01\x02\x7f"]:
        write(at / name, name.encode())


def tree_bytes_names(at, _):
    for name in [b"\xff\xfe", b"latin1-\xe9", b"cut-\xe2\x82", b"over-\xc0\x80", b"half-\xed\xa0\x80", bytes(range(0x80, 0xc0)),
                 bytes(range(0xc0, 0x100))]:
        write(os.path.join(os.fsencode(at), name), name)
    os.mkdir(os.path.join(os.fsencode(at), b"dir-\xf0\x28"))
    write(os.path.join(os.fsencode(at), b"dir-\xf0\x28", b"in\xffside"), b"x")


def tree_html_names(at, _):
    for name in ["<b>&amp;</b>".replace("/", "_"), "a&b", "a<b>c", "\u2028line", "\u2029paragraph", "\u0085next"]:
        write(at / name, name.encode())


def tree_unicode_names(at, _):
    for name in ["\U0001f600", "\u00e9", "e\u0301", "\u65e5\u672c\u8a9e", "\u200bzero-width", "\u00a0nbsp", "\ufeffbom", "\ue000private",
                 "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\U000e0001tag", "n" * 255]:
        write(at / name, name.encode())


def tree_modes(at, _):
    for mode in [0o000, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o6755, 0o1644, 0o7777]:
        write(at / f"file-{mode:04o}", b"mode", mode)
        (at / f"dir-{mode:04o}").mkdir()
        write(at / f"dir-{mode:04o}" / "inside", b"x")
        os.chmod(at / f"dir-{mode:04o}", mode)


def tree_links(at, _):
    (at / "dangling").symlink_to("no/such/file")
    (at / "absolute").symlink_to("/etc/passwd")
    (at / "self").symlink_to("self")
    (at / "folder").mkdir()
    (at / "to-folder").symlink_to("folder")
    (at / "up").symlink_to("../../..")
    (at / 'odd "<&>\n\\').symlink_to('odd "<&>\n\\ \u00e9 target')
    (at / "long").symlink_to("x/" * 1000)
    for link in at.iterdir():
        os.utime(link, ns=(1_000_000_007, 1_000_000_007), follow_symlinks=False)


def tree_big_file(at, rng):
    write(at / "random-40MiB", rng.randbytes(40 << 20))
    write(at / "zeros-9MiB", bytes(9 << 20))
    write(at / "text-5MiB", b"the quick brown fox\n" * 262144)
    for size in [1, 511, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 8 << 20]:
        write(at / f"size-{size}", rng.randbytes(size))


def tree_duplicates(at, rng):
    content = rng.randbytes(3 << 20)
    for i in range(4):
        (at / f"copy{i}").mkdir()
        write(at / f"copy{i}/same", content, mtime_ns=1_600_000_000_123_456_789)
        write(at / f"copy{i}/shifted", b"x" * i + content)


def tree_deep(at, _):
    deep = at
    for i in range(120):
        deep = deep / f"level-{i:03}"
    deep.mkdir(parents=True)
    write(deep / "bottom", b"reached")


def tree_many_small(at, rng):
    for i in range(3000):
        folder = at / f"{i % 30:02}"
        folder.mkdir(exist_ok=True)
        write(folder / f"file-{i}", rng.randbytes(rng.randrange(0, 600)))


def tree_times(at, _):
    year = 31_556_952 * 10**9
    for name, when in {"epoch": 0, "before-1970": -5 * year - 1, "1902": -68 * year, "one-ns": 1, "minus-one-ns": -1, "2038": 2**31 * 10**9,
                       "2100": 4_102_444_800 * 10**9 + 5, "2250": 280 * year + 999_999_999, "trailing-zeros": 1_500_000_000_120_000_000}.items():
        write(at / name, name.encode(), mtime_ns=when)
        (at / f"dir-{name}").mkdir()
        os.utime(at / f"dir-{name}", ns=(when, when))


def tree_owners(at, _):
    for i, (uid, gid) in enumerate([(0, 0), (1, 1), (65534, 65534), (12345, 54321), (4_000_000_000, 4_000_000_001)]):
        write(at / f"file{i}", b"owned")
        (at / f"dir{i}").mkdir()
        (at / f"link{i}").symlink_to("target")
        if os.geteuid() == 0:
            for name in (f"file{i}", f"dir{i}", f"link{i}"):
                os.chown(at / name, uid, gid, follow_symlinks=False)
            os.chmod(at / f"file{i}", 0o4755)


def tree_fifos(at, _):
    os.mkfifo(at / "fifo", 0o640)
    if os.geteuid() == 0:
        os.mknod(at / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod(at / "block", stat.S_IFBLK | 0o660, os.makedev(7, 200))


def tree_mixed(at, rng):
    shutil.copytree("/etc/apt", at / "etc-apt", symlinks=True)
    write(at / "compressible", b"a" * 100_000)
    write(at / "incompressible", rng.randbytes(100_000))


TREES = {name[5:]: function for name, function in list(globals().items()) if name.startswith("tree_")}


# --- the checks ------------------------------------------------------------------------------------------------------


def both_ways(judge, name, source):
    """restic reads what we wrote, and we what restic wrote."""
    ours, theirs, out = judge.work / f"{name}.ours", judge.work / f"{name}.theirs", judge.work / f"{name}.out"
    judge.check(f"{name}: restic checks our repository", judge.ours(ours, "init") or judge.ours(ours, "run", source) or
                judge.restic(ours, "check", "--read-data"))
    judge.check(f"{name}: restic restores our snapshot", judge.restic(ours, "restore", "latest", "--target", out / "a") or
                difference(source, f"{out}/a{source}"))
    judge.check(f"{name}: we restore our snapshot", judge.ours(ours, "restore", "latest", "--target", out / "b") or
                difference(source, f"{out}/b{source}"))
    judge.check(f"{name}: we verify and restore restic's snapshot",
                judge.restic(theirs, "init", "--repository-version", "2") or judge.restic(theirs, "backup", source) or
                judge.ours(theirs, "verify", "--read-data") or judge.ours(theirs, "restore", "latest", "--target", out / "c") or
                difference(source, f"{out}/c{source}"))
    same_chunks(judge, name, theirs, source)
    for folder in (ours, theirs, out):
        shutil.rmtree(folder)


def same_chunks(judge, name, repository, source):
    """Our run into restic's repository of the same tree must find every chunk there: the same cuts, the same names."""
    def data_blobs():
        problem = judge.restic(repository, "list", "blobs")
        return problem, {line for line in judge.output.splitlines() if line.startswith("data ")}

    problem, before = data_blobs()
    problem = problem or judge.ours(repository, "run", source)
    if not problem:
        problem, after = data_blobs()
        if not problem and after != before:
            problem = f"{len(after - before)} new data blobs of {len(after)}"
    judge.check(f"{name}: we cut files where restic does", problem)


def second_snapshot(judge, source):
    """A change, then a second snapshot: restic on our parent, we on restic's."""
    ours, out = judge.work / "second.ours", judge.work / "second.out"
    problem = judge.ours(ours, "init") or judge.ours(ours, "run", source)
    first = shutil.copytree(source, judge.work / "second.first", symlinks=True)
    write(source / "copy0/same", b"changed")
    os.remove(source / "copy1/same")
    write(source / "added", b"new")
    problem = problem or judge.ours(ours, "run", "--tag", "second", "--output", "json", source)
    report = json.loads(judge.output) if not problem else {}
    if not problem and (report["files_changed"], report["files_new"], report["files_unmodified"]) != (1, 1, 6):
        problem = f"report {report}"
    judge.check("second snapshot: only what changed is read", problem)
    judge.check("second snapshot: restic checks and restores both", judge.restic(ours, "check", "--read-data") or
                judge.restic(ours, "restore", "latest", "--tag", "second", "--target", out / "b") or
                difference(source, f"{out}/b{source}"))
    problem = judge.restic(ours, "backup", "--json", source)
    summary = json.loads(judge.output.splitlines()[-1]) if not problem else {}
    if not problem and summary["files_unmodified"] != 8:
        problem = f"restic found {summary}"
    judge.check("second snapshot: restic goes on from our parent", problem)
    judge.check("second snapshot: we go on from restic's", judge.ours(ours, "run", "--output", "json", source) or
                (None if json.loads(judge.output)["files_unmodified"] == 8 else judge.output))
    judge.check("second snapshot: restic forgets and prunes, the rest verifies",
                judge.restic(ours, "forget", "--keep-last", "1", "--prune") or judge.ours(ours, "verify", "--read-data"))
    shutil.rmtree(first)


def damage(judge, source):
    """One flipped byte: both must find it, and we must name the snapshot."""
    repository = judge.work / "damage"
    problem = judge.ours(repository, "init") or judge.ours(repository, "run", source)
    pack = max((path for path in (repository / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)
    problem = problem or judge.ours(repository, "verify", "--read-data", "--output", "json", expected=(1,))
    if not problem and len(json.loads(judge.output)["damaged_snapshots"]) != 1:
        problem = judge.output
    judge.check("damage: a flipped byte fails and names the snapshot", problem)


def locks(judge, source):
    """restic and we at the same repository leave no lock behind, and restic can read ours."""
    repository = judge.work / "locks"
    problem = judge.ours(repository, "init") or judge.ours(repository, "run", source) or judge.restic(repository, "snapshots")
    left = list((repository / "locks").iterdir())
    judge.check("locks: none is left", problem or (f"{left}" if left else None))


def main():
    worker = Path(os.environ.get("VIGIE_BIN_DIR", "build/release/bin")).resolve() / "vigie-worker"
    if not worker.exists():
        sys.exit(f"judge restic: {worker} is absent: build it first\n0 passed, 1 failed")
    rng = random.Random(20260101)
    with tempfile.TemporaryDirectory(prefix="vigie-judge-restic-") as work:
        judge = Judge(find_restic(), worker, Path(work))
        for name, build in TREES.items():
            source = judge.work / "src" / name
            source.mkdir(parents=True)
            build(source, rng)
            both_ways(judge, name, source)
        second_snapshot(judge, judge.work / "src/duplicates")
        damage(judge, judge.work / "src/duplicates")
        locks(judge, judge.work / "src/links")
        take_care(judge, difference)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
