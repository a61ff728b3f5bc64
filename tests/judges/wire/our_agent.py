"""The real vigie-agent at a controller in Python that knows version 1 only, and at one of a version that does not exist yet."""
import struct
import subprocess

import messages
from controller import Controller
from fleet import BIN, SANITIZER, Failed, Process, expect

INTERVAL = "200ms"  # the shortest


class Host:
    """One vigie-agent with a folder of its own."""

    def __init__(self, folder, name):
        self.name, self.folder = name, folder
        self.config = folder / f"{name}.yaml"
        self.config.write_text(f"state_dir: {folder}/{name}\ninterval: {INTERVAL}\nworker: {BIN}/vigie-worker\n"
                               f"labels: {{env: judge}}\njobs:\n- name: note\n  kind: command\n  command: [/bin/echo, ran]\n")
        self.process = Process(name, folder, [BIN / "vigie-agent", "run", "--config", self.config])

    def enrol(self, controller):
        command = [str(BIN / "vigie-agent"), "enrol", "--config", str(self.config), "--host", self.name, "--controller",
                   controller.enrol_endpoint, "--controller-key", controller.public_key.decode(), "--token-file", "-"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
            child.stdin.write("a token\n")
            child.stdin.close()
            controller.run_until("vigie-agent enrol ends", lambda: child.poll() is not None)
            expect(child.returncode == 0, f"vigie-agent enrol: {child.stdout.read()}")

    def end(self):
        self.process.stop()
        expect(not SANITIZER.search(self.process.said()), self.process.said()[-2000:])


def count_of(controller, stream):
    return sum(1 for entry in controller.entries if entry[0] == stream)


def more_samples(controller, count=5, seconds=60):
    wanted = count_of(controller, messages.METRICS) + count
    controller.run_until(f"{count} more entries", lambda: count_of(controller, messages.METRICS) >= wanted, seconds)


def are_contiguous(controller):
    for stream in messages.STREAMS:
        numbers = [entry[1] for entry in controller.entries if entry[0] == stream]
        expect(numbers == list(range(1, len(numbers) + 1)), f"stream {stream}: applied {numbers}")
    expect(not controller.gaps and not controller.malformed, f"gaps {controller.gaps}, malformed {controller.malformed}")


def says_hello_and_sends_samples(controller, host):
    host.process.start()
    more_samples(controller)
    hello = controller.hellos[0]
    expect(hello["version_min"] <= 1 <= hello["version_max"], f"HELLO {hello}")
    expect(hello["labels"] == {"env": "judge"} and hello["jobs"] == ["note"] and hello["previous_session"] == 0, f"HELLO {hello}")
    expect(controller.versions_used == {1}, f"headers of versions {controller.versions_used}")
    record = controller.of_kind(1)[0]
    keys = record["schema"].decode().splitlines()
    values = struct.unpack(f"<{len(keys)}d", record["values"])
    expect(len(set(keys)) == len(keys), "a series stands twice")
    expect(dict(zip(keys, values))["node_boot_time_seconds"] > 1e9, f"series {keys[:5]}")


def comes_back_when_it_is_forgotten(controller, host):
    before = len(controller.hellos)
    controller.run_until("a ping in a session that lasts", lambda: controller.pings >= 2)
    session = next(iter(controller.sessions.values()))
    controller.forget_sessions()
    controller.run_until("HELLO again", lambda: len(controller.hellos) > before)
    expect(controller.hellos[-1]["previous_session"] == session, "HELLO names another previous session")
    more_samples(controller)
    are_contiguous(controller)


def goes_back_when_asked(controller, host):
    controller.lose_next = 2
    more_samples(controller, 8)
    expect(controller.lose_next == 0, "nothing was lost: nothing is shown")
    are_contiguous(controller)


def stops_without_credit(controller, host):
    controller.grant(0)
    # What was sent before the grant came may still arrive; a ping sent after it proves that it has been read.
    pings = controller.pings
    controller.run_until("pings without credit", lambda: controller.pings >= pings + 2)
    before, pings = count_of(controller, messages.METRICS), controller.pings
    controller.run_until("more pings", lambda: controller.pings >= pings + 2)
    expect(count_of(controller, messages.METRICS) == before, "entries come without credit")
    controller.grant(2 << 20)
    more_samples(controller, 8)
    are_contiguous(controller)


def runs_a_job_once(controller, host):
    controller.start_job("00112233445566778899aabbccddeeff", "note")
    controller.start_job("00112233445566778899aabbccddeeff", "note")
    controller.run_until("the run's end", lambda: any(report["state"] >= 3 for report in controller.of_kind(2)))
    controller.start_job("ffeeddccbbaa99887766554433221100", "unheard-of")
    controller.run_until("the refusal", lambda: any(report["state"] == 8 for report in controller.of_kind(2)))
    ends = [(report["run_id"][:2], report["state"], report["fence"]) for report in controller.of_kind(2) if report["state"] >= 3]
    expect(ends == [("00", 3, 1), ("ff", 8, 1)], f"ends {ends}")


def passes_over_what_it_cannot_read(controller, host):
    for sender, session in controller.sessions.items():
        good = messages.encode_header(messages.NUMBERS["PING"], session=session)
        for frames in ([messages.encode_header(99, session=session), messages.pack(["later"])], [good, messages.pack([])],
                       [good[:-1], messages.pack([1])], [b"", b"\xc1"], [good]):
            controller.router.send_multipart([sender, *frames])
    before = len(controller.hellos)
    more_samples(controller)
    expect(len(controller.hellos) == before, "the agent ended its session because of what it can't read")
    are_contiguous(controller)


def opens_a_new_socket_after_silence(controller, host):
    before = len(controller.hellos)
    controller.is_silent = True
    controller.run_until("HELLO on a new socket", lambda: len(controller.hellos) > before)
    controller.is_silent = False
    more_samples(controller, seconds=150)  # the HELLO that nobody answered is followed by a pause of up to a minute
    are_contiguous(controller)


class LaterController(Controller):
    """Sends what a later version might: more fields everywhere, and messages that nobody knows yet."""

    def frames(self, type_name, body, header):
        fields = messages.unpack(body, "body") + messages.ADDED.get(type_name, [])
        if type_name == "WELCOME":
            fields[4] = [[*cursor, "later"] for cursor in fields[4]]
        head = messages.unpack(messages.encode_header(messages.NUMBERS[type_name], **header), "header")
        return messages.pack([*head, "later"]), messages.pack([*fields, None, {"later": [1, b"x"]}])

    def on_ping(self, sender, header, body):
        self.router.send_multipart([sender, messages.encode_header(77, version=9, session=header["session"]), b"\x90"])
        super().on_ping(sender, header, body)


def delivers_to_a_later_controller(folder):
    controller = LaterController(versions=(1, 9))
    host = Host(folder, "later")
    try:
        host.enrol(controller)
        host.process.start()
        more_samples(controller, 20)
        controller.run_until("pings", lambda: controller.pings >= 2)
        controller.start_job("00112233445566778899aabbccddeeff", "note")
        controller.run_until("the run's end", lambda: any(report["state"] == 3 for report in controller.of_kind(2)))
        are_contiguous(controller)
        expect(len(controller.hellos) == 1, f"{len(controller.hellos)} HELLOs")
    finally:
        host.end()
        controller.end()


def tells_of_versions_without_overlap(folder):
    controller = Controller(versions=(200, 201))
    host = Host(folder, "disjoint")
    try:
        host.enrol(controller)
        host.process.start()
        controller.run_until("the refusal is logged", lambda: "no version in common" in host.process.said())
        expect(host.process.is_running() and not controller.entries, "the agent ended, or sent entries")
    finally:
        host.end()
        controller.end()


def judge_our_agent(judge, folder):
    if not (BIN / "vigie-agent").exists():
        raise Failed(f"{BIN}/vigie-agent is absent: build it first")
    controller = Controller()
    host = Host(folder, "web-1")
    try:
        if not judge.check("our_agent/enrols", lambda: host.enrol(controller)):
            return
        for case in (says_hello_and_sends_samples, comes_back_when_it_is_forgotten, goes_back_when_asked, stops_without_credit,
                     runs_a_job_once, passes_over_what_it_cannot_read, opens_a_new_socket_after_silence):
            judge.check(f"our_agent/{case.__name__}", lambda case=case: case(controller, host))
        judge.check("our_agent/ends", host.end)
    finally:
        host.process.stop()
        controller.end()
    for case in (delivers_to_a_later_controller, tells_of_versions_without_overlap):
        judge.check(f"our_agent/{case.__name__}", lambda case=case: case(folder))
