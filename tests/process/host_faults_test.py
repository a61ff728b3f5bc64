"""What befalls a host: its outbox is deleted, or damaged in the middle; its machine is copied, with the key and all."""
import os
import re
import shutil
import sqlite3
import tempfile
import threading
import time

import msgpack
import zmq

from fleet import BIN, Failed, Fleet, Process, eventually, expect, run_cases
from kill_test import applied_stays, check_host, settle
from light_agent import LightAgent, step_until
from outage_test import times_of


def is_stored(fleet, host, more=5):
    """Waits until more readings of a host stand in the store, and gives how many do."""
    def count():
        try:
            return len(times_of(fleet, host))
        except Failed:  # none yet
            return 0
    stood_at = count()
    return eventually(f"{host}'s readings go on", lambda: count() >= stood_at + more and count())


def incarnation_of(fleet, host):
    with sqlite3.connect(f"file:{fleet.folder}/{host}/outbox.db?mode=ro", uri=True, timeout=10) as database:
        return database.execute("SELECT incarnation FROM stream WHERE stream = 1").fetchone()[0]


def go_on_without_the_outbox(fleet, host, spoil):
    """Stops the agent while the controller is away, so that something is unsent, spoils the outbox and starts it again."""
    is_stored(fleet, host)
    fleet.controller.stop()
    agent = fleet.agents[host]
    agent.stop()
    before = incarnation_of(fleet, host)
    spoil(fleet.folder / host)
    fleet.start_controller()
    agent.start()
    fleet.wait_until_up(host)
    is_stored(fleet, host)
    agent.stop()
    expect(incarnation_of(fleet, host) != before, f"{host}: numbers are used again")
    times = times_of(fleet, host)
    expect(len(times) == len(set(times)) and times == sorted(times), f"{host}: readings are doubled or out of order")
    agent.start()


def delete(folder):
    for path in folder.glob("outbox.db*"):
        path.unlink()


def spoil_pages(folder):
    """All but the first page, so that it is still SQLite's."""
    database = folder / "outbox.db"
    for path in folder.glob("outbox.db-*"):
        path.unlink()
    size = database.stat().st_size
    expect(size >= 3 * 4096, f"the outbox has only {size} bytes: there is nothing to spoil")
    with open(database, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))


def an_outbox_that_is_gone_begins_anew():
    with Fleet() as fleet:
        fleet.start_controller()
        fleet.add_agent("web-1")
        go_on_without_the_outbox(fleet, "web-1", delete)


def an_outbox_with_spoilt_pages_is_put_aside_and_begins_anew():
    with Fleet() as fleet:
        fleet.start_controller()
        fleet.add_agent("web-1")
        go_on_without_the_outbox(fleet, "web-1", spoil_pages)
        expect((fleet.folder / "web-1/outbox.db.corrupt").exists(), "the spoilt file is kept")
        eventually("the event is at the controller",
                   lambda: any("outbox" in event["message"] and "put aside" in event["message"]
                               for event in fleet.ask("hosts", "show", "web-1")["events"]))


def key_of(fleet, host):
    """Public and secret key, as the copied machine has them."""
    text = (fleet.folder / host / "identity/agent.key").read_text()
    keys = re.findall(r"[0-9a-zA-Z.:+=^!/*?&<>()\[\]{}@%$#-]{40}", text)
    expect(keys, f"no key in {host}'s agent.key")
    secret = keys[-1].encode()
    return zmq.curve_public(secret), secret


def gets_in(agent, context, status):
    """Whether a new connection gets it a session soon. When the original is back before the copy has read of its own, the word of it is
    lost with the connection."""
    agent.open(context, status["endpoint"], status["public_key"])
    end = time.monotonic() + 3
    while time.monotonic() < end and not agent.session:
        agent.step()
        time.sleep(0.01)
    return agent.session


def a_copied_machine_is_noticed_and_has_one_session_at_a_time():
    context = zmq.Context()
    with Fleet() as fleet:
        status = fleet.start_controller()
        agent = fleet.add_agent("web-1")
        fleet.add_agent("web-2")
        is_stored(fleet, "web-1")
        copy = LightAgent("web-1", key_of(fleet, "web-1"))
        eventually("the copy gets a session", lambda: gets_in(copy, context, status))
        step_until("the older session is cut", [copy],
                   lambda: "another session was opened with the same key" in agent.said())
        step_until("an operator reads of it", [copy],
                   lambda: any(event["kind"] == "clone" for event in fleet.ask("hosts", "show", "web-1")["events"]))
        eventually("an alert tells of it",
                   lambda: any(alert["alertname"] == "VigieIdentityUsedTwice" and alert["host"] == "web-1"
                               for alert in fleet.ask("alerts", "list", "--state", "firing")))
        agent.kill()  # and comes back at once, as a restarted machine
        # The copy is stepped meanwhile: a socket that loses its connection drops what nobody has read from it.
        start = threading.Thread(target=agent.start)
        start.start()
        step_until("now the copy is cut", [copy], lambda: copy.refusals)
        start.join()
        copy.close()
        eventually("the machine has its session", lambda: fleet.host("web-1")["is_connected"])
        is_stored(fleet, "web-1")
        settle(fleet, "web-1")
        check_host(fleet, "web-1")
        settle(fleet, "web-2")
        check_host(fleet, "web-2")


def outbox_of(fleet, name):
    """When each reading that stands in an outbox was made, and how many of them are not acknowledged. Of an agent that is dead."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (fleet.folder / name).glob("outbox.db*"):
            shutil.copy(path, folder)
        database = sqlite3.connect(f"{folder}/outbox.db")
        try:
            rows = database.execute("SELECT bytes FROM entry_metrics").fetchall()
            next_seq, acked = database.execute("SELECT next_seq, acked_seq FROM stream WHERE stream = 1").fetchone()
        finally:
            database.close()
    return {msgpack.unpackb(row)[1][0] for (row,) in rows}, next_seq - 1 - acked


def copy_machine(fleet, host, name):
    """`cp -a` of the state folder, and an agent on it."""
    shutil.copytree(fleet.folder / host, fleet.folder / name)
    config = fleet.write_agent_config(name)
    fleet.agents[name] = Process(name, fleet.folder, [BIN / "vigie-agent", "run", "--config", config])


def deliver(fleet, name):
    """What a dead agent holds, and not much more, until all is acknowledged; it is dead again then."""
    config = fleet.folder / f"{name}.yaml"
    config.write_text(config.read_text().replace("interval: 200ms", "interval: 5m"))
    agent = fleet.agents[name]

    def is_all_there():
        agent.start()
        is_connected = eventually("it is connected", lambda: fleet.host("web-1")["is_connected"])
        eventually("deliveries pause", lambda: applied_stays(fleet, "web-1"))
        agent.stop()
        return is_connected and outbox_of(fleet, name)[1] == 0
    eventually(f"{name} has delivered what it held", is_all_there, seconds=120)


def read_alone(fleet, name, more):
    """Lets an agent read on while nobody takes what it reads; it is dead then."""
    before = len(outbox_of(fleet, name)[0])

    def has_read():
        fleet.agents[name].start()
        time.sleep(2)  # not to synchronise: has_read looks at what came of it
        fleet.agents[name].kill()
        return len(outbox_of(fleet, name)[0]) >= before + more
    eventually(f"{name} has read on", has_read)


def whatever_a_copied_machine_and_the_original_read_is_stored_once():
    with Fleet() as fleet:
        fleet.start_controller()
        fleet.add_agent("web-1")
        is_stored(fleet, "web-1")
        fleet.agents["web-1"].stop()
        copy_machine(fleet, "web-1", "web-1-copy")
        common, _ = outbox_of(fleet, "web-1")
        read = {"web-1": set(), "web-1-copy": set()}
        # The copy has numbered further than the original when both come back: only their generations tell them apart.
        fleet.controller.stop()
        read_alone(fleet, "web-1", 1)
        read_alone(fleet, "web-1-copy", 30)
        fleet.start_controller()
        for _ in range(3):
            for name in read:  # whoever starts last has the session; the other reads on without one
                fleet.agents[name].kill()
                read[name] |= outbox_of(fleet, name)[0]
                fleet.agents[name].start()
                is_stored(fleet, "web-1")
        for name in read:
            fleet.agents[name].kill()
            read[name] |= outbox_of(fleet, name)[0]
        for name in read:
            deliver(fleet, name)
            read[name] |= outbox_of(fleet, name)[0]
        check_both(fleet, common, read)


def check_both(fleet, common, read):
    points = fleet.ask("metrics", "web-1", "node_boot_time_seconds", "--since", "1h")["series"][0]["points"]
    times = [at for at, _ in points]
    own = {name: read[name] - common for name in read}
    missing = set.union(*read.values()) - set(times)
    told = sum(int(last) - int(first) + 1 for event in fleet.ask("hosts", "show", "web-1")["events"]
               for first, last in re.findall(r"entries (\d+) to (\d+) of stream metrics", event["message"]))
    expect(len(missing) <= told, f"{len(missing)} readings are not stored, {told} are told as lost: {sorted(missing)[:10]}")
    at_the_same_time = len(set.intersection(*own.values()))
    expect(len(times) - len(set(times)) <= at_the_same_time, f"of {len(times)} readings some are stored twice")
    expect(all(len(mine) > 10 for mine in own.values()), f"the copies read {[len(mine) for mine in own.values()]} times only")
    print("  read and stored: " + ", ".join(f"{len(mine)} by {name}" for name, mine in own.items()) + f"; {told} told as lost")


if __name__ == "__main__":
    run_cases(an_outbox_that_is_gone_begins_anew, an_outbox_with_spoilt_pages_is_put_aside_and_begins_anew,
              a_copied_machine_is_noticed_and_has_one_session_at_a_time,
              whatever_a_copied_machine_and_the_original_read_is_stored_once)
