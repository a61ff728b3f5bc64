"""What an agent does on its streams and with jobs: it goes back, tells of gaps, keeps its credit, answers a start once."""
import shutil

from agent import unix_ms
from fleet import expect

# An entry of 5,000 series is about 190 KiB, forty of them 7.6 MiB: more than any window.
BIG_SERIES = 5000
BIG_ENTRIES = 40


def deliver_all(agent, seconds=60):
    agent.run_until("all is acknowledged", lambda: agent.session and all(
        stream.acked == stream.next_seq - 1 for stream in agent.streams.values()), seconds)


def points_of(fleet, host, name="wire_judge_sample"):
    series = fleet.ask("metrics", host, name, "--since", "1h")["series"]
    return [[at, float(value)] for one in series for at, value in one["points"]]


def events_of(fleet, host, kind):
    return [event["message"] for event in fleet.ask("hosts", "show", host)["events"] if event["kind"] == kind]


def add_numbered(agent, numbers, began_at):
    for number in numbers:
        agent.add_samples(began_at + number, {"wire_judge_sample": float(number)})


def go_back_is_followed(hosts, agent):
    began_at = unix_ms() - 60_000
    agent.lost_on_purpose = {3, 7}
    add_numbered(agent, range(1, 21), began_at)
    deliver_all(agent)
    expect((1, 3) in agent.go_backs, f"GO_BACKs {agent.go_backs} for a lost entry 3")
    expect(points_of(hosts.fleet, "streams") == [[began_at + i, float(i)] for i in range(1, 21)], "what was lost is not stored once")


def a_gap_is_taken_and_shown(hosts, agent):
    metrics = agent.streams[1]
    first = metrics.next_seq
    add_numbered(agent, range(10), unix_ms() - 30_000)
    for seq in range(first + 2, first + 6):
        del metrics.entries[seq]  # as if the outbox had been full
    deliver_all(agent)
    expect(agent.gaps_sent[-1] == (1, first + 2, first + 5), f"GAPs {agent.gaps_sent}")
    told = events_of(hosts.fleet, "streams", "gap")
    expect(any(f"entries {first + 2} to {first + 5} " in message for message in told), f"vigie shows the gaps {told}")


def an_agent_of_a_backup_takes_a_new_incarnation(hosts, agent):
    metrics = agent.streams[1]
    add_numbered(agent, range(2), unix_ms() - 20_000)
    deliver_all(agent)
    incarnation, before = metrics.incarnation, len(points_of(hosts.fleet, "streams"))
    metrics.next_seq = metrics.acked = 3  # the outbox of a while ago, in which 3 is the next number
    add_numbered(agent, range(3), unix_ms() - 10_000)
    del metrics.entries[3]  # 4 and 5 are held, and other entries have these numbers at the controller
    agent.close()
    deliver_all(agent)
    expect(metrics.incarnation != incarnation and metrics.next_seq == 3, "the agent kept its incarnation")
    expect(len(points_of(hosts.fleet, "streams")) == before + 2, "two entries were to be stored more")


def a_controller_of_a_backup_is_told_of_the_gap(hosts, agent):
    fleet, metrics = hosts.fleet, agent.streams[1]
    fleet.controller.stop()
    saved = fleet.folder / "saved"
    shutil.copytree(fleet.state_dir, saved)
    fleet.start_controller()
    first = metrics.next_seq
    add_numbered(agent, range(100, 110), unix_ms() - 5_000)
    deliver_all(agent)
    fleet.controller.kill()
    shutil.rmtree(fleet.state_dir)
    saved.rename(fleet.state_dir)
    fleet.start_controller()
    agent.run_until("a GAP is sent", lambda: agent.gaps_sent and agent.gaps_sent[-1] == (1, first, first + 9))
    add_numbered(agent, [200], unix_ms())
    deliver_all(agent)
    told = events_of(fleet, "streams", "gap")
    expect(any(f"entries {first} to {first + 9} " in message for message in told), f"vigie shows the gaps {told}")


def add_big(agent, began_at):
    """Entries of many series, each with a time of its own."""
    for number in range(BIG_ENTRIES):
        series = {f'wire_judge_big{{place="{i:04}"}}': float(i) for i in range(BIG_SERIES)}
        agent.add_samples(began_at + number, {**series, "wire_judge_entry": float(number)})


def credit_is_kept_and_given_back(agent):
    add_big(agent, unix_ms() - 60_000)
    deliver_all(agent)
    expect(agent.waits_for_credit > 0 and agent.over_credit == 0, "the window was never full: nothing is shown")
    expect(max(agent.windows) <= 4 << 20, f"windows {agent.windows}")


def what_is_over_the_window_comes_again(hosts, agent):
    agent.is_credit_ignored = True
    add_big(agent, unix_ms() - 30_000)
    deliver_all(agent)
    expect(agent.over_credit > 0, "the agent kept its credit: nothing is shown")
    stored = points_of(hosts.fleet, "credit", "wire_judge_entry")
    expect(len(stored) == 2 * BIG_ENTRIES, f"{len(stored)} of {2 * BIG_ENTRIES} entries are stored")


# --- jobs -----------------------------------------------------------------------------------------------------------------


def a_start_is_answered_by_a_run_report(hosts, agent):
    run = hosts.fleet.ask("jobs", "run", "judge", "--host", "streams")["runs"][0]["id"]
    agent.run_until("JOB_START comes", lambda: agent.starts)
    deliver_all(agent)
    shown = hosts.fleet.ask("runs", "show", run)
    expect(shown["state"] == "succeeded" and shown["output_tail"] == "the judge ran\n" and
           shown["message"] == "done by the judge", f"run {shown}")


def a_start_comes_again_and_starts_nothing_twice(hosts, agent):
    agent.are_reports_held = True
    run = hosts.fleet.ask("jobs", "run", "judge", "--host", "streams")["runs"][0]["id"]
    agent.run_until("JOB_START comes", lambda: agent.starts[-1][0] == run)
    agent.close()
    agent.run_until("JOB_START comes again", lambda: [start[0] for start in agent.starts].count(run) == 2)
    expect(agent.starts[-1] == agent.starts[-2], f"another fence: {agent.starts[-2:]}")
    agent.report_runs()
    deliver_all(agent)
    shown = hosts.fleet.ask("runs", "show", run)
    expect(shown["state"] == "succeeded", f"run {shown}")


def a_job_that_is_not_configured_any_more_is_refused(hosts, agent):
    agent.jobs.remove("gone")  # HELLO named it: vigie refuses a job that the host has not told of
    run = hosts.fleet.ask("jobs", "run", "gone", "--host", "streams")["runs"][0]["id"]
    agent.run_until("JOB_START comes", lambda: agent.starts[-1][0] == run)
    deliver_all(agent)
    expect(hosts.fleet.ask("runs", "show", run)["state"] == "refused", "the run is not refused")


def judge_streams(judge, hosts):
    agent = hosts.agent("streams", jobs=["judge", "gone"])
    agent.run_until("a session", lambda: agent.session)
    for case in (go_back_is_followed, a_gap_is_taken_and_shown, a_start_is_answered_by_a_run_report,
                 a_start_comes_again_and_starts_nothing_twice, a_job_that_is_not_configured_any_more_is_refused,
                 an_agent_of_a_backup_takes_a_new_incarnation, a_controller_of_a_backup_is_told_of_the_gap):
        judge.check(case.__name__, lambda case=case: case(hosts, agent))
    agent.end()
    agent = hosts.agent("credit")
    judge.check("credit_is_kept_and_given_back", lambda: credit_is_kept_and_given_back(agent))
    judge.check("what_is_over_the_window_comes_again", lambda: what_is_over_the_window_comes_again(hosts, agent))
    agent.end()
