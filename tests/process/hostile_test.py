"""Peers that mean harm, on both ports of a live controller: two good agents must not miss a beat, and when the others have
gone nothing of them is left."""
import os
import select
import shutil
import socket
import threading
import time

from fleet import BIN, Failed, Fleet, Process, eventually, expect, run_cases

GOOD = ("web-1", "web-2")
HALF_OPEN = 100
# ZeroMQ's greeting, ZMTP 3.0 (https://rfc.zeromq.org/spec/23/): signature, version, mechanism, as-server, filler.
SIGNATURE = b"\xff" + bytes(8) + b"\x7f"


def greeting(mechanism):
    return SIGNATURE + b"\x03\x00" + mechanism.ljust(20, b"\0") + b"\0" + bytes(31)


def command(name, body=b""):
    content = bytes([len(name)]) + name + body
    return b"\x04" + bytes([len(content)]) + content


READY = command(b"READY", b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER")
HUGE_FRAME = b"\x02" + (1 << 40).to_bytes(8, "big")
HUGE_COMMAND = b"\x06" + (1 << 62).to_bytes(8, "big")
ATTACKS = {
    "zeros": bytes(65536),
    "ones": b"\xff" * 65536,
    "noise": os.urandom(65536),
    "HTTP": b"GET / HTTP/1.1\r\nHost: vigie\r\n\r\n" * 100,
    "an old ZMTP": b"\x01\x00" + bytes(100),
    "plain peer": greeting(b"NULL") + READY + b"\x00\x05hello" * 1000,
    "password peer": greeting(b"PLAIN") + command(b"HELLO", b"\x04root\x04root"),
    "frame before any handshake": SIGNATURE + HUGE_FRAME + bytes(1 << 20),
    "huge frame of a plain peer": greeting(b"NULL") + READY + HUGE_FRAME + bytes(1 << 20),
    "huge frame after a CURVE greeting": greeting(b"CURVE") + HUGE_FRAME + bytes(1 << 20),
    "huge command after a CURVE greeting": greeting(b"CURVE") + HUGE_COMMAND + bytes(1 << 20),
    "CURVE HELLO of noise": greeting(b"CURVE") + b"\x04\xc8" + b"\x05HELLO\x01\x00" + os.urandom(192),
    "CURVE HELLO too short": greeting(b"CURVE") + command(b"HELLO", b"\x01\x00"),
    "CURVE INITIATE at once": greeting(b"CURVE") + b"\x06" + (400).to_bytes(8, "big") + b"\x08INITIATE" + os.urandom(391),
    "a message instead of a command": greeting(b"CURVE") + b"\x00\x05hello",
}


def address_of(endpoint):
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


def attack(address, content):
    """Sends it all, reads what comes, until the controller hangs up or nothing more is to be said. True when it said anything or
    hung up."""
    is_answered = False
    with socket.create_connection(address, timeout=10) as peer:
        try:
            peer.sendall(content)
            peer.settimeout(0.2)
            while peer.recv(65536):
                is_answered = True
        except TimeoutError:
            return is_answered
        except ConnectionError:
            pass
    return True


def attack_all(fleet):
    threads = [threading.Thread(target=attack, args=(address_of(endpoint), content))
               for endpoint in fleet.ports for content in ATTACKS.values() for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def half_open(fleet):
    """Peers that connect and then say nothing, half of a greeting, or a greeting and no more."""
    peers = []
    for number in range(HALF_OPEN):
        peer = socket.create_connection(address_of(fleet.ports[number % 2]), timeout=10)
        peer.sendall((b"", SIGNATURE, greeting(b"CURVE"))[number % 3])
        peers.append(peer)
    return peers


def is_hung_up(peer):
    """Drains what the controller said; true once it has closed the connection."""
    try:
        while select.select([peer], [], [], 0)[0]:
            if not peer.recv(65536):
                return True
    except ConnectionError:
        return True
    return False


class Beats:
    """Watches the good agents all the while."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.applied = {host: fleet.host(host)["metrics_applied"] for host in GOOD}
        self.grown_at = {host: time.monotonic() for host in GOOD}
        self.longest = 0.0
        self.states = set()
        self.error = None
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        try:
            while not self.is_over.wait(0.05):
                hosts = {host["host"]: host for host in self.fleet.ask("hosts", "list")}
                for name in GOOD:
                    self.states.add(hosts[name]["state"])
                    now = time.monotonic()
                    self.longest = max(self.longest, now - self.grown_at[name])
                    if hosts[name]["metrics_applied"] > self.applied[name]:
                        self.applied[name] = hosts[name]["metrics_applied"]
                        self.grown_at[name] = now
        except Exception as error:  # whatever ends this thread must fail the test
            self.error = error

    def end(self):
        self.is_over.set()
        self.thread.join()
        if self.error:
            raise Failed(f"the good agents could not be watched: {self.error}")
        expect(self.states == {"up"}, f"the good agents were {self.states}")
        # Three heartbeats of 1 s would make a host silent; readings come each 200 ms.
        expect(self.longest < 3, f"no reading was applied for {self.longest:.1f} s")


def memory_and_descriptors(process):
    with open(f"/proc/{process.child.pid}/statm", encoding="ascii") as statm:
        pages = int(statm.read().split()[1])
    return pages * 4096, len(os.listdir(f"/proc/{process.child.pid}/fd"))


def start_stranger(fleet):
    """An agent with a key of its own and the controller's right key, but never enrolled."""
    config = fleet.write_agent_config("stranger")
    fleet.enrol("stranger", token="vigie-enrol-nobody-made-this")  # refused, but the key is made
    identity = fleet.folder / "stranger/identity/identity.yaml"
    expect((identity.parent / "agent.key").exists(), "the stranger has a key")
    shutil.copy(fleet.folder / "web-1/identity/identity.yaml", identity)
    stranger = Process("stranger", fleet.folder, [BIN / "vigie-agent", "run", "--config", config])
    fleet.agents["stranger"] = stranger
    stranger.start()
    return stranger


def good_agents_do_not_miss_a_beat():
    with Fleet() as fleet:
        fleet.start_controller()
        for host in GOOD:
            fleet.add_agent(host)
        for host in GOOD:
            fleet.wait_until_up(host)
            eventually(f"{host} is stored", lambda host=host: fleet.host(host)["metrics_applied"] >= 5)
        attack_all(fleet)  # once before measuring, so that what is allocated once and kept does not count
        memory, _ = memory_and_descriptors(fleet.controller)
        beats = Beats(fleet)
        try:
            peers = half_open(fleet)
            stranger = start_stranger(fleet)
            attack_all(fleet)
            _, descriptors_held = memory_and_descriptors(fleet.controller)
            attack_all(fleet)
            eventually("the stranger learns that its key is unknown",
                       lambda: "does not know this host's key" in stranger.said())
            eventually("half-open connections are ended", lambda: all(is_hung_up(peer) for peer in peers))
        finally:
            beats.end()
        eventually("no descriptor of theirs is left",
                   lambda: memory_and_descriptors(fleet.controller)[1] <= descriptors_held - HALF_OPEN * 0.9)
        grown = memory_and_descriptors(fleet.controller)[0] - memory
        expect(grown < 256 << 20, f"the controller grew by {grown >> 20} MiB")
        expect(sorted(host["host"] for host in fleet.ask("hosts", "list")) == sorted(GOOD), "a stranger is in the fleet")
        for host in GOOD:
            sessions = fleet.controller.said().count(f"host {host}: session ")
            expect(sessions == 1, f"{host} needed {sessions} lines about sessions")
        expect("ERROR: " not in fleet.controller.said() and "runtime error" not in fleet.controller.said(),
               "a sanitizer complains")
        stranger.stop()
        print(f"  longest time without a new reading: {beats.longest:.1f} s; memory {grown >> 10:+} KiB")


if __name__ == "__main__":
    run_cases(good_agents_do_not_miss_a_beat)
