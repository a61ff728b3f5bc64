"""A peer's program from its Debian package: downloaded once and unpacked into a cache, never installed, so that no service
starts and nothing of the user's machine changes."""
import os
import pathlib
import subprocess
import sys
import tempfile

CACHE = pathlib.Path(os.environ.get("VIGIE_JUDGE_CACHE", pathlib.Path.home() / ".cache/vigie/packages"))


class PackageMissing(Exception):
    pass


def unpacked(package):
    """The folder that has the package's usr, etc and so on; PackageMissing when apt-get can't have it."""
    root = CACHE / package
    if root.exists():
        return root
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        got = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, text=True)
        packages = list(pathlib.Path(folder).glob("*.deb"))
        if got.returncode != 0 or not packages:
            raise PackageMissing(f"Debian's {package} can't be had: {got.stderr.strip()}")
        fresh = pathlib.Path(folder) / "root"
        subprocess.run(["dpkg", "-x", packages[0], fresh], check=True)
        try:
            os.rename(fresh, root)
        except OSError:  # another judge has unpacked it meanwhile
            if not root.exists():
                raise
    return root


def unpacked_for_judge(package):
    """The same for a judge, which ends with its tally where there is nobody to compare with."""
    try:
        return unpacked(package)
    except PackageMissing as error:
        sys.exit(f"{error}\n0 passed, 1 failed")
