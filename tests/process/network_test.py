"""A network that fails: cut, one way only, and flapping. Each agent is in a network namespace of its own behind a router in
another, so that a fault lies between the two and neither side's own link goes down."""
import os
import random
import re
import subprocess
import sys
import threading
import time

from fleet import Failed, Fleet, at_once, eventually, expect, run_cases
from kill_test import check_host, settle
from outage_test import times_of

CONTROLLER = "10.199.0.2"
CUT_SECONDS = 7  # more than three heartbeats of 1 s, the ping before them and a tick
FLAPS = 12  # after a cut, while the agent tries to come back; and twice
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))
# What a router does with packets for an address: forget them, or say that it can't be reached.
FAULTS = ("blackhole", "unreachable", "prohibit")


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()} (this test needs root and iproute2)")


class Network:
    """Namespaces for the controller, the router and each host. The kernel takes their links away with them."""

    def __init__(self, hosts):
        self.router = self.name("router")
        self.hosts = {host: f"10.199.{number}.2" for number, host in enumerate(hosts, 1)}
        self.made = []

    def name(self, who):
        return f"vigie-{os.getpid()}-{who}"

    def __enter__(self):
        try:
            self.add(self.router)
            ip("-n", self.router, "link", "set", "lo", "up")
            self.attach("controller", CONTROLLER)
            for host, address in self.hosts.items():
                self.attach(host, address)
        except Failed:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.made:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def add(self, name):
        ip("netns", "add", name)
        self.made.append(name)

    def attach(self, who, address):
        name = self.name(who)
        gateway = address[:-1] + "1"
        port = "port" + address.split(".")[2]
        self.add(name)
        ip("link", "add", port, "netns", self.router, "type", "veth", "peer", "name", "eth0", "netns", name)
        for namespace, link, own in ((self.router, port, gateway), (name, "eth0", address)):
            ip("-n", namespace, "address", "add", own + "/24", "dev", link)
            ip("-n", namespace, "link", "set", link, "up")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "route", "add", "default", "via", gateway)
        ip("netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def inside(self, who):
        return ("ip", "netns", "exec", self.name(who))

    def rules_of(self, host, direction):
        """The policy that picks out the packets of one host in one direction."""
        ends = (self.hosts[host], CONTROLLER) if direction == "up" else (CONTROLLER, self.hosts[host])
        return "from", ends[0], "to", ends[1]

    def fail(self, host, direction, fault="blackhole"):
        ip("-n", self.router, "rule", "add", *self.rules_of(host, direction), fault)

    def heal(self, host, direction, fault="blackhole"):
        ip("-n", self.router, "rule", "delete", *self.rules_of(host, direction), fault)


def cut(network, host):
    fail_for(network, host, ("up", "down"))


def only_the_controller_is_heard(network, host):
    fail_for(network, host, ("up",))


def only_the_agent_is_heard(network, host):
    fail_for(network, host, ("down",))


def fail_for(network, host, directions):
    for direction in directions:
        network.fail(host, direction)
    time.sleep(CUT_SECONDS)  # not to synchronise: the fault's length
    for direction in directions:
        network.heal(host, direction)


def flapping(network, host):
    """A flap alone is over before anybody hangs up: TCP sends again. So each series of them follows a cut, and meets handshakes and
    greetings too."""
    rng = random.Random(SEED)
    for _ in range(2):
        cut(network, host)
        for _ in range(FLAPS):
            direction, fault = rng.choice(("up", "down")), rng.choice(FAULTS)
            network.fail(host, direction, fault)
            time.sleep(rng.uniform(0.02, 0.4))  # not to synchronise: the moments are what is being tried
            network.heal(host, direction, fault)
            time.sleep(rng.uniform(0, 0.3))


def sessions_of(fleet, host):
    """How many it has begun."""
    return len(re.findall(rf"host {host}: session [0-9a-f]+ from ", fleet.controller.said()))


def segments_sent_again(network, host):
    """By the kernel of the host's namespace, since it was made."""
    done = subprocess.run([*network.inside(host), "cat", "/proc/net/snmp"], capture_output=True, text=True, check=True)
    names, numbers = [line.split() for line in done.stdout.splitlines() if line.startswith("Tcp:")]
    return int(numbers[names.index("RetransSegs")])


WAYS = {"cut": cut, "deaf": only_the_agent_is_heard, "mute": only_the_controller_is_heard, "flapping": flapping}


def watch_states(fleet, seen, is_over):
    while not is_over.is_set():
        try:
            for host in fleet.ask("hosts", "list"):
                seen.setdefault(host["host"], set()).add(host["state"])
        except Failed:
            pass  # the last word is check_host's
        is_over.wait(0.2)


def be_faulty(fleet, network):
    seen = {}
    is_over = threading.Event()
    watcher = threading.Thread(target=watch_states, args=(fleet, seen, is_over))
    watcher.start()
    try:
        at_once(lambda host: WAYS[host](network, host), WAYS)
        for host in WAYS:
            fleet.wait_until_up(host)
    finally:
        is_over.set()
        watcher.join()
    for host in ("cut", "mute"):
        expect("silent" in seen[host], f"{host}: the controller never called it silent: {seen[host]}")
    for host in ("cut", "deaf"):
        expect("nothing heard for 3 heartbeat intervals" in fleet.agents[host].said(), f"{host}: the agent noticed nothing")


def nothing_is_lost_or_doubled_by_a_network_that_fails():
    with Network(WAYS) as network, Fleet() as fleet:
        fleet.ports = (f"tcp://{CONTROLLER}:0", f"tcp://{CONTROLLER}:0")
        fleet.before = {who: network.inside(who) for who in ("controller", *WAYS)}
        fleet.start_controller()
        for host in WAYS:
            fleet.add_agent(host)
        for host in WAYS:
            eventually(f"{host} is stored", lambda host=host: fleet.host(host)["metrics_applied"] >= 3)
        began = time.time()
        sessions = {host: sessions_of(fleet, host) for host in WAYS}
        be_faulty(fleet, network)
        for host in WAYS:
            expect(sessions_of(fleet, host) > sessions[host], f"{host}: the fault ended no session: nothing was tried")
            expect(segments_sent_again(network, host) > 0, f"{host}: no packet was lost: nothing was tried")
        at_once(lambda host: settle(fleet, host), WAYS)
        counts = {host: check_host(fleet, host) for host in WAYS}
        for host in ("cut", "deaf", "mute"):
            away = [at for at in times_of(fleet, host) if began <= at <= began + CUT_SECONDS]
            expect(len(away) >= CUT_SECONDS * 5 / 2, f"{host}: {len(away)} readings of {CUT_SECONDS} s at 200 ms")
        print(f"  readings stored once: {counts}")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("failed: network namespaces need root: run the tests as root")
    print(f"VIGIE_SEED={SEED}")
    run_cases(nothing_is_lost_or_doubled_by_a_network_that_fails)
