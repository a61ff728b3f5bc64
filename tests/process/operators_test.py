"""Operators who come over the network, and the log of what all of them did: roles, unknown and removed keys, a flood, and a log
that somebody changed."""
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import struct
import subprocess
import time

import zmq

from fleet import BIN, Fleet, eventually, expect, refused, run_cases

TAMPER = os.environ["VIGIE_AUDIT_TAMPER"]
NO_CONTROLLER = zmq.curve_keypair()[0].decode()


class Office(Fleet):
    """A controller with a port for operators. `keys`: name to role, each with a key of its own in the folder."""

    def __init__(self, **keys):
        super().__init__()
        self.roles = keys
        self.lines = {name: self.make_key(name) for name in keys}
        self.operators_port = "tcp://127.0.0.1:0"
        self.write_operators()

    def make_key(self, name, role="viewer"):
        done = self.run("vigie", "keygen", self.folder / f"{name}.key", "--name", name, "--role", role)
        expect(done.returncode == 0, f"keygen: {done.stderr}")
        return done.stdout.splitlines()[-1]

    def write_operators(self):
        """The lines that keygen printed, with the roles of now."""
        lines = [self.lines[name].replace("role: viewer", f"role: {role}") for name, role in self.roles.items()]
        self.controller_extra = "operators:\n  listen: " + self.operators_port + "\n  keys:\n" + "".join(
            f"  {line}\n" for line in lines) if lines else f"operators: {{listen: '{self.operators_port}'}}\n"
        self.write_controller_config()

    def open(self):
        status = self.start_controller()
        self.operators_port = status["operators_endpoint"]
        self.public_key = status["public_key"]
        self.write_operators()
        return self

    def reload(self):
        self.write_operators()
        self.controller.child.send_signal(signal.SIGHUP)

    def words(self, name):
        return ("--controller", self.operators_port, "--key", self.folder / f"{name}.key", "--controller-key", self.public_key)

    def as_(self, name, *words):
        return self.run("vigie", *self.words(name), "-o", "json", *words)

    def audit(self, *words):
        return self.ask("audit", "list", *words)


def a_colleague_reads_from_elsewhere_and_may_not_change():
    with Office(anna="viewer", bert="operator", cleo="admin").open() as office:
        office.add_agent("web-1", "jobs:\n- {name: nothing, kind: command, command: [/bin/true]}\n")
        office.wait_until_up("web-1")
        hosts = json.loads(office.as_("anna", "hosts", "list").stdout)
        expect([host["host"] for host in hosts] == ["web-1"], f"anna sees {hosts}")
        refused(office.as_("anna", "enrol", "token"), 4, "needs the role admin", "anna has the role viewer")
        refused(office.as_("anna", "jobs", "run", "nothing", "--host", "web-1"), 4, "needs the role operator")
        done = office.as_("bert", "jobs", "run", "nothing", "--host", "web-1")
        expect(done.returncode == 0, f"an operator runs jobs: {done.stderr}")
        run = json.loads(done.stdout)["runs"][0]["id"]
        refused(office.as_("bert", "audit", "list"), 4, "needs the role admin")
        done = office.as_("cleo", "enrol", "token")
        expect(done.returncode == 0, f"an admin makes tokens: {done.stderr}")
        token = json.loads(done.stdout)
        rows = office.audit()
        seen = [(row["user"], row["verb"], row["outcome"], row["detail"]) for row in reversed(rows)]
        expect(seen == [
            ("controller", "operators.reload", "ok", ""),  # at the start
            ("uid 0", "enrol.token", "ok", rows[-2]["detail"]),
            ("host", "link.enrol", "ok", "web-1"),
            ("anna", "enrol.token", "refused", "denied"),
            ("anna", "jobs.run", "refused", "denied"),
            ("bert", "jobs.run", "ok", run),
            ("bert", "audit.list", "refused", "denied"),
            ("cleo", "enrol.token", "ok", token["id"])], f"the log has {seen}")
        expect(json.loads(rows[-3]["arguments"])["token_id"] == rows[-2]["detail"], "the host came with that token")
        expect(rows[0]["from"] == "127.0.0.1" and rows[0]["role"] == "admin", f"from where and as what: {rows[0]}")
        expect(token["token"] not in json.dumps(rows), "a token stands in the log")
        expect(len(office.audit("--user", "anna")) == 2 and len(office.audit("--verb", "link.enrol")) == 1, "it is filtered")


def whoever_is_not_known_is_told_what_to_do():
    with Office(anna="viewer").open() as office:
        office.make_key("eve")
        said = refused(office.as_("eve", "status"), 4, "does not let in the key", "operators: keys:", "reloads")
        expect(json.loads(said)["error"]["code"] == "denied", f"in JSON: {said}")
        words = ("--controller", office.operators_port, "--key", office.folder / "anna.key")
        refused(office.run("vigie", *words, "--controller-key", NO_CONTROLLER, "status"), 4, "not as a controller with the key")
        refused(office.run("vigie", *words, "status"), 2, "which public key has the controller")
        words = ("--key", office.folder / "anna.key", "--controller-key", office.public_key, "status")
        refused(office.run("vigie", "--controller", office.ports[0], *words), 4, "does not let in the key")
        refused(office.run("vigie", "--controller", "tcp://127.0.0.1:1", *words), 5, "no controller can be reached")
        refused(office.run("vigie", "--controller", office.operators_port, "status"), 2, "--key", "keygen")
        (office.folder / "anna.key").chmod(0o644)
        refused(office.as_("anna", "status"), 4, "anna.key")
        refused(office.run("vigie", "keygen", office.folder / "anna.key", "--name", "anna"), 1, "anna.key is there already")


def a_live_picture_ends_when_its_key_is_removed():
    with Office(anna="viewer", bert="operator").open() as office:
        log = office.folder / "watch.jsonl"
        with open(log, "wb") as out:
            watch = subprocess.Popen([str(BIN / "vigie"), *map(str, office.words("anna")), "-o", "json", "--watch", "status"],
                                     stdout=out, stderr=subprocess.PIPE, text=True)
        try:
            eventually("two pictures", lambda: len(log.read_text().splitlines()) >= 2)
            office.roles = {"anna": "operator", "bert": "operator"}
            office.reload()
            eventually("the new role holds", lambda: "needs the role" not in office.as_("anna", "runs", "cancel", "x").stderr)
            expect(watch.poll() is None, "a changed role ends no connection")
            del office.roles["anna"]
            office.reload()
            watch.wait(30)
        finally:
            if watch.poll() is None:
                watch.kill()
        said = watch.stderr.read()
        expect(watch.returncode in (4, 5) and "error" in said, f"exit {watch.returncode}: {said}")
        refused(office.as_("anna", "status"), 4, "does not let in the key")
        expect(office.as_("bert", "status").returncode == 0, "the others stay")
        office.controller_config.write_text("operators: {listen: nowhere}\n")
        office.controller.child.send_signal(signal.SIGHUP)
        eventually("a wrong configuration is told", lambda: "operators' keys stay as they were" in office.controller.said())
        expect(office.as_("bert", "status").returncode == 0, "and changes nothing")
        changes = [json.loads(row["arguments"]) for row in office.audit("--verb", "operators.reload")]
        brief = [{name: [(one["name"], one["role"]) for one in change.get(name, [])] for name in ("before", "now")} for change in changes]
        expect(brief[:2] == [{"before": [("anna", "operator")], "now": []},
                             {"before": [("anna", "viewer")], "now": [("anna", "operator")]}], f"what was reloaded: {changes}")
        expect("before" not in changes[-1] and changes[-1]["now"], f"and what there was at the start: {changes[-1]}")


def flood(office, name, sent, refused_count, answered):
    """Asks as fast as it can and reads what comes, until it is killed; libzmq connects anew when it is cut."""
    public, secret = (line.split(" ")[1].encode() for line in (office.folder / f"{name}.key").read_text().splitlines()[:2])
    peer = zmq.Context().socket(zmq.DEALER)
    peer.curve_publickey, peer.curve_secretkey, peer.curve_serverkey = public, secret, office.public_key.encode()
    peer.connect(office.operators_port)
    while True:
        try:
            peer.send_multipart([b"1", b'{"verb":"hosts.list"}'], zmq.DONTWAIT)
            sent.value += 1
        except zmq.Again:
            time.sleep(0.001)
        while peer.poll(0):
            answer = peer.recv_multipart()[1]
            (refused_count if b"times a second" in answer else answered).value += 1


class Flood:
    """Four peers with one operator's key. Processes of their own, and killed: libzmq 4.3.4 aborts the process that closes a
    socket with half a message on its way while the connection is cut."""

    def __init__(self, office, name):
        of_its_own = multiprocessing.get_context("fork")
        self.counts = [[of_its_own.Value("q", 0, lock=False) for _ in range(3)] for _ in range(4)]
        self.peers = [of_its_own.Process(target=flood, args=(office, name, *mine), daemon=True) for mine in self.counts]

    def __enter__(self):
        for peer in self.peers:
            peer.start()
        return self

    def __exit__(self, *_):
        self.all_lived = all(peer.is_alive() for peer in self.peers)
        for peer in self.peers:
            peer.kill()
            peer.join()

    def count(self):
        return {name: sum(mine[at].value for mine in self.counts) for at, name in enumerate(("sent", "refused", "answered"))}


def a_flood_from_an_operator_disturbs_no_agent():
    with Office(anna="viewer", bert="viewer").open() as office:
        office.add_agent("web-1")
        office.wait_until_up("web-1")
        eventually("it is stored", lambda: office.host("web-1")["metrics_applied"] > 3)
        before, began = office.host("web-1")["metrics_applied"], time.monotonic()
        with Flood(office, "anna") as peers:
            for _ in range(10):
                time.sleep(0.5)
                asked = time.monotonic()
                expect(office.host("web-1")["state"] == "up", "the host fell silent")
                asked_beside = office.as_("bert", "status")
                expect(asked_beside.returncode == 0, f"another operator is held up: {asked_beside.stderr}")
                expect(time.monotonic() - asked < 10, "an answer took long")
        counts = peers.count()
        expect(peers.all_lived, "a peer of the flood ended by itself")
        applied, took = office.host("web-1")["metrics_applied"] - before, time.monotonic() - began
        expect(applied > 0.5 * took / 0.2, f"{applied} readings stored in {took:.1f} s, where one comes each 200 ms")
        expect(counts["sent"] > 1000 and counts["answered"] < 20 * took + 60, f"no flood, or it was answered: {counts}")
        expect(not [row for row in office.ask("alerts", "list", "--state", "all") if row["alertname"] == "HostSilent"], "silent")
        print(f"  {counts} in {took:.1f} s; {applied} readings stored meanwhile")


def text(value):
    return struct.pack(">I", len(value.encode())) + value.encode()


def hash_of(row):
    """As docs/design/audit.md tells."""
    outcome = {"ok": 1, "refused": 2, "failed": 3}[row["outcome"]]
    body = struct.pack(">BQ", 1, row["seq"]) + text(row["previous"]) + struct.pack(">q", row["at_unix_ms"])
    body += b"".join(text(row[name]) for name in ("user", "key", "role", "from", "verb", "arguments"))
    body += bytes([outcome]) + text(row["detail"])
    return hashlib.blake2b(body, digest_size=32).hexdigest()


def verify(office, *words):
    done = office.run("vigie", "--socket", office.socket, "-o", "json", "audit", "verify", *words)
    return done.returncode, json.loads(done.stdout)


def a_changed_log_is_found_and_a_killed_controller_leaves_a_whole_one():
    with Office(anna="admin").open() as office:
        for number in range(12):
            done = office.as_("anna", "enrol", "token", "--hosts", f"web-{number}")
            expect(done.returncode == 0, f"a token: {done.stderr}")
            if number % 4 == 3:
                office.controller.kill()
                office.start_controller()
        rows = list(reversed(office.audit()))
        expect(len(rows) == 13, f"the operators of the start and each command that was answered is in the log: {len(rows)}")
        for before, row in zip([{"hash": "0" * 64}, *rows], rows):
            expect(row["previous"] == before["hash"] and row["hash"] == hash_of(row), f"record {row['seq']} by its description")
        code, report = verify(office)
        expect(code == 0 and report["records"] == 13 and report["head"] == rows[-1]["hash"], f"it is whole: {report}")
        noted = rows[5]["hash"]
        expect(verify(office, "--head", noted)[0] == 0, "a hash that was the head once")
        code, report = verify(office, "--head", "1" * 64)
        expect(code == 6 and "no record has the hash" in report["finding"], f"another: {report}")
        office.controller.stop()
        kept = office.folder / "kept"
        shutil.copytree(office.state_dir, kept)
        for how, seq, finding in (("change", 4, "record 5: it does not follow record 4"), ("remove", 4, "record 4: it is missing"),
                                  ("swap", 4, "record 4: record 5 stands in its place"),
                                  ("cut", 10, "record 10: it is missing, with all up to the newest, 13")):
            shutil.rmtree(office.state_dir)
            shutil.copytree(kept, office.state_dir)
            subprocess.run([TAMPER, str(office.state_dir / "store"), how, str(seq)], check=True, timeout=60)
            office.start_controller()
            code, report = verify(office)
            expect(code == 6 and finding in report["finding"], f"{how}: exit {code}, {report}")
            office.controller.stop()


if __name__ == "__main__":
    run_cases(a_colleague_reads_from_elsewhere_and_may_not_change, whoever_is_not_known_is_told_what_to_do,
              a_live_picture_ends_when_its_key_is_removed, a_flood_from_an_operator_disturbs_no_agent,
              a_changed_log_is_found_and_a_killed_controller_leaves_a_whole_one)
