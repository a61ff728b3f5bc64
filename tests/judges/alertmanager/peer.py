"""Debian's prometheus-alertmanager on loopback: unpacked, started, told of alerts and silences, killed."""
import datetime
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked_for_judge
from free_port import free_port

TIMEOUT_S = 30


# Where Debian's alertmanager reads its templates, by a path that stands in the program.
SHARE = b"/usr/share/prometheus/alertmanager"


def with_templates(root, folder):
    """A copy of the program, in the folder, that reads its templates from where the package is unpacked: by a link whose path,
    filled up with slashes, is as long as the one it replaces. Needs neither root nor namespaces."""
    link = pathlib.Path(tempfile.mkdtemp(prefix="vam-", dir="/tmp")) / "share"
    link.symlink_to(root / "usr/share/prometheus/alertmanager")
    content = (root / "usr/bin/prometheus-alertmanager").read_bytes()
    program = folder / "alertmanager"
    program.write_bytes(content.replace(SHARE, bytes(link).ljust(len(SHARE), b"/")))
    program.chmod(0o755)
    return program, link


def rfc3339(unix_s):
    return datetime.datetime.fromtimestamp(unix_s, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Alertmanager:
    def __init__(self, folder, config):
        self.folder = folder
        self.config = folder / "theirs.yml"
        self.config.write_text(config)
        self.port = free_port()
        self.log = open(folder / "alertmanager.log", "w")
        self.program, self.link = with_templates(unpacked_for_judge("prometheus-alertmanager"), folder)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.program, f"--config.file={self.config}", f"--storage.path={self.folder}/data", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log, env={"TZ": "Asia/Seoul", "PATH": "/usr/bin:/bin"})
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.request("GET", "/-/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("alertmanager did not start: " + (self.folder / "alertmanager.log").read_text()[-2000:])

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def must(self, method, path, body=None):
        status, text = self.request(method, path, body)
        if status != 200:
            raise RuntimeError(f"alertmanager: {method} {path}: {status} {text}")
        return json.loads(text) if text else None

    def post(self, alerts):
        """Of (labels, annotations, start, end or None), in Unix seconds. What has no end fires for an hour."""
        self.must("POST", "/api/v2/alerts", [
            {"labels": labels, "annotations": annotations, "startsAt": rfc3339(start), "endsAt": rfc3339(end or time.time() + 3600)}
            for labels, annotations, start, end in alerts])

    def silence(self, matchers, span_s, comment):
        """Of (name, value, is a regular expression, is equal). Gives its id."""
        now = time.time()
        return self.must("POST", "/api/v2/silences", {
            "matchers": [{"name": name, "value": value, "isRegex": regex, "isEqual": equal} for name, value, regex, equal in matchers],
            "startsAt": rfc3339(now), "endsAt": rfc3339(now + span_s), "createdBy": "judge", "comment": comment})["silenceID"]

    def expire(self, silence):
        self.must("DELETE", f"/api/v2/silence/{silence}")

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT_S)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(TIMEOUT_S)
        self.log.close()
        self.link.unlink(missing_ok=True)
        self.link.parent.rmdir()
