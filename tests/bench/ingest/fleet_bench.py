"""What both benches share: the load, our program, and the peers as processes on loopback, unpacked and ended by pid."""
import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from debian_package import unpacked
from free_port import free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("VIGIE_BIN_DIR", ROOT / "build/release/bin"))
BUCKET_MS = 20 * 60_000
SERIES = 100
TIMEOUT_S = 3600


class BenchFailed(Exception):
    pass


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def figure(name, value, unit, peer, peer_value):
    """`ratio` above 1 is in our favour: all these figures are better when smaller."""
    ratio = round(peer_value / value, 3) if peer_value is not None and value else None
    print(json.dumps({"figure": name, "value": round(value, 4), "unit": unit, "peer": peer,
                      "peer_value": None if peer_value is None else round(peer_value, 4), "ratio": ratio}), flush=True)


class Load:
    """So many hosts, each reporting its hundred series so many times, up to some hours ago."""
    def __init__(self, hosts, steps):
        self.hosts = hosts
        self.steps = steps
        self.first_ms = (int(time.time() * 1000) // BUCKET_MS - 9) * BUCKET_MS

    def words(self):
        return [str(self.hosts), str(self.steps), str(self.first_ms)]

    @property
    def millions(self):
        return self.hosts * self.steps * SERIES / 1e6

    @property
    def last_s(self):
        return (self.first_ms + (self.steps - 1) * 10_000) / 1000


def run_ours(*words):
    done = subprocess.run([BIN / "bench_ingest", *words], stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"bench_ingest {words[0]} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def bytes_below(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Peer:
    """A server that is measured. `folder` is removed with the bench's."""
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.port = free_port()
        self.process = None
        self.connection = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + 60
        while self.ask_raw(self.ready) != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                raise BenchFailed(f"{self.name} did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(120)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask_raw(self, path):
        """Over one connection, as Grafana keeps it, unless the server ended it."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            self.answer = answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            self.connection = None
            return None

    def query(self, path, **parameters):
        """`nocache`: victoria-metrics keeps answers, and would give the same one again."""
        parameters["nocache"] = "1"
        if self.ask_raw(f"/api/v1/{path}?" + urllib.parse.urlencode(parameters)) != 200:
            raise BenchFailed(f"{self.name}: {path} {parameters}: {self.answer[:500]}")
        return json.loads(self.answer)["data"]["result"]

    def cpu_s(self):
        """To the nanosecond, of threads that live; over a fill some end."""
        return sum(int((task / "schedstat").read_text().split()[0])
                   for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()) / 1e9

    def peak_rss_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0

    def wait_until_idle(self):
        """Until a second takes less than a fiftieth of a processor: what is merged behind the last answer counts too."""
        before = self.cpu_s()
        for _ in range(300):
            time.sleep(1)
            now = self.cpu_s()
            if now - before < 0.02:
                return
            before = now

    def fill(self, load):
        run_ours("remote-write", str(self.port), self.write_path, *load.words())
        self.wait_until_idle()

    def cpu_with_ended_threads_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class VictoriaMetrics(Peer):
    name = "victoria-metrics"
    write_path = "/api/v1/write"
    ready = "/health"

    def command(self):
        return [unpacked("victoria-metrics") / "usr/bin/victoria-metrics", f"-storageDataPath={self.folder}/data",
                f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=12"]

    def data_bytes(self):
        """All but its caches, which are small, after a stop that writes out what is in memory."""
        return bytes_below(self.folder / "data/data") + bytes_below(self.folder / "data/indexdb")


class Prometheus(Peer):
    name = "prometheus"
    write_path = "/api/v1/write"
    ready = "/-/ready"

    def command(self):
        (self.folder / "prometheus.yml").write_text("global: {evaluation_interval: 1m}\n")
        return [unpacked("prometheus") / "usr/bin/prometheus", f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}",
                "--storage.tsdb.retention.time=100y", "--web.enable-remote-write-receiver"]

    def data_bytes(self):
        """Of its head and log: two hours make no block."""
        return bytes_below(self.folder / "data")


@contextlib.contextmanager
def peers(stack_folder, load, kinds=(VictoriaMetrics, Prometheus)):
    """Each started and filled; gives (peer, CPU seconds of the filling)."""
    with contextlib.ExitStack() as stack:
        filled = []
        for kind in kinds:
            peer = kind(stack_folder / kind.name)
            stack.callback(peer.stop)
            peer.start()
            before = peer.cpu_with_ended_threads_s()
            peer.fill(load)
            cpu = peer.cpu_with_ended_threads_s() - before
            note(f"{peer.name}: {load.millions:.1f} million samples, {cpu:.1f} CPU s")
            filled.append((peer, cpu))
        yield filled
