"""What must survive: a controller that is away, one that is killed between an alert and its page, and a full disk."""
import errno
import os
import pathlib
import subprocess
import tempfile
import time

from fleet import Fleet, Webhook, eventually, expect, run_cases
from kill_test import check_host, settle

RULES = """groups:
- name: outage
  rules:
  - alert: HasMemory
    expr: node_memory_MemTotal_bytes > 0
"""
AWAY_SECONDS = 4


def times_of(fleet, host):
    return [at / 1000 for at, _ in fleet.ask("metrics", host, "node_boot_time_seconds", "--since", "1h")["series"][0]["points"]]


def has_settled_its_pages(fleet):
    """Pages are delivered, and readings that came after whatever happened before have been judged."""
    before = fleet.host("web-1")["metrics_applied"]
    eventually("more readings are judged", lambda: fleet.host("web-1")["metrics_applied"] >= before + 5)
    eventually("no page is queued", lambda: fleet.ask("status")["notifications"]["queued"] == 0)


def what_was_read_while_the_controller_was_away_arrives_once_and_in_order():
    with Fleet() as fleet:
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
        for host in ("web-1", "web-2"):
            eventually(f"{host} is stored", lambda host=host: fleet.host(host)["metrics_applied"] >= 3)
        fleet.controller.stop()
        began = time.time()
        time.sleep(AWAY_SECONDS)  # not to synchronise: the outage's length
        ended = time.time()
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.wait_until_up(host)
            settle(fleet, host)
            check_host(fleet, host)  # each once, in order, as many as the agent numbered
            away = [at for at in times_of(fleet, host) if began <= at <= ended]
            expect(len(away) >= AWAY_SECONDS * 5 / 2, f"{host}: {len(away)} readings of {AWAY_SECONDS} s at 200 ms")


def a_silent_host_pages_once_and_its_return_once():
    with Fleet() as fleet, Webhook(fleet.folder) as webhook:
        fleet.controller_extra = webhook.config()
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
        for host in ("web-1", "web-2"):
            fleet.wait_until_up(host)
        fleet.agents["web-2"].kill()
        fired = eventually("HostSilent is paged", lambda: webhook.pages("HostSilent", "firing"))[0]
        expect(fired["body"]["alerts"][0]["labels"]["instance"] == "web-2", f"it is about web-2: {fired['body']}")
        fleet.controller.kill()
        fleet.start_controller()
        fleet.wait_until_up("web-1")
        has_settled_its_pages(fleet)
        fleet.agents["web-2"].start()
        eventually("its return is paged", lambda: webhook.pages("HostSilent", "resolved"))
        fleet.wait_until_up("web-2")
        has_settled_its_pages(fleet)
        # A kill between a delivery and the note of it repeats the message, under its key.
        counts = [len({page["headers"]["idempotency-key"] for page in webhook.pages("HostSilent", status)})
                  for status in ("firing", "resolved")]
        expect(counts == [1, 1], f"HostSilent was paged {counts[0]} times, its end {counts[1]} times")


def a_page_survives_a_kill_before_its_delivery():
    with Fleet() as fleet, Webhook(fleet.folder, "500,times=1000") as webhook:
        rules = fleet.folder / "rules.yaml"
        rules.write_text(RULES)
        fleet.controller_extra = webhook.config() + f"rule_files: [{rules}]\n"
        fleet.start_controller()
        fleet.add_agent("web-1")
        eventually("the page is refused twice", lambda: len(webhook.pages("HasMemory")) >= 2)
        fleet.controller.kill()
        refusals = len(webhook.pages("HasMemory"))
        webhook.answer()
        fleet.start_controller()
        eventually("the page arrives", lambda: len(webhook.pages("HasMemory")) > refusals)
        has_settled_its_pages(fleet)
        fleet.controller.kill()
        fleet.start_controller()
        fleet.wait_until_up("web-1")
        has_settled_its_pages(fleet)
        pages = webhook.pages("HasMemory")
        delivered = [page for page in pages if page["answered"] == 200]
        expect(len(delivered) == 1 and len(pages) == refusals + 1,
               f"{len(delivered)} of {len(pages)} posts were taken, {refusals} refused before the kill")
        for what, values in (("fingerprint", {page["body"]["alerts"][0]["fingerprint"] for page in pages}),
                             ("idempotency key", {page["headers"]["idempotency-key"] for page in pages}),
                             ("start", {page["body"]["alerts"][0]["startsAt"] for page in pages})):
            expect(len(values) == 1, f"the {what} differs between attempts: {values}")


class SmallDisk:
    """A tmpfs of 64 MiB."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-disk-"))
        self.filler = self.folder / "filler"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "vigie-test", str(self.folder)],
                              capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"no tmpfs: {done.stderr.strip()} (this test needs root)")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.folder)], capture_output=True, check=False)
        self.folder.rmdir()

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while file.write(bytes(size)):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise


def a_full_disk_stops_nothing_but_writing():
    with SmallDisk() as disk:
        with Fleet(state_dir=disk.folder / "state") as fleet:
            fleet.start_controller()
            fleet.add_agent("web-1")
            eventually("web-1 is stored", lambda: fleet.host("web-1")["metrics_applied"] >= 5)
            disk.fill()
            eventually("the controller notices", lambda: "is full" in fleet.controller.said())
            disk.fill()  # with what the controller's ballast had held: now really nothing is left
            be_away_with_a_full_disk(fleet, disk)
            disk.filler.unlink()
            stood_at = fleet.host("web-1")["metrics_applied"]
            eventually("writing goes on", lambda: fleet.host("web-1")["metrics_applied"] > stood_at + 5)
            eventually("the log tells of it", lambda: "room again" in fleet.controller.said())
            settle(fleet, "web-1")
            check_host(fleet, "web-1")
            expect(os.listdir(disk.folder) == ["state"], "nothing else was written")
            disk.fill()
            eventually("the disk is full again", lambda: fleet.ask("status")["store_full"])
            disk.fill()
            fleet.controller.stop()  # as a service manager does
            expect(fleet.controller.child.returncode == 0, "it ends well while the disk is full")


def a_controller_that_starts_on_a_full_disk_has_its_ballast():
    """Opening the store writes a little, for which nothing is left but the ballast's room."""
    with SmallDisk() as disk:
        with Fleet(state_dir=disk.folder / "state") as fleet:
            fleet.start_controller()
            fleet.add_agent("web-1")
            eventually("web-1 is stored", lambda: fleet.host("web-1")["metrics_applied"] >= 5)
            ballast = fleet.state_dir / "store/ballast"
            expect(ballast.stat().st_size > 0, "there is a ballast")
            fleet.controller.kill()
            disk.fill()
            fleet.start_controller()
            eventually("the controller notices", lambda: fleet.ask("status")["store_full"])
            expect(not ballast.exists(), "the ballast has made room")
            fleet.wait_until_up("web-1")
            expect(len(times_of(fleet, "web-1")) >= 5, "what is stored can be read")
            fleet.controller.kill()  # and once more, without a ballast now
            fleet.start_controller()
            disk.filler.unlink()
            fleet.wait_until_up("web-1")
            stood_at = fleet.host("web-1")["metrics_applied"]
            eventually("writing goes on", lambda: fleet.host("web-1")["metrics_applied"] > stood_at + 5)
            eventually("the ballast is there again", ballast.exists)
            settle(fleet, "web-1")
            check_host(fleet, "web-1")


def be_away_with_a_full_disk(fleet, disk):
    stands_at = fleet.host("web-1")["metrics_applied"]
    time.sleep(AWAY_SECONDS)  # not to synchronise: how long it stays full
    expect(fleet.host("web-1")["metrics_applied"] <= stands_at + 2, "nothing is applied on a full disk")
    expect(fleet.host("web-1")["state"] == "up", "the host is heard all the same")
    expect(len(times_of(fleet, "web-1")) >= 5, "what is stored can be read")
    findings = [row for row in fleet.ask("doctor") if row["state"] != "ok"]
    expect(any(row["check"] == "store" and "full" in str(row) for row in findings), f"doctor tells of it: {findings}")
    refused = fleet.run("vigie", "--socket", fleet.socket, "enrol", "token")
    expect(refused.returncode == 1 and str(disk.folder) in refused.stderr and "full" in refused.stderr,
           f"a change is refused with the reason: {refused.returncode} {refused.stderr}")


if __name__ == "__main__":
    run_cases(what_was_read_while_the_controller_was_away_arrives_once_and_in_order,
              a_silent_host_pages_once_and_its_return_once, a_page_survives_a_kill_before_its_delivery,
              a_full_disk_stops_nothing_but_writing, a_controller_that_starts_on_a_full_disk_has_its_ballast)
