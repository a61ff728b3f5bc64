"""What a host must refuse, and what a person then reads: identities, keys, tokens, damaged files, wrong passwords."""
import os
import signal

from fleet import BIN, Fleet, Process, eventually, expect, refused, run_cases


def an_agent_needs_its_identity_and_a_private_key():
    with Fleet() as fleet:
        fleet.start_controller()
        config = fleet.write_agent_config("web-1")
        refused(fleet.run("vigie-agent", "run", "--config", config), 1, f"{fleet.folder}/web-1/identity", "not enrolled",
                "vigie-agent enrol")
        expect(fleet.enrol("web-1").returncode == 0, "enrolment")
        refused(fleet.enrol("web-1"), 1, f"{fleet.folder}/web-1/identity/identity.yaml", "enrolled already")
        key = fleet.folder / "web-1/identity/agent.key"
        key.chmod(0o644)
        refused(fleet.run("vigie-agent", "run", "--config", config), 4, str(key), "0644", f"chmod 600 {key}")
        key.chmod(0o600)
        secret = key.read_text()
        key.write_text("nothing\n")
        refused(fleet.run("vigie-agent", "run", "--config", config), 1, str(key))
        key.write_text(secret)
        identity = fleet.folder / "web-1/identity/identity.yaml"
        good = identity.read_text()
        identity.write_text(good.replace("agent:", "agnet:"))
        refused(fleet.run("vigie-agent", "run", "--config", config), 1, str(identity), "'agent' is missing")
        identity.write_text(good)
        fleet.agents["web-1"] = Process("web-1", fleet.folder, [BIN / "vigie-agent", "run", "--config", config])
        fleet.agents["web-1"].start()
        fleet.wait_until_up("web-1")
        second = fleet.run("vigie-agent", "run", "--config", config)
        refused(second, 1, f"{fleet.folder}/web-1/outbox.db", "in use by another process", "stop it")


def tokens_are_for_one_host_one_time_and_a_while():
    with Fleet() as fleet:
        status = fleet.start_controller()
        for host in ("web-1", "web-2", "web-3", "db-1"):
            fleet.write_agent_config(host)
        token = fleet.ask("enrol", "token", "--hosts", "web-*")["token"]
        refused(fleet.enrol("db-1", token), 4, status["enrol_endpoint"], "web-*", "db-1")
        expect(fleet.enrol("web-1", token).returncode == 0, "the token is good for web-1")
        refused(fleet.enrol("web-2", token), 4, "used already")
        refused(fleet.enrol("web-2", fleet.ask("enrol", "token", "--ttl", "1ms")["token"]), 4, "expired at")
        refused(fleet.enrol("web-2", "vigie-enrol-no-such-token"), 4, status["enrol_endpoint"], "token")
        refused(fleet.enrol("web-2", key="short"), 1, "controller key", "40")
        expect(fleet.enrol("web-2").returncode == 0, "a fresh token is good for web-2")
        expect([host["host"] for host in fleet.ask("hosts", "list")] == ["web-1", "web-2"], "only these two are enrolled")
        refused(fleet.enrol("web-3", key="rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", timeout="3s"), 5,
                status["enrol_endpoint"], "its key the one given", "in 3s")
        refused(fleet.enrol("web-3", timeout="soon"), 1, "--timeout", "soon")


def a_corrupt_outbox_is_put_aside_and_the_controller_learns_of_it():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        eventually("readings arrive", lambda: fleet.host("web-1")["metrics_applied"] >= 3)
        agent.stop()
        outbox = fleet.folder / "web-1/outbox.db"
        outbox.write_bytes(os.urandom(8192))
        agent.start()
        before = fleet.host("web-1")["metrics_applied"]
        eventually("readings go on", lambda: fleet.host("web-1")["metrics_applied"] > before)
        expect((fleet.folder / "web-1/outbox.db.corrupt").exists(), "the corrupt file is kept")
        expect(str(outbox) in agent.said() and "put aside" in agent.said(), f"the agent's log names it: {agent.said()}")
        eventually("the event is at the controller",
                   lambda: any("outbox" in event["message"] and "put aside" in event["message"]
                               for event in fleet.ask("hosts", "show", "web-1")["events"]))


def an_outbox_that_vanished_with_all_that_told_of_it_is_noticed_by_the_controller():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        eventually("readings arrive", lambda: fleet.host("web-1")["metrics_applied"] >= 3)
        agent.stop()
        for file in (fleet.folder / "web-1").glob("outbox.db*"):
            file.unlink()
        agent.start()
        eventually("the event is at the controller",
                   lambda: any("new outbox" in event["message"] for event in fleet.ask("hosts", "show", "web-1")["events"]))
        gaps, = [row for row in fleet.ask("doctor") if row["check"] == "gaps"]
        expect(gaps["state"] == "warning" and "web-1: came with a new outbox" in gaps["detail"], f"doctor: {gaps}")


def rotation_and_backup_say_what_is_wrong():
    with Fleet() as fleet:
        policy = fleet.folder / "bad.conf"
        policy.write_text(f"{fleet.folder}/app.log {{\n    rotate many\n}}\n")
        refused(fleet.run("vigie-agent", "logs", "rotate", "--state", fleet.folder / "rotation.state", policy), 1,
                f"{policy}:2", "many")
        (fleet.folder / "right").write_text("right\n")
        (fleet.folder / "wrong").write_text("wrong\n")
        for name in ("right", "wrong"):
            (fleet.folder / name).chmod(0o600)
        repository = fleet.folder / "repository"

        def backup(verb, *words, password="right"):
            return fleet.run("vigie-agent", "backup", verb, "--repo", repository, "--password-file",
                             fleet.folder / password, *words)
        refused(backup("run", fleet.folder / "right"), 1, str(repository), "init")
        expect(backup("init").returncode == 0, "init")
        refused(backup("init"), 1, str(repository))
        refused(backup("run", fleet.folder / "right", password="wrong"), 1, f"{repository}: wrong password", f"{fleet.folder}/wrong")
        refused(backup("run", fleet.folder / "right", password="none"), 1, f"{fleet.folder}/none")
        expect(backup("run", fleet.folder / "right").returncode == 0, "a snapshot")
        newest, = (repository / "snapshots").iterdir()
        refused(backup("restore", "latest", "", "--target", fleet.folder / "back"), 2, "empty")
        newest.chmod(0o600)
        newest.write_bytes(b"damaged")
        refused(backup("restore", "latest", "--target", fleet.folder / "back"), 1, newest.name[:8], "may be the newest")
        (repository / "config").unlink()
        refused(backup("init"), 1, str(repository), "config is lost")
        (fleet.folder / "right").chmod(0o644)
        refused(backup("list"), 1, f"{fleet.folder}/right", "chmod 600")


def a_backup_that_was_killed_can_be_run_again():
    with Fleet() as fleet:
        password = fleet.folder / "password"
        password.write_text("secret\n")
        password.chmod(0o600)
        source = fleet.folder / "source"
        source.mkdir()
        for number in range(24):
            (source / f"{number}").write_bytes(os.urandom(4 << 20))
        access = ("--repo", fleet.folder / "repository", "--password-file", password)
        expect(fleet.run("vigie-agent", "backup", "init", *access).returncode == 0, "init")
        killed = Process("backup", fleet.folder, [BIN / "vigie-agent", "backup", "run", *access, source])
        killed.start()
        eventually("a pack is written", lambda: any((fleet.folder / "repository/data").glob("??/*")))
        killed.kill()
        expect(killed.child.returncode == -signal.SIGKILL, f"it ended before it was killed: {killed.said()}")
        expect(any((fleet.folder / "repository/locks").iterdir()), "the killed run left its lock")
        again = fleet.run("vigie-agent", "backup", "run", *access, source)
        expect(again.returncode == 0 and "stale lock" in again.stderr, f"the second run: {again.stderr}")
        verified = fleet.run("vigie-agent", "backup", "verify", *access, "--read-data")
        expect(verified.returncode == 0 and verified.stdout.startswith("sound"), f"verify: {verified.stdout}{verified.stderr}")


if __name__ == "__main__":
    run_cases(an_agent_needs_its_identity_and_a_private_key, tokens_are_for_one_host_one_time_and_a_while,
              a_corrupt_outbox_is_put_aside_and_the_controller_learns_of_it,
              an_outbox_that_vanished_with_all_that_told_of_it_is_noticed_by_the_controller, rotation_and_backup_say_what_is_wrong,
              a_backup_that_was_killed_can_be_run_again)
