"""Who is let in: tokens for several hosts, keys that are revoked and replaced, and the controller's own key, with kills in between."""
import os
import pty
import shutil
import signal
import subprocess
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from fleet import BIN, Fleet, eventually, expect, refused, run_cases
from host_faults_test import key_of
from light_agent import LightAgent, ask_operator, enrol_all, step_until, stored_numbers

CUT_SECONDS_MAX = 1.0


def vigie(fleet, *words):
    return fleet.run("vigie", "--socket", fleet.socket, *words)


def done(result):
    expect(result.returncode == 0, f"{' '.join(result.args)}: exit {result.returncode}: {result.stderr[-1500:]}")
    return result


def key_row(fleet, host):
    return next(row for row in ask_operator(fleet.socket, "keys.list") if row["host"] == host)


def events_of(fleet, host, kind):
    return [event["message"] for event in ask_operator(fleet.socket, "hosts.show", host=host)["events"] if event["kind"] == kind]


def samples_go_on(fleet, host):
    before = fleet.host(host)["metrics_applied"]
    eventually(f"{host}'s samples go on", lambda: fleet.host(host)["metrics_applied"] > before)


# --- tokens -----------------------------------------------------------------------------------------------------------------


def a_token_lets_in_as_many_hosts_as_it_says():
    with Fleet() as fleet:
        fleet.start_controller()
        made = fleet.ask("enrol", "token", "create", "--uses", "2", "--hosts", "web-*", "--note", "the new rack")
        token = made["token"]
        for host in ("web-1", "web-2", "web-3"):
            fleet.write_agent_config(host)
        done(fleet.enrol("web-1", token))
        (fleet.folder / "web-1/identity/identity.yaml").unlink()  # as if the answer had been lost
        done(fleet.enrol("web-1", token))
        row = fleet.ask("enrol", "token", "list")[0]
        expect((row["state"], row["uses_left"], row["used_by"]) == ("active", 1, ["web-1"]), f"after one host: {row}")
        done(fleet.enrol("web-2", token))
        refused(fleet.enrol("web-3", token), 4, "used for 2 hosts already")
        fleet.controller.kill()
        fleet.start_controller()
        row = fleet.ask("enrol", "token", "list")[0]
        expect((row["id"], row["state"], row["uses_left"], row["used_by"], row["note"]) ==
               (made["id"], "used", 0, ["web-1", "web-2"], "the new rack"), f"after two hosts and a kill: {row}")
        expect(token not in vigie(fleet, "enrol", "token", "list", "-o", "wide").stdout, "the list shows the token")


def a_revoked_token_lets_nobody_in_and_wrong_wishes_are_refused():
    with Fleet() as fleet:
        fleet.start_controller()
        made = fleet.ask("enrol", "token")
        done(vigie(fleet, "enrol", "token", "revoke", made["id"][:6]))
        fleet.write_agent_config("web-1")
        refused(fleet.enrol("web-1", made["token"]), 4, "the token was revoked")
        expect(fleet.ask("enrol", "token", "list")[0]["state"] == "revoked", "the list tells another state")
        refused(vigie(fleet, "enrol", "token", "revoke", "ffffffff"), 1, "no token whose id begins")
        for words, said in ((("--hosts", ""), "--hosts"), (("--hosts", "web 1"), "no host's name can match"),
                            (("--hosts", "a/b"), "no host's name can match"), (("--hosts", "web\x1b*"), "no host's name can match"),
                            (("--ttl", "0s"), "--ttl"), (("--ttl", ""), "--ttl"), (("--ttl", "31d"), "--ttl"),
                            (("--uses", "0"), "--uses"), (("--uses", "-1"), "--uses"), (("--note", "a\nb"), "--note")):
            refused(vigie(fleet, "enrol", "token", "create", *words), 2, said)
            refused(vigie(fleet, "enrol", "token", *words), 2, said)
        expect(len(fleet.ask("enrol", "token", "list")) == 1, "a refused wish made a token")


# --- revocation -------------------------------------------------------------------------------------------------------------


def seconds_until_cut(agent, revoke):
    """How long after revoke() began the controller ended the agent's connection."""
    monitor = agent.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        began = time.monotonic()
        revoke()
        expect(monitor.poll(20_000), "the connection of a revoked key is never cut")
        recv_monitor_message(monitor)
        return time.monotonic() - began
    finally:
        agent.socket.disable_monitor()


def a_revoked_key_is_cut_within_a_second_and_its_name_is_free():
    context = zmq.Context()
    with Fleet() as fleet:
        status = fleet.start_controller()
        agents = enrol_all(fleet, context, ["web-1", "web-2", "web-3"])
        for agent in agents:
            agent.open(context, status["endpoint"], status["public_key"])
        step_until("all have sessions", agents, lambda: all(agent.session for agent in agents))
        agents[0].read()
        step_until("a reading is stored", agents, lambda: agents[0].acked == 1)
        for agent in agents[:2]:  # the connection is watched from outside, since an agent that reads REFUSE would leave by itself
            took = seconds_until_cut(agent, lambda: ask_operator(fleet.socket, "keys.revoke", host=agent.host))
            print(f"  {agent.host} is cut {took * 1000:.0f} ms after the request")
            expect(took < CUT_SECONDS_MAX, f"{agent.host}: cut only after {took:.2f} s")
        agents[0].read()
        agents[0].step()  # on the connection that libzmq makes anew, if anywhere
        step_until("the other host goes on", agents[2:], lambda: fleet.host("web-3")["is_connected"])
        expect(stored_numbers(fleet, "web-1") == [1], "something of a revoked key was stored")
        row = fleet.host("web-1")
        expect(row["state"] == "revoked" and row["revoked_at"] and not row["is_connected"], f"hosts list: {row}")
        expect(key_row(fleet, "web-1")["state"] == "revoked", "keys list tells another state")
        eventually("the revoked key shows as an event", lambda: events_of(fleet, "web-1", "revoked_key"))
        for agent in agents[:2]:
            agent.close()
        refused(vigie(fleet, "keys", "revoke", "web-1", "--yes"), 1, "revoked already")
        fresh = LightAgent("web-1")
        fresh.enrol(context, status["enrol_endpoint"], status["public_key"], fleet.ask("enrol", "token")["token"])
        fresh.open(context, status["endpoint"], status["public_key"])
        step_until("the host is back with another key", [fresh, agents[2]], lambda: fresh.session)
        expect(fleet.host("web-1")["state"] == "up" and key_row(fleet, "web-1")["state"] == "current", "it is not shown as back")
        fresh.close()
        agents[2].close()


def a_revocation_asks_first_and_no_silence_is_paged():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        refused(vigie(fleet, "keys", "revoke", "web-1"), 2, "--yes")
        refused(vigie(fleet, "keys", "revoke", "wbe-1", "--yes"), 1, "did you mean 'web-1'")
        for typed, code in (("web-2\n", 2), ("web-1\n", 0)):
            main, side = pty.openpty()
            with subprocess.Popen([BIN / "vigie", "--socket", fleet.socket, "keys", "revoke", "web-1"], stdin=side,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
                os.write(main, typed.encode())
                said = "".join(child.communicate(timeout=20))
            os.close(main)
            os.close(side)
            expect(child.returncode == code and "Type its name" in said, f"typed {typed!r}: exit {child.returncode}: {said}")
        # The cut may overtake the word; then the agent is told when it comes back.
        eventually("the agent is told", lambda: "the key was revoked" in agent.said() or "ask why it was revoked" in agent.said())
        time.sleep(4)  # longer than three heartbeats of a second
        expect(not fleet.ask("alerts", "list", "--state", "all"), "a revoked host pages")
        agent.stop()
        # The way back: a new identity with a new token; what was measured meanwhile comes after.
        shutil.rmtree(fleet.folder / "web-1/identity")
        done(fleet.enrol("web-1"))
        agent.start()
        fleet.wait_until_up("web-1")
        samples_go_on(fleet, "web-1")


def a_removed_host_is_gone_and_may_come_again():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        agent.stop()
        eventually("its silence is an alert", lambda: fleet.ask("alerts", "list"))
        refused(vigie(fleet, "hosts", "remove", "web-1"), 2, "--yes")
        done(vigie(fleet, "hosts", "remove", "web-1", "--yes"))
        for _ in range(2):
            expect(not fleet.ask("hosts", "list") and not fleet.ask("keys", "list"), "it is listed still")
            eventually("its alerts are over", lambda: not fleet.ask("alerts", "list"))
            fleet.controller.kill()
            fleet.start_controller()
        agent.start()
        eventually("its key is refused", lambda: "does not know this host's key" in agent.said())
        agent.stop()
        refused(vigie(fleet, "hosts", "remove", "web-1", "--yes"), 1, "not enrolled")
        shutil.rmtree(fleet.folder / "web-1/identity")
        done(fleet.enrol("web-1"))
        agent.start()
        fleet.wait_until_up("web-1")


# --- rotation of a host's key -------------------------------------------------------------------------------------------------


def rotated(fleet, host, before):
    row = key_row(fleet, host)
    return row["state"] == "current" and row["fingerprint"] != before and fleet.host(host)["is_connected"]


def a_host_makes_itself_a_new_key_and_the_old_one_is_refused():
    context = zmq.Context()
    with Fleet() as fleet:
        status = fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        old, before = key_of(fleet, "web-1"), key_row(fleet, "web-1")["fingerprint"]
        done(vigie(fleet, "keys", "rotate", "web-1"))
        eventually("the key is another one", lambda: rotated(fleet, "web-1", before))
        expect(key_of(fleet, "web-1")[0].decode() == key_row(fleet, "web-1")["public_key"], "the host has another key than is told")
        eventually("nothing of the rotation is left on the host",
                   lambda: not list((fleet.folder / "web-1/identity").glob("agent.key.*")))
        samples_go_on(fleet, "web-1")
        expect(events_of(fleet, "web-1", "key_replaced"), "no event tells of it")
        expect(not events_of(fleet, "web-1", "old_key") and not events_of(fleet, "web-1", "clone"), "a rotation looks like a copy")
        copy = LightAgent("web-1", old)
        copy.open(context, status["endpoint"], status["public_key"])
        said = eventually("the copy of the old key shows as an event", lambda: events_of(fleet, "web-1", "old_key"))
        expect(before in said[0] and "127.0.0.1" in said[0], f"the event says {said}")
        copy.step()
        expect(not copy.session and fleet.host("web-1")["is_connected"], "the old key has a session")
        copy.close()
        expect(agent.is_running(), agent.said()[-500:])


def a_host_that_is_away_is_asked_when_it_is_back():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        agent.stop()
        before = key_row(fleet, "web-1")["fingerprint"]
        eventually("it is not connected", lambda: not fleet.host("web-1")["is_connected"])
        said = done(vigie(fleet, "keys", "rotate", "web-1")).stdout
        expect("when the host is back" in said, said)
        fleet.controller.kill()
        fleet.start_controller()
        expect(key_row(fleet, "web-1")["state"] == "pending_rotation", "the wish is lost with a kill")
        agent.start()
        eventually("the key is another one", lambda: rotated(fleet, "web-1", before))


def a_host_of_version_1_cannot_rotate():
    context = zmq.Context()
    with Fleet() as fleet:
        status = fleet.start_controller()
        (agent,) = enrol_all(fleet, context, ["web-1"])
        agent.open(context, status["endpoint"], status["public_key"])
        step_until("it has a session", [agent], lambda: agent.session and fleet.host("web-1")["is_connected"])
        refused(vigie(fleet, "keys", "rotate", "web-1"), 1, "runs a version that cannot rotate")
        expect(key_row(fleet, "web-1")["state"] == "current", "a refused rotation is pending")
        agent.close()


def stage_of(fleet, before):
    """How far the host is, by what stands on its disk while it or the controller is dead."""
    identity = fleet.folder / "web-1/identity"
    if (identity / "agent.key.old").exists():
        return "adopted"
    if (identity / "agent.key.next").exists():
        return "made"
    return "asked" if key_of(fleet, "web-1") == before else "done"


def a_rotation_survives_a_kill(fleet, side, moment, when):
    """Asks for a rotation, kills the side at the moment that `when` waits for, and sees it through. Gives how far the host was."""
    before, own = key_row(fleet, "web-1")["fingerprint"], key_of(fleet, "web-1")
    ask_operator(fleet.socket, "keys.rotate", host="web-1")
    when(before)
    process = fleet.controller if side == "controller" else fleet.agents["web-1"]
    process.kill()
    stage = stage_of(fleet, own)
    fleet.start_controller() if side == "controller" else process.start()
    eventually(f"the rotation is done though the {side} was killed {moment}", lambda: rotated(fleet, "web-1", before))
    expect(key_of(fleet, "web-1")[0].decode() == key_row(fleet, "web-1")["public_key"], "the sides disagree on the key")
    expect(not events_of(fleet, "web-1", "old_key"), "the host offered a key that was replaced")
    return stage


def wait_for_file(path):
    """As soon as it is there; it may be gone again before we look, which is another moment then."""
    end = time.monotonic() + 2
    while not path.exists() and time.monotonic() < end:
        pass


def a_rotation_survives_a_kill_at_any_moment():
    with Fleet() as fleet:
        fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        identity = fleet.folder / "web-1/identity"
        moments = [(f"when {name} is there", lambda before, name=name: wait_for_file(identity / name))
                   for name in ("agent.key.next", "agent.key.old")]
        moments += [(f"after {ms} ms", lambda before, ms=ms: time.sleep(ms / 1000)) for ms in (0, 4, 8, 12, 20, 40, 80, 300)]
        moments.append(("when it is done", lambda before: eventually("it is done", lambda: rotated(fleet, "web-1", before))))
        seen = dict.fromkeys(("asked", "made", "adopted", "done"), 0)
        agent.child.send_signal(signal.SIGSTOP)  # it dies before it reads the wish
        seen[a_rotation_survives_a_kill(fleet, "agent", "before it hears of it", lambda before: None)] += 1
        for side in ("agent", "controller"):
            for moment, when in moments:
                seen[a_rotation_survives_a_kill(fleet, side, moment, when)] += 1
        print(f"  killed when the host was: {seen}")
        expect(all(seen.values()), f"a stage was never seen: {seen}")
        samples_go_on(fleet, "web-1")


# --- the controller's key -------------------------------------------------------------------------------------------------------


def everyone_knows(fleet):
    shown = fleet.ask("controller", "key", "show")
    return shown["next_public_key"] and not shown["hosts_missing_next"] and shown


def the_controllers_key_is_replaced_under_its_hosts():
    with Fleet() as fleet:
        status = fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
            fleet.wait_until_up(host)
        refused(vigie(fleet, "controller", "key", "switch"), 1, "no next key")
        made = fleet.ask("controller", "key", "rotate")["next_public_key"]
        path = fleet.state_dir / "controller.key.next"
        expect(path.stat().st_mode & 0o777 == 0o600, "others may read the next key")
        shown = eventually("both hosts know the next key", lambda: everyone_knows(fleet))
        expect(shown["hosts_knowing_next"] == 2 and shown["public_key"] == status["public_key"], f"{shown}")
        expect(fleet.ask("controller", "key", "rotate")["next_public_key"] == made, "asked again, it makes another key")
        fleet.controller.kill()  # what hosts know is not forgotten, nor is the next key
        fleet.start_controller()
        expect(everyone_knows(fleet)["next_public_key"] == made, "a kill forgot the next key, or who knows it")
        for host in ("web-1", "web-2"):
            eventually(f"{host} is connected", lambda host=host: fleet.host(host)["is_connected"])
        fleet.ask("controller", "key", "switch")
        expect(fleet.ask("status")["public_key"] == made, "status shows another key")
        for host in ("web-1", "web-2"):
            eventually(f"{host} trusts the new key",
                       lambda host=host: made in (fleet.folder / host / "identity/identity.yaml").read_text())
            samples_go_on(fleet, host)
        expect(not path.exists(), "the next key is left behind")
        fleet.controller.kill()
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            eventually(f"{host} is back after a kill", lambda host=host: fleet.host(host)["is_connected"])
        fleet.write_agent_config("web-3")  # and the enrolment port has the new key too
        done(fleet.enrol("web-3"))


def a_host_that_missed_the_change_comes_back_by_hand():
    with Fleet() as fleet:
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
            fleet.wait_until_up(host)
        missed = fleet.agents["web-2"]
        missed.stop()
        eventually("web-2 is not connected", lambda: not fleet.host("web-2")["is_connected"])
        made = fleet.ask("controller", "key", "rotate")["next_public_key"]
        eventually("web-1 knows it", lambda: fleet.ask("controller", "key", "show")["hosts_missing_next"] == ["web-2"])
        refused(vigie(fleet, "controller", "key", "switch"), 1, "1 host does not know", "web-2")
        expect(fleet.ask("status")["public_key"] != made, "a refused switch changed the key")
        fleet.ask("controller", "key", "switch", "--force")
        eventually("web-1 is back", lambda: fleet.host("web-1")["is_connected"])
        missed.start()
        eventually("web-2 says why it stays away", lambda: "another key than this host trusts" in missed.said())
        expect(not fleet.host("web-2")["is_connected"], "web-2 speaks to a controller that it does not trust")
        config = fleet.folder / "web-2.yaml"
        refused(fleet.run("vigie-agent", "trust", "--config", config, "no key"), 1, "is no public key")
        done(fleet.run("vigie-agent", "trust", "--config", config, "--controller-key", made))
        missed.child.send_signal(signal.SIGHUP)
        eventually("web-2 is back", lambda: fleet.host("web-2")["is_connected"])
        samples_go_on(fleet, "web-2")


def a_switch_that_locked_a_host_out_is_made_again_when_it_has_learnt_the_key():
    with Fleet() as fleet:
        old = fleet.start_controller()["public_key"]
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
            fleet.wait_until_up(host)
        fleet.agents["web-2"].stop()
        eventually("web-2 is not connected", lambda: not fleet.host("web-2")["is_connected"])
        made = fleet.ask("controller", "key", "rotate")["next_public_key"]
        eventually("web-1 knows it", lambda: fleet.ask("controller", "key", "show")["hosts_missing_next"] == ["web-2"])
        fleet.ask("controller", "key", "switch", "--force")
        eventually("web-1 is back", lambda: fleet.host("web-1")["is_connected"])
        fleet.agents["web-2"].start()
        eventually("web-2 says why it stays away", lambda: "another key than this host trusts" in fleet.agents["web-2"].said())
        fleet.controller.stop()
        path = fleet.state_dir / "controller.key"
        path.rename(path.with_suffix(".key.next"))
        path.with_suffix(".key.old").rename(path)
        expect(fleet.start_controller()["public_key"] == old, "the old key does not serve")
        eventually("web-2 knows the next key",
                   lambda: "web-2" not in fleet.ask("controller", "key", "show")["hosts_missing_next"])
        fleet.ask("controller", "key", "switch", "--force")
        for host in ("web-1", "web-2"):
            eventually(f"{host} is back", lambda host=host: fleet.host(host)["is_connected"])
            eventually(f"{host} trusts the new key",
                       lambda host=host: made in (fleet.folder / host / "identity/identity.yaml").read_text())
            samples_go_on(fleet, host)


if __name__ == "__main__":
    run_cases(a_token_lets_in_as_many_hosts_as_it_says, a_revoked_token_lets_nobody_in_and_wrong_wishes_are_refused,
              a_revoked_key_is_cut_within_a_second_and_its_name_is_free, a_revocation_asks_first_and_no_silence_is_paged,
              a_removed_host_is_gone_and_may_come_again, a_host_makes_itself_a_new_key_and_the_old_one_is_refused,
              a_host_that_is_away_is_asked_when_it_is_back, a_host_of_version_1_cannot_rotate,
              a_rotation_survives_a_kill_at_any_moment, the_controllers_key_is_replaced_under_its_hosts,
              a_host_that_missed_the_change_comes_back_by_hand,
              a_switch_that_locked_a_host_out_is_made_again_when_it_has_learnt_the_key)
