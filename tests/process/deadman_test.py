"""Dead-man both ways: an outside watcher of the controller, why a host is silent, and agents that page when the controller is."""
import signal
import time

from fleet import Fleet, Webhook, eventually, expect, run_cases

AFTER_SECONDS = 4


def deadman(fleet, webhook):
    """The second channel of an agent; a second deputy would speak after the test."""
    url = fleet.folder / "deadman.url"
    url.write_text(webhook.url + "/deadman\n")
    url.chmod(0o600)
    return f"deadman: {{url_file: {url}, after: {AFTER_SECONDS}s, stagger: 10m}}\n"


def state_of(fleet, host):
    """The fields of agent/deadman/state_row.hpp."""
    return (fleet.folder / host / "deadman.state").read_text().split()


def place_of(fleet, host):
    """0 when it is no deputy."""
    return int(state_of(fleet, host)[1])


def first_deputy(fleet):
    return next((host for host in fleet.agents if place_of(fleet, host) == 1), None)


def told(webhook, status):
    return webhook.pages("VigieControllerSilent", status)


def one_agent_pages_for_a_silent_controller_and_takes_it_back():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        fleet.start_controller()
        for host in ("web-1", "web-2", "web-3"):
            fleet.add_agent(host, deadman(fleet, webhook))
        eventually("all of them have their places",
                   lambda: sorted(place_of(fleet, host) for host in fleet.agents) == [1, 2, 3])
        speaker = first_deputy(fleet)
        fleet.controller.kill()
        page = eventually("the silence is told", lambda: told(webhook, "firing"))[0]
        alert = page["body"]["alerts"][0]
        expect(alert["annotations"]["told_by"] == speaker, f"{speaker} is the first deputy, {alert} is not its page")
        eventually("it knows that it was told", lambda: state_of(fleet, speaker)[4] == "1")
        fleet.agents[speaker].kill()
        fleet.agents[speaker].start()
        time.sleep(2 * AFTER_SECONDS)  # not to synchronise: a page too many would come by then
        expect(len(told(webhook, "firing")) == 1, f"{len(told(webhook, 'firing'))} pages of one silence")
        expect(not told(webhook, "resolved"), "its end was told before the controller was back")
        fleet.start_controller()
        ended = eventually("the end is told", lambda: told(webhook, "resolved"))[0]
        expect(ended["body"]["alerts"][0]["fingerprint"] == alert["fingerprint"], "the end is of another alert")
        for host in fleet.agents:
            fleet.wait_until_up(host)
        counts = (len(told(webhook, "firing")), len(told(webhook, "resolved")))
        expect(counts == (1, 1), f"told {counts[0]} times, taken back {counts[1]} times")


def a_channel_that_is_down_is_tried_again():
    with Fleet() as fleet, Webhook(fleet.folder, "503") as webhook:
        fleet.start_controller()
        fleet.add_agent("web-1", deadman(fleet, webhook))
        eventually("it is the deputy", lambda: place_of(fleet, "web-1") == 1)
        fleet.controller.kill()
        pages = eventually("it is told at the second attempt",
                           lambda: len(told(webhook, "firing")) == 2 and told(webhook, "firing"))
        expect([page["answered"] for page in pages] == [503, 200], f"answered {[page['answered'] for page in pages]}")
        expect(len({page["headers"]["idempotency-key"] for page in pages}) == 1, "the attempts have different keys")


def why_a_host_is_silent_is_told_apart():
    # A heartbeat of 2 s: that a connection was closed is told up to a second after one that is late, and what is heard is told at most
    # once a second, so that with 1 s the silence would come as early as its reason.
    with Fleet(heartbeat="2s") as fleet, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config()
        fleet.start_controller()
        for host in ("dies", "stops", "hangs", "stays"):
            fleet.add_agent(host)
        for host in fleet.agents:
            fleet.wait_until_up(host)
        fleet.agents["dies"].kill()
        fleet.agents["stops"].stop()
        fleet.agents["hangs"].child.send_signal(signal.SIGSTOP)

        def reasons():
            pages = webhook.pages("HostSilent", "firing")
            return {alert["labels"]["instance"]: alert["annotations"]["reason"].split(":")[0]
                    for page in pages for alert in page["body"]["alerts"]}
        try:
            eventually("three hosts are silent", lambda: len(reasons()) == 3)
        finally:
            fleet.agents["hangs"].child.send_signal(signal.SIGCONT)
        wanted = {"dies": "agent died", "stops": "agent stopped", "hangs": "host or network"}
        expect(reasons() == wanted, f"told {reasons()} instead of {wanted}")


def an_announced_restart_pages_nobody():
    with Fleet(restart_grace="10m") as fleet, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config()
        fleet.start_controller()
        for host in ("restarts", "dies"):
            fleet.add_agent(host)
        for host in fleet.agents:
            fleet.wait_until_up(host)
        fleet.agents["restarts"].stop()
        fleet.agents["dies"].kill()
        eventually("the one that died is paged", lambda: webhook.pages("HostSilent", "firing"))
        time.sleep(3)  # not to synchronise: the other's heartbeats are missed by now
        silent = {alert["labels"]["instance"] for page in webhook.pages("HostSilent") for alert in page["body"]["alerts"]}
        expect(silent == {"dies"}, f"paged for {silent}")
        fleet.agents["restarts"].start()
        fleet.wait_until_up("restarts")


def heartbeats_reach_the_watcher_while_the_controller_works():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        url = fleet.folder / "heartbeat.url"
        url.write_text(webhook.url + "/heartbeat\n")
        fleet.controller_extra = f"heartbeat: {{url_file: {url}, every: 1s}}\n"
        fleet.start_controller()
        beats = lambda: len(webhook.pages("Watchdog", "firing"))
        eventually("three heartbeats came", lambda: beats() >= 3)
        fleet.controller.child.send_signal(signal.SIGSTOP)
        try:
            time.sleep(1)  # what was under way has come
            stopped_at = beats()
            time.sleep(3)  # not to synchronise: three would come
            expect(beats() == stopped_at, f"{beats() - stopped_at} heartbeats of a controller that stands still")
        finally:
            fleet.controller.child.send_signal(signal.SIGCONT)
        eventually("they go on", lambda: beats() > stopped_at)


run_cases(one_agent_pages_for_a_silent_controller_and_takes_it_back,
          a_channel_that_is_down_is_tried_again,
          why_a_host_is_silent_is_told_apart,
          an_announced_restart_pages_nobody,
          heartbeats_reach_the_watcher_while_the_controller_works)
