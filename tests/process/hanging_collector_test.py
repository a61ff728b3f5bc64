"""A file of the kernel that never answers, as of a dead lxcfs or a driver that waits: a named pipe stands in its place. The
agent goes on without that collector, by hand and as a daemon. The daemon's case mounts the pipe over /proc/loadavg in a
mount namespace of the agent's own, and needs root for that as process_outage does."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from fleet import Fleet, eventually, expect, refused, run_cases

HANGING = 'node_scrape_collector_success{collector="loadavg"}'
ROUNDS = 12  # of a configuration that is read again
THREADS_MAX = 6  # five that hang (hung_threads_retried_max and one), and one at work
METERS = "node_memory_MemTotal_bytes"


def series_of(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))


def metrics_by_hand_end_and_name_the_collector_that_hangs():
    with tempfile.TemporaryDirectory() as temp, Fleet() as fleet:
        proc = pathlib.Path(temp, "proc")
        proc.mkdir()
        (proc / "meminfo").write_text("MemTotal: 8 kB\nMemAvailable: 4 kB\n")
        (proc / "vmstat").write_text("pgpgin 7\n")
        os.mkfifo(proc / "loadavg")
        began = time.monotonic()
        done = fleet.run("vigie-agent", "metrics", "--config", fleet.write_agent_config("by-hand"), "--procfs", proc,
                         "--sysfs", temp, "--rootfs", temp, "--udev-data", temp)
        took = time.monotonic() - began
        said = refused(done, 0, "collector loadavg: hangs")
        expect(took >= 5, f"it was given up after {took:.1f} s")
        series = series_of(done.stdout)
        expect(series.get(METERS) == "8192" and series.get("node_vmstat_pgpgin") == "7", f"others are missing: {said}")
        expect(series[HANGING] == "0" and "node_load1" not in series, f"loadavg is there: {said}")
        expect(series["vigie_collectors_hanging"] == "1", f"it is not counted: {said}")


def value_of(fleet, host, name, **labels):
    """The newest value of a host's series, or None."""
    found = [row["value"] for row in fleet.ask("metrics", host) if row["name"] == name and row["labels"] == labels]
    return found[0] if found else None


def success_of_loadavg(fleet, host):
    return value_of(fleet, host, "node_scrape_collector_success", collector="loadavg")


def threads_of(agent):
    tasks = pathlib.Path(f"/proc/{agent.child.pid}/task")
    return [task for task in tasks.iterdir() if (task / "comm").read_text().strip() == "vigie-collect"]


def goes_on(fleet, host, what):
    stood_at = fleet.host(host)["metrics_applied"]
    eventually(what, lambda: fleet.host(host)["metrics_applied"] >= stood_at + 3)


def begin_readings(fleet, host):
    """An agent whose /proc/loadavg hangs from the start."""
    pipe = fleet.folder / "pipe"
    os.mkfifo(pipe)
    fleet.before[host] = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /proc/loadavg && exec "$@"', pipe)
    agent = fleet.add_agent(host)
    fleet.wait_until_up(host)
    return pipe, agent


def reload_again_and_again(fleet, host, agent):
    """With a change each time, so that the collectors begin anew. Threads that hang must not add up."""
    for number in range(ROUNDS):
        fleet.write_agent_config(host, f"collectors:\n  netdev: {{exclude: ['none{number}']}}\n")
        reads = agent.said().count("configuration read again")
        agent.child.send_signal(signal.SIGHUP)
        eventually("the configuration is read again", lambda n=reads: agent.said().count("configuration read again") > n)
        goes_on(fleet, host, f"readings go on after reload {number}")
        expect(len(threads_of(agent)) <= THREADS_MAX, f"{len(threads_of(agent))} threads after reload {number}")


def let_go(pipe, agent):
    """Takes the pipe away and wakes those who wait for a writer."""
    subprocess.run(["nsenter", f"--mount=/proc/{agent.child.pid}/ns/mnt", "umount", "--lazy",
                    "/proc/loadavg"], check=True)
    os.close(os.open(pipe, os.O_WRONLY))


def a_daemon_goes_on_without_the_collector_that_hangs():
    with Fleet() as fleet:
        fleet.start_controller()
        pipe, agent = begin_readings(fleet, "web-1")
        expect(fleet.host("web-1")["is_connected"], "no session while the collector hangs")
        eventually("the host's other series arrive", lambda: value_of(fleet, "web-1", METERS) is not None)
        expect(success_of_loadavg(fleet, "web-1") == 0, "the collector that hangs is not told of")
        expect("collector loadavg: hangs" in agent.said(), "the log does not name it")
        goes_on(fleet, "web-1", "readings go on")
        expect(len(threads_of(agent)) == 2, f"{len(threads_of(agent))} threads")
        expect(fleet.host("web-1")["state"] == "up", "the host is not up")
        reload_again_and_again(fleet, "web-1", agent)
        let_go(pipe, agent)
        eventually("it is back", lambda: success_of_loadavg(fleet, "web-1") == 1)
        eventually("the threads are gone", lambda: len(threads_of(agent)) == 1)


def a_daemon_ends_while_a_collector_hangs():
    with Fleet() as fleet:
        fleet.start_controller()
        _, agent = begin_readings(fleet, "web-1")
        began = time.monotonic()
        agent.stop()  # fails when it is not within 20 s
        expect(agent.child.returncode == 0, f"exit {agent.child.returncode}: {agent.said()[-1500:]}")
        expect("stopped" in agent.said(), f"after {time.monotonic() - began:.1f} s: {agent.said()[-1500:]}")


if __name__ == "__main__":
    run_cases(metrics_by_hand_end_and_name_the_collector_that_hangs, a_daemon_goes_on_without_the_collector_that_hangs,
              a_daemon_ends_while_a_collector_hangs)
