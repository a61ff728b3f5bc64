"""Clocks that jump by an hour, a host's and the controller's, forward and back: nobody falls silent, what can't be of now is not
stored and is told of, and when the clock is right again all goes on."""
import os
import time

from fleet import Fleet, Process, BIN, eventually, expect, run_cases
from kill_test import check_host, settle
from preload import MappedNumber

SHIM = os.environ["VIGIE_CLOCK_JUMP"]
HOUR = 3600
HOSTS = ("jumps", "steady")


class Clock(MappedNumber):
    """How far the clock of one program is ahead of the machine's: clock_jump.cpp, preloaded."""

    def environment(self):
        return {"LD_PRELOAD": SHIM, "VIGIE_CLOCK_AHEAD": str(self.path),
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def jump_to(self, seconds):
        self.set(seconds * 1_000_000_000)


def is_about(value, wanted):
    return abs(value - wanted) < 60


def times_of(fleet, host):
    """Unix seconds of the stored readings, by the host's clock."""
    series = fleet.ask("metrics", host, "node_boot_time_seconds", "--since", "5h")["series"]
    return [at / 1000 for at, _ in series[0]["points"]]


def passes(fleet, host, more=5):
    """Waits until more entries of a host are applied: stored, or recorded and passed over."""
    stood_at = fleet.host(host)["metrics_applied"]
    eventually(f"{host}'s entries go on", lambda: fleet.host(host)["metrics_applied"] >= stood_at + more)


def everybody_is_up(fleet):
    states = {host["host"]: host["state"] for host in fleet.ask("hosts", "list")}
    expect(set(states.values()) == {"up"}, f"a clock that jumps is no silence: {states}")


def clock_events(fleet, host):
    return [event for event in fleet.ask("hosts", "show", host)["events"] if event["kind"] == "clock_skew"]


def is_alerted(fleet, host):
    """Whether the host's clock is told of by an alert that fires now."""
    return any(alert["alertname"] == "VigieClockSkew" and alert["host"] == host for alert in
               fleet.ask("alerts", "list", "--state", "firing"))


def shown_skew(fleet, host):
    """Seconds by which its clock is ahead of the controller's, as `vigie hosts list` shows them."""
    return fleet.host(host)["clock_skew_ms"] / 1000


def doctors_clocks(fleet):
    """Which hosts `vigie doctor` says to be off."""
    row, = [row for row in fleet.ask("doctor") if row["check"] == "clocks"]
    hosts = set(row["detail"].partition("more than a minute off:")[2].split())
    expect(row["state"] == ("warning" if hosts else "ok"), f"doctor's finding contradicts itself: {row}")
    return hosts


def are_seen(fleet, skews):
    """That the clocks of these hosts, and of no others, are told to be so many seconds off."""
    eventually(f"the hosts' clocks are shown as {skews}", lambda: all(
        is_about(shown_skew(fleet, host), skews.get(host, 0)) for host in HOSTS))
    wanted = {host for host, skew in skews.items() if skew}
    eventually(f"doctor names {wanted or 'nobody'}", lambda: doctors_clocks(fleet) == wanted)


def a_host_an_hour_ahead(fleet, clock):
    clock.jump_to(HOUR)
    eventually("an event tells of readings that were not stored", lambda: clock_events(fleet, "jumps"))
    passes(fleet, "jumps")
    now = time.time()
    expect(max(times_of(fleet, "jumps")) < now + HOUR / 2, "readings of the future are stored")
    eventually("an alert names the host", lambda: is_alerted(fleet, "jumps"))
    are_seen(fleet, {"jumps": HOUR})
    expect(not clock_events(fleet, "steady") and not is_alerted(fleet, "steady"), "the other host is blamed")
    everybody_is_up(fleet)


def is_right_again(fleet, clock):
    clock.jump_to(0)
    now = time.time()
    eventually("readings of now are stored again", lambda: max(times_of(fleet, "jumps")) > now)
    eventually("the alert is resolved", lambda: not is_alerted(fleet, "jumps"))
    are_seen(fleet, {})
    everybody_is_up(fleet)


def a_host_an_hour_behind(fleet, clock):
    clock.jump_to(-HOUR)
    now = time.time()
    eventually("readings are stored under its own time",
               lambda: sum(is_about(at, now - HOUR) for at in times_of(fleet, "jumps")) >= 5)
    eventually("an alert names the host", lambda: is_alerted(fleet, "jumps"))
    are_seen(fleet, {"jumps": -HOUR})
    everybody_is_up(fleet)


def the_controller_an_hour_off(fleet, clock, seconds):
    """Then every host seems off the other way."""
    clock.jump_to(seconds)
    for host in HOSTS:
        passes(fleet, host)
    are_seen(fleet, {host: -seconds for host in HOSTS})
    everybody_is_up(fleet)
    clock.jump_to(0)
    for host in HOSTS:
        now = time.time()
        eventually(f"{host} is stored again", lambda host=host, now=now: max(times_of(fleet, host)) > now)
    are_seen(fleet, {})
    everybody_is_up(fleet)


def clocks_that_jump_an_hour_either_way():
    with Fleet() as fleet:
        host_clock, controller_clock = Clock(fleet.folder / "host.clock"), Clock(fleet.folder / "controller.clock")
        fleet.write_controller_config()
        fleet.controller = Process("controller", fleet.folder,
                                   [BIN / "vigie-controller", "run", "--config", fleet.controller_config],
                                   controller_clock.environment())
        fleet.start_controller()
        for host in HOSTS:
            fleet.add_agent(host)
            fleet.wait_until_up(host)
        fleet.agents["jumps"].stop()
        fleet.agents["jumps"].environment = host_clock.environment()
        fleet.agents["jumps"].start()
        passes(fleet, "jumps")
        a_host_an_hour_ahead(fleet, host_clock)
        is_right_again(fleet, host_clock)
        a_host_an_hour_behind(fleet, host_clock)
        is_right_again(fleet, host_clock)
        settle(fleet, "steady")
        check_host(fleet, "steady")  # nothing of it was lost through the other's clock
        fleet.write_agent_config("steady")  # settle() left it reading each five minutes
        fleet.agents["steady"].start()
        for seconds in (HOUR, -HOUR):
            the_controller_an_hour_off(fleet, controller_clock, seconds)
        silences = [alert for alert in fleet.ask("alerts", "list", "--state", "all") if alert["alertname"] == "HostSilent"
                    and alert["host"] == "jumps"]
        expect(not silences, f"a host that was never silent was called so: {silences}")


if __name__ == "__main__":
    run_cases(clocks_that_jump_an_hour_either_way)
