"""Peers that mean harm, on a live controller with fifty good agents, which must not miss a beat: none loses its session, and
each reading is acknowledged before a heartbeat timeout. (SLOW ones may delay readings for longer, once in a host's life, and are
held to a bound of the controller's processor instead.) Strangers first, then an enrolled host that has gone bad. Names of attacks
as arguments try only these."""
import contextlib
import os
import pathlib
import random
import select
import socket
import sys
import threading
import time

import msgpack
import zmq

from fleet import SANITIZER, SECONDS_MAX, Fleet, eventually, expect, run_cases
from good_agents import GoodAgents
from hostile_test import ATTACKS, address_of, attack, greeting, is_hung_up
from light_agent import (BATCH, GAP, HELLO, METRICS, LightAgent, ask_operator, enrol_all, header, now_ms, pack, samples, step_until,
                         stored_numbers)
from preload import MappedNumber
from raw_peer import GREETING, MORE, RawPeer

GOOD = 50
# Three heartbeats of 1 s would make a host silent.
BEAT_SECONDS_MAX = 3
MEMORY_MAX = 256 << 20  # that an attack may cost
DESCRIPTORS = 400  # that the controller may have
SLOW_ZAP = os.environ["VIGIE_SLOW_ZAP_SHIM"]
SECONDS = 2  # of each attack that goes on
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def peak_memory(process):
    """Bytes, since the last reset_peak_memory()."""
    with open(f"/proc/{process.child.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def reset_peak_memory(process):
    pathlib.Path(f"/proc/{process.child.pid}/clear_refs").write_text("5", encoding="ascii")
    return peak_memory(process)


def cpu_seconds(process):
    """That the program has used; unlike the time of day it does not depend on what else the machine does."""
    fields = pathlib.Path(f"/proc/{process.child.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Siege:
    """One controller, its good agents, and what an attack did to them."""

    def __init__(self, fleet, good, context):
        self.fleet = fleet
        self.good = good
        self.context = context
        self.status = ask_operator(fleet.socket, "status")
        self.late, = enrol_all(fleet, context, ["late"])

    def raw_bad(self, identity=b""):
        """A connection of the bad host, whose handshake is done."""
        peer = RawPeer(address_of(self.status["endpoint"]), self.status["public_key"], self.bad.keys)
        peer.shake_hands(identity)
        return contextlib.closing(peer)

    def fare_until_all_is_acknowledged(self):
        """What an attack leaves behind counts too: waits until all that the good agents read up to its end is through."""
        total = self.good.fare()
        read = total["readings"]
        while total["acked"] < read:
            fare = self.good.fare()
            total = {"ack_seconds_max": max(total["ack_seconds_max"], fare["ack_seconds_max"]),
                     "sessions": total["sessions"] + fare["sessions"],
                     "refusals": total["refusals"] + fare["refusals"], "acked": fare["acked"]}
            expect(total["ack_seconds_max"] < SECONDS_MAX, f"after {SECONDS_MAX} s good readings still wait")
        return total

    def suffer(self, attack):
        # Each with a key of its own: a key may shake hands only so often in a minute.
        self.bad, = enrol_all(self.fleet, self.context, [f"bad-{attack.__name__}"])
        before = reset_peak_memory(self.fleet.controller)
        self.good.fare()
        cpu_before = cpu_seconds(self.fleet.controller)
        attack(self)
        fare = self.fare_until_all_is_acknowledged()
        states = {host["state"] for host in ask_operator(self.fleet.socket, "hosts.list") if host["host"].startswith("good")}
        grown = peak_memory(self.fleet.controller) - before
        name = attack.__name__
        cpu = cpu_seconds(self.fleet.controller) - cpu_before
        print(f"  {name}: slowest acknowledgement {fare['ack_seconds_max']:.2f} s, {cpu:.1f} s of the controller's processor, "
              f"peak of memory {grown >> 20:+} MiB", flush=True)
        if attack in SLOW:
            expect(cpu < SLOW[attack], f"{name}: it held the controller for {cpu:.1f} s of its processor")
        else:
            expect(fare["ack_seconds_max"] < BEAT_SECONDS_MAX, f"{name}: a good reading waited {fare['ack_seconds_max']:.1f} s")
        expect(fare["sessions"] == 0 and not fare["refusals"], f"{name}: good agents lost their sessions: {fare}")
        expect(states == {"up"}, f"{name}: good agents were {states}")
        expect(grown < MEMORY_MAX, f"{name}: the controller grew by {grown >> 20} MiB")


def for_a_while(*actions):
    """Each action again and again in a thread of its own, for the attack's time."""
    end = time.monotonic() + SECONDS

    def repeat(action):
        while time.monotonic() < end:
            try:
                action()
            except OSError:
                pass  # refused, or hung up on: as it should be
    threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def garbage(siege):
    rng = random.Random(SEED)
    endpoints = (siege.status["endpoint"], siege.status["enrol_endpoint"])
    for_a_while(*[lambda e=endpoint: attack(address_of(e), rng.choice(list(ATTACKS.values()))) for endpoint in endpoints * 2])


def handshake_flood(siege):
    """Strangers whose handshakes cost as much as possible: whole CURVE ones with keys that nobody knows, and broken ones."""
    half = greeting(b"CURVE") + b"\x04\xc8" + b"\x05HELLO\x01\x00" + os.urandom(192)

    def stranger():
        peer = LightAgent("stranger")
        peer.open(siege.context, siege.status["endpoint"], siege.status["public_key"])
        peer.socket.poll(50)
        peer.close()

    def knock():
        with socket.create_connection(address_of(siege.status["endpoint"]), timeout=10) as peer:
            peer.sendall(half)
    for_a_while(stranger, stranger, stranger, stranger, knock, knock)


def oversized_frames(siege):
    for size in (1 << 20) + 1, 8 << 20, 64 << 20:
        for frames in ((header(BATCH, 1, METRICS, 1, 1), bytes(size)), (bytes(size), b"")):
            with siege.raw_bad() as peer:
                try:
                    peer.send_message(*frames)
                    expect(not peer.socket.recv(1), f"a frame of {size} bytes is answered")
                except ConnectionError:
                    pass


def many_parts(siege):
    """Messages of thousands of frames."""
    with siege.raw_bad() as peer:
        for _ in range(5):
            peer.send_message(*[b"x"] * 10_000)


def a_message_without_an_end(siege):
    """Part after part: the controller's socket must hold them all until the last, which never comes."""
    part = bytes(1 << 20)
    parts = 2 * MEMORY_MAX // len(part)
    cuts = 0
    for _ in range(3):
        with siege.raw_bad() as peer:
            try:
                for _ in range(parts):
                    peer.send(part, MORE)
            except OSError:
                cuts += 1
    expect(cuts == 3, f"{cuts} of 3 messages without an end were cut off within {parts} MiB")


def spoofed_routing_ids(siege):
    """ROUTER numbers its peers with a zero byte and four more; a peer may bring a name of its own, or another's."""
    rng = random.Random(SEED)

    for _ in range(3):
        with contextlib.ExitStack() as stack:
            for name in (b"good-1", b"good-1", b"\0" + rng.randbytes(4), bytes(5), bytes([0, 0, 0, 0, 1]), b"x" * 255):
                peer = stack.enter_context(siege.raw_bad(name))
                try:
                    peer.send_message(header(HELLO), pack(siege.bad.hello()))
                    peer.send_message(header(GAP, 1, METRICS, 1, 1), pack([1 << 40, 1]))
                except OSError:
                    pass  # cut for the next


def slow_handshakes(siege):
    """More connections than the process may have descriptors, each stopped somewhere in its handshake, and again when cut. An
    operator is answered, and a host that comes meanwhile gets in."""
    addresses = [address_of(siege.status[port]) for port in ("endpoint", "enrol_endpoint")]
    held = {}
    end = time.monotonic() + SECONDS
    answer_seconds_max = 0.0
    cuts = 0
    late = siege.late
    late.open(siege.context, siege.status["endpoint"], siege.status["public_key"])
    while time.monotonic() < end or not late.session:
        for number in range(DESCRIPTORS * 3 // 2):
            if number not in held or is_hung_up(held[number]):
                if number in held:
                    cuts += 1
                    held.pop(number).close()
                try:
                    held[number] = socket.create_connection(addresses[number % 2], timeout=10)
                    held[number].sendall((b"", GREETING[:10], GREETING)[number % 3])
                except OSError:
                    pass  # hung up on at once
        began = time.monotonic()
        ask_operator(siege.fleet.socket, "status")
        answer_seconds_max = max(answer_seconds_max, time.monotonic() - began)
        late.step()
        expect(time.monotonic() < end + 30, "a host that came during the attack does not get in")
    late.close()
    for peer in held.values():
        peer.close()
    expect(cuts > 0, f"{len(held)} connections are held at once by a process of {DESCRIPTORS} descriptors")
    expect(answer_seconds_max < BEAT_SECONDS_MAX, f"an operator waited {answer_seconds_max:.1f} s")


def malformed_messages(siege):
    """Every kind of message with every kind of damage, as fast as they go."""
    rng = random.Random(SEED)
    whole = [(header(kind), pack([0] * rng.randrange(12))) for kind in range(0, 20)]
    whole += [(header(HELLO), pack([1, 1, [], "", "", now_ms(), {}, [], [[METRICS, 1, 1, 1 << 63]], 0]))]

    def damaged(frame):
        at = rng.randrange(len(frame) + 1)
        return rng.choice((frame[:at], frame[:at] + rng.randbytes(3) + frame[at:], b"\xdd\xff\xff\xff\xff" + frame, rng.randbytes(50)))

    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            with siege.raw_bad() as peer:
                for _ in range(200):
                    head, body = rng.choice(whole)
                    peer.send_message(*rng.choice(((damaged(head), body), (head, damaged(body)), (head, body), (head,),
                                                   (head, body, body))))
        except OSError:
            pass  # cut, or it has shaken hands too often


def pushes(siege, entry_of):
    """Entries as fast as they go, whatever the controller says of its credit. It may cut whoever sends more than it takes: the
    host comes back at once."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with siege.raw_bad() as peer:
            peer.send_message(header(HELLO), pack(siege.bad.hello()))
            session = msgpack.unpackb(peer.receive_frame())[3]
            expect(session, "the bad host gets a session")
            with contextlib.suppress(OSError):
                push_until(peer, session, siege.bad.incarnation, entry_of, end)


def push_until(peer, session, incarnation, entry_of, end):
    seq = 0
    while time.monotonic() < end:
        seq += 1
        peer.send_message(header(BATCH, session, METRICS, incarnation, seq), entry_of(seq))
        while select.select([peer.socket], [], [], 0)[0]:
            if not peer.socket.recv(1 << 16):
                return


def endless_data(siege):
    noise = os.urandom(1_000_000)
    pushes(siege, lambda seq: noise)


def endless_small_data(siege):
    """Nearly nothing in each, so that what costs is their number."""
    pushes(siege, lambda seq: samples(["light_number"], [seq]))


def label_explosion(siege):
    """A series for each request, user and moment: new ones in each report, as many as fit into it."""
    pushes(siege, lambda seq: samples([f'requests_total{{id="{seq}-{number}"}}' for number in range(25_000)], [1.0] * 25_000))


def one_label_explosion_after_another(siege):
    """Small reports with few new series each: the cap must hold however slowly it is reached."""
    pushes(siege, lambda seq: samples([f'requests_total{{id="{seq}-{number}"}}' for number in range(50)], [1.0] * 50))


ATTACKS_OF_STRANGERS = (garbage, handshake_flood, slow_handshakes)
ATTACKS_OF_A_HOST = (oversized_frames, many_parts, a_message_without_an_end, spoofed_routing_ids, endless_data, endless_small_data,
                     label_explosion, one_label_explosion_after_another, malformed_messages)


# Twenty thousand new series, up to the cap, are a hundred thousand rows: half a second of the product, and ten times as much
# of a build with sanitizers and without optimisation. It happens once in a host's life. In seconds of processor.
SLOW = {label_explosion: 12, one_label_explosion_after_another: 12}


def started(fleet, environment=None):
    """A controller with few descriptors, whose sanitizer keeps little of what is freed, so that memory can be judged."""
    # Root would raise the limit again.
    fleet.before["controller"] = ("prlimit", f"--nofile={DESCRIPTORS}", "setpriv", "--bounding-set=-sys_resource", "--")
    environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=16:verify_asan_link_order=0",
                   **(environment or {})}
    fleet.before["controller"] += ("env", *(f"{name}={value}" for name, value in environment.items()))
    fleet.start_controller()


def good_agents_do_not_miss_a_beat():
    context = zmq.Context()
    with Fleet() as fleet:
        started(fleet)
        with GoodAgents(fleet, GOOD) as good:
            siege = Siege(fleet, good, context)
            eventually("the good agents are at work", lambda: good.fare()["acked"] >= 3 * GOOD)
            for act in ATTACKS_OF_STRANGERS + ATTACKS_OF_A_HOST:
                if act.__name__ in sys.argv[1:] or not sys.argv[1:]:
                    siege.suffer(act)
            good.end()
            for host in good.hosts[:3]:
                numbers = stored_numbers(fleet, host)
                expect(numbers == list(range(1, len(numbers) + 1)), f"{host}: stored are {numbers}")
            for host in ask_operator(fleet.socket, "hosts.list"):
                series = ask_operator(fleet.socket, "hosts.show", host=host["host"])["series"]
                expect(series <= 20_000, f"{host['host']} has {series} series")
            expect(not SANITIZER.search(fleet.controller.said()), "a sanitizer complains")


def a_slow_zap_handler_holds_up_nobody_who_is_in():
    context = zmq.Context()
    with Fleet() as fleet:
        delay = MappedNumber(fleet.folder / "delay")
        started(fleet, {"LD_PRELOAD": SLOW_ZAP, "VIGIE_SLOW_ZAP": delay.path})
        with GoodAgents(fleet, GOOD) as good:
            siege = Siege(fleet, good, context)
            eventually("the good agents are at work", lambda: good.fare()["acked"] >= 3 * GOOD)
            delay.set(500)
            siege.suffer(handshake_flood)
            delay.set(0)
            siege.late.open(context, siege.status["endpoint"], siege.status["public_key"])
            step_until("a host gets in afterwards", [siege.late], lambda: siege.late.session)
            siege.late.close()


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(good_agents_do_not_miss_a_beat, a_slow_zap_handler_holds_up_nobody_who_is_in)
