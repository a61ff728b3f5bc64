"""Debian's prometheus-node-exporter and collectd, unpacked into a cache and running beside our agent."""
import contextlib
import gzip
import pathlib
import socket
import struct
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

from debian_package import PackageMissing, unpacked  # noqa: E402
from free_port import free_port  # noqa: E402

COLLECTD_PLUGINS = ("cpu", "memory", "load", "df", "disk", "interface", "network")


class PeerMissing(Exception):
    """It can be had, but does not run."""


@contextlib.contextmanager
def running(command, log):
    """A process of ours, ended by its own id whatever happens."""
    process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(is_true, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise PeerMissing(f"{what} within {seconds} s")
        time.sleep(0.1)


class NodeExporter:
    """It collects when it is scraped: collect() does, compressed, as Prometheus asks for it."""
    name = "prometheus-node-exporter"

    def __init__(self, stack, folder, applications):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/metrics"
        program = unpacked(self.name) / "usr/bin/prometheus-node-exporter"
        log = stack.enter_context(open(folder / "node_exporter.log", "wb"))
        process = stack.enter_context(running([program, f"--web.listen-address=127.0.0.1:{port}",
                                               f"--collector.textfile.directory={applications}"], log))
        self.pid = process.pid
        wait_until(lambda: self.is_listening(port), "node_exporter did not listen")

    @staticmethod
    def is_listening(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def collect(self):
        request = urllib.request.Request(self.url, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return gzip.decompress(answer.read()).decode()

    def series(self):
        """All but those on itself."""
        return sum(1 for line in self.collect().splitlines() if not line.startswith(("#", "go_", "process_", "promhttp_")))


class Collectd:
    """It collects by itself and sends to a socket of ours, as to a server."""
    name = "collectd"

    def __init__(self, stack, folder, interval):
        root = unpacked("collectd-core")
        self.received = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.received.bind(("127.0.0.1", 0))
        self.received.setblocking(False)
        self.seen = {}
        config = folder / "collectd.conf"
        config.write_text("\n".join([
            'Hostname "bench"', "FQDNLookup false", f"Interval {interval}", f'BaseDir "{folder}"',
            f'PIDFile "{folder}/collectd.pid"', f'PluginDir "{root}/usr/lib/collectd"',
            f'TypesDB "{root}/usr/share/collectd/types.db"', *[f"LoadPlugin {plugin}" for plugin in COLLECTD_PLUGINS],
            "<Plugin network>", f'  Server "127.0.0.1" "{self.received.getsockname()[1]}"', "</Plugin>", ""]))
        self.log = folder / "collectd.log"
        log = stack.enter_context(open(self.log, "wb"))
        process = stack.enter_context(running([root / "usr/sbin/collectd", "-f", "-C", config], log))
        self.pid = process.pid
        wait_until(lambda: self.has_sent(process), "collectd sent nothing", seconds=4 * interval + 10)

    def has_sent(self, process):
        if process.poll() is not None:
            raise PeerMissing(f"collectd ended with {process.returncode}: {self.log.read_text(errors='replace')[-300:]}")
        return self.series() > 0

    def collect(self):
        """Takes what was sent, so that the socket never runs full."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.take(self.received.recv(65536))

    def take(self, packet):
        """Counts the values of each series (collectd's binary protocol: parts of type, length and content)."""
        key = {}
        while len(packet) >= 4:
            kind, length = struct.unpack("!HH", packet[:4])
            if kind in (2, 3, 4, 5):  # plugin, its instance, type, its instance; said again only when another
                key[kind] = packet[4:length]
            elif kind == 6:
                self.seen[tuple(sorted(key.items()))] = struct.unpack("!H", packet[4:6])[0]
            packet = packet[max(length, 4):]

    def series(self):
        self.collect()
        return sum(self.seen.values())
