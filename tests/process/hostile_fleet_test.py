"""Peers that mean harm, on a live controller with fifty good agents, which must not miss a beat: none loses its session, and
each reading is acknowledged before a heartbeat timeout. Strangers first, then an enrolled host that has gone bad. Names of
attacks as arguments try only these."""
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

from fleet import SANITIZER, SECONDS_MAX, eventually, expect, run_cases
from good_agents import GoodAgents
from hostile_test import ATTACKS, address_of, attack, greeting, is_hung_up
from light_agent import (BATCH, ENROL, GAP, HELLO, METRICS, ask_operator, enrol_all, header, now_ms, pack, samples, step_until,
                         stored_numbers)
from operators_test import Office
from preload import MappedNumber
from raw_peer import GREETING, MORE, RawPeer

GOOD = 50
# Three heartbeats of 1 s would make a host silent.
BEAT_SECONDS_MAX = 3
MEMORY_MAX = 256 << 20  # that an attack may cost
DESCRIPTORS = 400  # that the controller may have
ENROLLING_MAX = DESCRIPTORS // 8  # connections to the enrolment port, of a controller with so few descriptors
SLOW_ZAP = os.environ["VIGIE_SLOW_ZAP_SHIM"]
SECONDS = 2  # of each attack that goes on
# A host's cap is 20,000, of which a quarter is kept for the names of its own series.
EXPLODED_SERIES = 15_000
SEED = int(os.environ.get("VIGIE_SEED", random.randrange(1 << 32)))


def peak_memory(process):
    """Bytes, since the last reset_peak_memory()."""
    with open(f"/proc/{process.child.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def reset_peak_memory(process):
    pathlib.Path(f"/proc/{process.child.pid}/clear_refs").write_text("5", encoding="ascii")
    return peak_memory(process)


def waiting_seconds(process):
    """How long each of its threads has waited for a processor that others had (proc(5), schedstat), by thread."""
    threads = {}
    for task in pathlib.Path(f"/proc/{process.child.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has ended
            threads[task.name] = int((task / "schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    return threads


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
        self.endpoints = [self.status[port] for port in ("endpoint", "enrol_endpoint", "operators_endpoint")]
        self.late, = enrol_all(fleet, context, ["late"])

    def is_remote_operator_answered(self):
        return self.fleet.as_("anna", "status").returncode == 0

    def applied(self):
        """How many entries of the bad host were taken, good or not."""
        return next(host["metrics_applied"] for host in ask_operator(self.fleet.socket, "hosts.list")
                    if host["host"] == self.bad.host)

    def stored_series(self):
        """Of the bad host."""
        return ask_operator(self.fleet.socket, "hosts.show", host=self.bad.host)["series"]

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
        cpu_before, waiting_before = cpu_seconds(self.fleet.controller), waiting_seconds(self.fleet.controller)
        attack(self)
        fare = self.fare_until_all_is_acknowledged()
        states = {host["state"] for host in ask_operator(self.fleet.socket, "hosts.list") if host["host"].startswith("good")}
        grown = peak_memory(self.fleet.controller) - before
        name = attack.__name__
        cpu = cpu_seconds(self.fleet.controller) - cpu_before
        print(f"  {name}: slowest acknowledgement {fare['ack_seconds_max']:.2f} s, {cpu:.1f} s of the controller's processor, "
              f"peak of memory {grown >> 20:+} MiB", flush=True)
        # What other programs of the machine take is no fault of the controller's.
        beat_max = BEAT_SECONDS_MAX + max(seconds - waiting_before.get(thread, 0)
                                          for thread, seconds in waiting_seconds(self.fleet.controller).items())
        expect(fare["ack_seconds_max"] < beat_max,
               f"{name}: a good reading waited {fare['ack_seconds_max']:.1f} s, of at most {beat_max:.1f} s")
        expect(fare["sessions"] == 0 and not fare["refusals"], f"{name}: good agents lost their sessions: {fare}")
        expect(states == {"up"}, f"{name}: good agents were {states}")
        expect(grown < MEMORY_MAX, f"{name}: the controller grew by {grown >> 20} MiB")


def for_a_while(*actions):
    """Each action again and again in a thread of its own, for the attack's time. Gives how often each got through, that is gave
    something true; an attack that never gets through shows nothing."""
    end = time.monotonic() + SECONDS
    through = [0] * len(actions)

    def repeat(index):
        while time.monotonic() < end:
            with contextlib.suppress(OSError):  # refused, or hung up on: as it should be
                through[index] += bool(actions[index]())
    threads = [threading.Thread(target=repeat, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return through


def garbage(siege):
    rng = random.Random(SEED)
    answered = for_a_while(*[lambda e=endpoint: attack(address_of(e), rng.choice(list(ATTACKS.values())))
                             for endpoint in siege.endpoints * 2])
    by_port = [first + second for first, second in zip(answered[:3], answered[3:])]
    expect(all(by_port), f"of the garbage for three ports was answered: {by_port}")


def stranger(siege, endpoint):
    """A whole handshake with a key that nobody knows. True when it was refused for that."""
    keys = zmq.curve_keypair()
    with siege.context.socket(zmq.DEALER) as peer:
        peer.linger = 0
        peer.curve_publickey, peer.curve_secretkey, peer.curve_serverkey = *keys, siege.status["public_key"].encode()
        with peer.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH) as monitor:
            peer.connect(endpoint)
            is_refused = bool(monitor.poll(1000 * SECONDS))
            peer.disable_monitor()
    return is_refused


def knock(endpoint):
    """A CURVE HELLO that is none. True when the other side has greeted and hangs up on it."""
    with socket.create_connection(address_of(endpoint), timeout=10) as peer:
        peer.sendall(greeting(b"CURVE"))
        peer.recv(64)
        peer.sendall(b"\x04\xc8" + b"\x05HELLO\x01\x00" + os.urandom(192))
        try:
            while peer.recv(64):
                pass
        except ConnectionError:
            pass
        return True


def handshake_flood(siege):
    """Strangers whose handshakes cost as much as possible: whole CURVE ones with keys that nobody knows, and broken ones."""
    main, enrolment, operators = siege.endpoints
    actions = [lambda e=endpoint: stranger(siege, e) for endpoint in (main, operators) * 3]
    actions += [lambda e=endpoint: knock(e) for endpoint in (main, enrolment, operators)]
    through = for_a_while(*actions)
    counts = [through[0] + through[2] + through[4], through[1] + through[3] + through[5], *through[6:]]
    expect(all(counts), f"of strangers at two ports and broken handshakes at three were answered: {counts}")
    expect(siege.is_remote_operator_answered(), "an operator elsewhere is not let in after the flood")


def slow_handshake_flood(siege):
    """The same at a handler that takes half a second for each, so that many wait for it; a good host that comes meanwhile gets in,
    after the handshakes that came before its own."""
    def refused():
        return ask_operator(siege.fleet.socket, "status")["connections_refused"]

    before = refused()
    flood = threading.Thread(target=for_a_while, args=[lambda: stranger(siege, siege.endpoints[0])] * 4)
    flood.start()
    eventually("a stranger's handshake is judged", lambda: refused() > before)
    seconds = seconds_to_get_in(siege)
    flood.join()
    print(f"  a good host got in after {seconds:.1f} s", flush=True)


def seconds_to_get_in(siege):
    """That an enrolled host needs for its handshake and its greeting."""
    began = time.monotonic()
    siege.late.open(siege.context, siege.status["endpoint"], siege.status["public_key"])
    step_until("an enrolled host gets in", [siege.late], lambda: siege.late.session)
    siege.late.close()
    return time.monotonic() - began


def ask_to_enrol(siege, name):
    """A connection that has asked with a wrong token; not from the address of good hosts, which would have to wait for its faults."""
    keys = zmq.curve_keypair()
    peer = RawPeer(address_of(siege.endpoints[1]), siege.status["public_key"], keys, source="127.0.0.2")
    peer.is_asking = False
    with contextlib.suppress(OSError):  # cut for the next one
        peer.shake_hands()
        peer.send_message(header(ENROL), pack(["vigie_" + 32 * "0", name, keys[0].decode()]))
        peer.is_asking = True
    return peer


def held_enrolments(siege):
    """Whoever knows the controller's public key may shake hands at the enrolment port. These do, each with a new key, ask with a wrong
    token, and stay; as many as it takes and more, and again when cut. A host that is to be enrolled meanwhile gets its turn."""
    siege.fleet.write_agent_config("enrols-meanwhile")
    done = []
    enrolling = threading.Thread(target=lambda: done.append(siege.fleet.enrol("enrols-meanwhile")))
    held = {}
    shaken = cuts = 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or not done:
        expect(time.monotonic() < end + 60, "enrolling takes for ever")
        for number in range(2 * ENROLLING_MAX):
            if number in held and is_hung_up(held[number].socket):
                held.pop(number).close()
                cuts += 1
            if number not in held:
                held[number] = ask_to_enrol(siege, f"stranger-{number}")
                shaken += held[number].is_asking
        if shaken > ENROLLING_MAX and not enrolling.ident:
            enrolling.start()
    for peer in held.values():
        peer.close()
    expect(cuts > 0 and shaken > 2 * ENROLLING_MAX, f"{shaken} asked, {cuts} cut: the port was never full")
    expect(done[0].returncode == 0, f"a host is not enrolled meanwhile: {done[0].stderr}")


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
    sent = 0

    for _ in range(3):
        with contextlib.ExitStack() as stack:
            for name in (b"good-1", b"good-1", b"\0" + rng.randbytes(4), bytes(5), bytes([0, 0, 0, 0, 1]), b"x" * 255):
                peer = stack.enter_context(siege.raw_bad(name))
                try:
                    peer.send_message(header(HELLO), pack(siege.bad.hello()))
                    peer.send_message(header(GAP, 1, METRICS, 1, 1), pack([1 << 40, 1]))
                    sent += 1
                except OSError:
                    pass  # cut for the next
    expect(sent > 0, "nothing was said under any routing id")


def slow_handshakes(siege):
    """More connections than the process may have descriptors, each stopped somewhere in its handshake, and again when cut. Operators
    here and elsewhere are answered, and a host that comes meanwhile gets in."""
    addresses = [address_of(endpoint) for endpoint in siege.endpoints]
    held = {}
    end = time.monotonic() + SECONDS
    answer_seconds_max = 0.0
    cuts = [0] * len(addresses)
    late = siege.late
    late.open(siege.context, siege.status["endpoint"], siege.status["public_key"])
    while time.monotonic() < end or not late.session:
        for number in range(DESCRIPTORS * 3 // 2):
            if number not in held or is_hung_up(held[number]):
                if number in held:
                    cuts[number % 3] += 1
                    held.pop(number).close()
                try:
                    held[number] = socket.create_connection(addresses[number % 3], timeout=10)
                    held[number].sendall((b"", GREETING[:10], GREETING)[number // 3 % 3])
                except OSError:
                    pass  # hung up on at once
        began = time.monotonic()
        ask_operator(siege.fleet.socket, "status")
        answer_seconds_max = max(answer_seconds_max, time.monotonic() - began)
        late.step()
        expect(time.monotonic() < end + 30, "a host that came during the attack does not get in")
    late.close()
    eventually("an operator elsewhere is answered while the connections stand", siege.is_remote_operator_answered)
    for peer in held.values():
        peer.close()
    expect(all(cuts), f"of the ports' connections {cuts} were cut: {len(held)} are held at once by a process of {DESCRIPTORS} descriptors")
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
    sent = 0
    while time.monotonic() < end:
        try:
            with siege.raw_bad() as peer:
                for _ in range(200):
                    head, body = rng.choice(whole)
                    peer.send_message(*rng.choice(((damaged(head), body), (head, damaged(body)), (head, body), (head,),
                                                   (head, body, body))))
                    sent += 1
        except OSError:
            pass  # cut, or it has shaken hands too often
    expect(sent > 200, f"{sent} messages were sent")


def pushes(siege, entry_of, has_done=lambda: True):
    """Entries as fast as they go, whatever the controller says of its credit, for the attack's time and until it has done its
    worst. The controller may cut whoever sends more than it takes: the host comes back at once."""
    began = time.monotonic()
    while time.monotonic() < began + SECONDS or not has_done():
        expect(time.monotonic() < began + SECONDS_MAX, f"after {SECONDS_MAX} s the attack has not done its worst")
        with siege.raw_bad() as peer:
            peer.send_message(header(HELLO), pack(siege.bad.hello()))
            session = msgpack.unpackb(peer.receive_frame())[3]
            expect(session, "the bad host gets a session")
            with contextlib.suppress(OSError):
                push_until(peer, session, siege.bad.incarnation, entry_of, time.monotonic() + SECONDS / 2)
    eventually("some of the entries are taken", lambda: siege.applied() > 0)


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
    pushes(siege, lambda seq: samples([f'requests_total{{id="{seq}-{number}"}}' for number in range(25_000)], [1.0] * 25_000),
           lambda: siege.stored_series() == EXPLODED_SERIES)


def one_label_explosion_after_another(siege):
    """Small reports with few new series each: the cap must hold however slowly it is reached."""
    pushes(siege, lambda seq: samples([f'requests_total{{id="{seq}-{number}"}}' for number in range(50)], [1.0] * 50),
           lambda: siege.stored_series() == EXPLODED_SERIES)


ATTACKS_OF_STRANGERS = (garbage, handshake_flood, slow_handshakes, held_enrolments)
ATTACKS_OF_A_HOST = (oversized_frames, many_parts, a_message_without_an_end, spoofed_routing_ids, endless_data, endless_small_data,
                     label_explosion, one_label_explosion_after_another, malformed_messages)


def started(fleet, environment=None):
    """A controller with few descriptors, whose sanitizer keeps little of what is freed, so that memory can be judged."""
    # Root would raise the limit again.
    fleet.before["controller"] = ("prlimit", f"--nofile={DESCRIPTORS}", "setpriv", "--bounding-set=-sys_resource", "--")
    environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=16:verify_asan_link_order=0",
                   **(environment or {})}
    fleet.before["controller"] += ("env", *(f"{name}={value}" for name, value in environment.items()))
    fleet.open()


def check_what_is_stored(fleet, sent, attacks):
    for host, count in sent.items():
        numbers = stored_numbers(fleet, host)
        expect(numbers == list(range(1, count + 1)), f"{host}: {count} readings were sent, and stored are {numbers}")
    series = {host["host"]: ask_operator(fleet.socket, "hosts.show", host=host["host"])["series"]
              for host in ask_operator(fleet.socket, "hosts.list")}
    for attack in attacks:
        if attack in (label_explosion, one_label_explosion_after_another):
            stored = series[f"bad-{attack.__name__}"]
            expect(stored == EXPLODED_SERIES, f"{attack.__name__}: {stored} series are stored")
    expect(max(series.values()) <= 20_000, f"series of each host: {series}")


def good_agents_do_not_miss_a_beat():
    context = zmq.Context()
    attacks = [act for act in ATTACKS_OF_STRANGERS + ATTACKS_OF_A_HOST if act.__name__ in sys.argv[1:] or not sys.argv[1:]]
    with Office(anna="viewer") as fleet:
        started(fleet)
        with GoodAgents(fleet, GOOD) as good:
            siege = Siege(fleet, good, context)
            eventually("the good agents are at work", lambda: good.fare()["acked"] >= 3 * GOOD)
            for act in attacks:
                siege.suffer(act)
            sent = good.end()["sent"]
            expect(len(sent) == GOOD and min(sent.values()) > 0, f"readings were sent by {sent}")
            check_what_is_stored(fleet, sent, attacks)
            expect(not SANITIZER.search(fleet.controller.said()), "a sanitizer complains")


def a_slow_zap_handler_holds_up_nobody_who_is_in():
    context = zmq.Context()
    with Office(anna="viewer") as fleet:
        delay = MappedNumber(fleet.folder / "delay")
        started(fleet, {"LD_PRELOAD": SLOW_ZAP, "VIGIE_SLOW_ZAP": delay.path})
        with GoodAgents(fleet, GOOD) as good:
            siege = Siege(fleet, good, context)
            eventually("the good agents are at work", lambda: good.fare()["acked"] >= 3 * GOOD)
            delay.set(500)
            seconds = seconds_to_get_in(siege)
            expect(seconds >= 0.5, f"a handshake takes {seconds:.2f} s: the handler is not slow")
            siege.suffer(slow_handshake_flood)
            delay.set(0)
            seconds_to_get_in(siege)


if __name__ == "__main__":
    print(f"VIGIE_SEED={SEED}")
    run_cases(good_agents_do_not_miss_a_beat, a_slow_zap_handler_holds_up_nobody_who_is_in)
