"""A bus of the judge's own, with a systemd on it that is none (fake_systemd.py). Both end with the block."""
import os
import subprocess
import sys
from pathlib import Path

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/>
    <allow send_destination="*"/><allow send_type="*"/><allow receive_type="*"/>
  </policy>
</busconfig>
"""
PYTHON = "/usr/bin/python3"  # Debian's own, which finds python3-dbus and python3-gi


class PrivateBus:
    def __init__(self, socket, kind):
        self.socket, self.kind = Path(socket), kind
        self.address = f"unix:path={socket}"
        self.processes = []

    def __enter__(self):
        try:
            self.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        self.socket.parent.mkdir(parents=True)
        config = self.socket.with_suffix(".conf")
        config.write_text(CONFIG.format(socket=self.socket))
        self.run(["dbus-daemon", "--nofork", f"--config-file={config}", "--print-address"])
        self.run([PYTHON, Path(__file__).with_name("fake_systemd.py"), self.kind])

    def run(self, command):
        """A process that writes a line once it is there."""
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address}
        log = open(self.socket.with_name(f"log-{len(self.processes)}"), "w+")
        self.processes.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log))
        if not self.processes[-1].stdout.readline():
            log.seek(0)
            sys.exit(f"judge node-exporter: {command[0]} does not start: {log.read()[-600:]}\n0 passed, 1 failed")
        log.close()

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
            process.stdout.close()
