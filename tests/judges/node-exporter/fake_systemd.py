"""A systemd that this machine does not run: org.freedesktop.systemd1 on the bus of DBUS_SYSTEM_BUS_ADDRESS, with units of every
kind and state, as far as node_exporter and the agent ask for them. Says "ready" and ends with the bus.

Usage: fake_systemd.py modern|old. Every number is another, so that no property can stand for its neighbour."""
import itertools
import re
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"
INFINITY = 2**64 - 1


def object_path(name):
    """As systemd escapes names: each byte but letters and digits, and a digit in front, as _ and two digits."""
    escaped = re.sub(rb"[^A-Za-z0-9]|^[0-9]", lambda found: b"_%02x" % found.group(0)[0], name.encode())
    return f"{ROOT}/unit/{escaped.decode()}"


# name, load state, active state, sub state
UNITS = [
    ("ssh.service", "loaded", "active", "running"),
    ("dbus.service", "loaded", "active", "running"),
    ("cron.service", "loaded", "activating", "auto-restart"),
    ("postgresql@15-main.service", "loaded", "reloading", "reload"),
    ("web\\x2dshop.service", "loaded", "failed", "failed"),
    ("backup.service", "loaded", "inactive", "dead"),
    ("slow.service", "loaded", "deactivating", "stop-sigterm"),
    ("oneshot.service", "loaded", "active", "exited"),
    ("0day.service", "loaded", "maintenance", "maintenance"),
    ("gone.service", "not-found", "inactive", "dead"),
    ("masked.service", "masked", "inactive", "dead"),
    ("broken.service", "error", "failed", "failed"),
    ("with \"quotes\".service", "loaded", "active", "running"),
    ("ssh.socket", "loaded", "active", "listening"),
    ("dbus.socket", "loaded", "active", "running"),
    ("failed.socket", "loaded", "failed", "failed"),
    ("logrotate.timer", "loaded", "active", "waiting"),
    ("apt-daily.timer", "loaded", "active", "waiting"),
    ("never.timer", "loaded", "inactive", "dead"),
    ("multi-user.target", "loaded", "active", "active"),
    ("emergency.target", "loaded", "inactive", "dead"),
    ("ask-password.path", "loaded", "active", "waiting"),
    ("swapfile.swap", "loaded", "active", "active"),
    ("-.mount", "loaded", "active", "mounted"),
    ("srv-data.mount", "loaded", "failed", "failed"),
    ("proc-sys-fs-binfmt_misc.automount", "loaded", "active", "waiting"),
    ("dev-vda1.device", "loaded", "active", "plugged"),
    ("session-1.scope", "loaded", "active", "running"),
    ("system.slice", "loaded", "active", "active"),
    ("user-1000.slice", "loaded", "active", "active"),
    ("init.scope", "loaded", "active", "running"),
    # More questions than the 128 answers that dbus-daemon lets a connection wait for.
    *((f"job-{number:03}.service", "loaded", "active", "running") for number in range(200)),
]
TYPES = itertools.cycle(["notify", "dbus", "simple", "forking", "oneshot", "idle", "exec"])
NUMBERS = itertools.count(101, 13)
# What systemd before 235 and 239 did not have.
YOUNG = {("Service", "NRestarts"), ("Socket", "NRefused")}


def properties_of(name, active):
    number = lambda: dbus.UInt32(next(NUMBERS))
    moment = lambda: dbus.UInt64(1_700_000_000_000_000 + 1_234_567 * next(NUMBERS))
    known = {("Unit", "ActiveEnterTimestamp"): moment() if active != "inactive" else dbus.UInt64(0)}
    kind = name.rpartition(".")[2]
    if kind == "service":
        is_limited = next(NUMBERS) % 3 > 0
        known |= {
            ("Service", "Type"): next(TYPES),
            ("Service", "NRestarts"): number(),
            ("Service", "TasksCurrent"): dbus.UInt64(next(NUMBERS) if active == "active" else INFINITY),
            ("Service", "TasksMax"): dbus.UInt64(next(NUMBERS) if is_limited else INFINITY),
        }
    elif kind == "socket":
        is_accepting = name == "ssh.socket"
        known |= {("Socket", "Accept"): dbus.Boolean(is_accepting)}
        known |= {("Socket", each): number() if is_accepting else dbus.UInt32(0) for each in ("NAccepted", "NConnections", "NRefused")}
    elif kind == "timer":
        known |= {("Timer", "LastTriggerUSec"): dbus.UInt64(0) if active == "inactive" else moment()}
    elif kind == "mount":
        known |= {("Mount", "Type"): "ext4" if name == "-.mount" else "xfs"}
    return known


class Unknown(dbus.DBusException):
    _dbus_error_name = "org.freedesktop.DBus.Error.UnknownProperty"


class Systemd(dbus.service.FallbackObject):
    def __init__(self, bus, is_old):
        super().__init__(bus, ROOT)
        self.manager = {"Version": "234" if is_old else "252.38-1~deb12u1", "SystemState": "running" if is_old else "degraded"}
        self.units = {object_path(name): properties_of(name, active) for name, _, active, _ in UNITS}
        for known in self.units.values():
            for young in YOUNG if is_old else ():
                known.pop(young, None)

    @dbus.service.method(f"{NAME}.Manager", in_signature="", out_signature="a(ssssssouso)")
    def ListUnits(self):
        return [(name, f"Description of {name}", load, active, sub, "", object_path(name), dbus.UInt32(0), "", dbus.ObjectPath("/"))
                for name, load, active, sub in UNITS]

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v", path_keyword="path")
    def Get(self, interface, name, path):
        if path == ROOT and interface == f"{NAME}.Manager" and name in self.manager:
            return self.manager[name]
        key = (interface.removeprefix(f"{NAME}."), name)
        if key not in self.units.get(path, {}):
            raise Unknown(f"{path} has no {interface}.{name}")
        return self.units[path][key]


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    name = dbus.service.BusName(NAME, bus, do_not_queue=True)
    systemd = Systemd(bus, sys.argv[1] == "old")
    print("ready", flush=True)
    GLib.MainLoop().run()
    del systemd, name


if __name__ == "__main__":
    main()
