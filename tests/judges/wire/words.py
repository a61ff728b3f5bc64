"""A host says what would steer an operator's terminal or forge a line of the log, in every place where it may say something."""
import messages
from agent import unix_ms
from fleet import expect
from streams import deliver_all

# Erase the screen, once with ESC [ and once with U+009B; ring the bell; begin a line of the log.
EVIL = "\x1b[2J\x9b2J\x07\n2026-01-01T00:00:00.000Z info enrolled forged"


def controls_in(text):
    return sorted({letter for letter in text if (ord(letter) < 0x20 and letter != "\n") or 0x7F <= ord(letter) <= 0x9F})


def say_it_everywhere(hosts, agent):
    """Gives the run whose report says it."""
    label = EVIL.replace("\n", "\\n")  # a key of a series is one line, and has this for a line feed
    agent.add_samples(unix_ms(), {f'wire_judge_words{{said="{label}"}}': 1.0, f"bad{EVIL}": 2.0})
    agent.streams[messages.LOGS].add(messages.encode_entry(3, at_unix_ms=unix_ms(), severity=3, source=EVIL, message=EVIL))
    agent.are_reports_held = True
    run = hosts.fleet.ask("jobs", "run", "judge", "--host", "words")["runs"][0]["id"]
    agent.run_until("JOB_START comes", lambda: agent.starts)
    agent.runs[run][1].update(message=EVIL, output_tail=EVIL.encode() + b"\x9b2J",
                              report_json='{"snapshot": "\\u001b[2J", "snapshot_id": "\\u001b[2J", "id": "\\u001b[2J"}')
    agent.report_runs()
    deliver_all(agent)
    return run


def what_a_host_says_steers_no_terminal_and_forges_no_line(hosts):
    fleet = hosts.fleet
    agent = hosts.agent("words", labels={"env": EVIL, EVIL: "env"}, jobs=["judge", EVIL])
    try:
        agent.run_until("a session", lambda: agent.session)
        run = say_it_everywhere(hosts, agent)
    finally:
        agent.end()
    shown = ""
    for words in (["hosts", "list"], ["hosts", "show", "words"], ["metrics", "words"], ["metrics", "words", "wire_judge_words"],
                  ["runs", "list"], ["runs", "show", run], ["alerts", "list"], ["backups", "list"], ["doctor"], ["status"]):
        for look in ("table", "wide", "name"):
            text = fleet.run("vigie", "--socket", fleet.socket, "-o", look, *words).stdout
            expect(not controls_in(text), f"vigie -o {look} {' '.join(words)} prints {controls_in(text)}")
            expect(not any(line.startswith("2026-01-01T") for line in text.splitlines()), f"a forged line in {' '.join(words)}")
            shown += text
    expect("\\x1b[2J" in shown and "\\x9b2J" in shown, "it was not shown at all: nothing is proven")
    log = fleet.controller.said()
    expect("\\x1b[2J" in log, "it was not logged at all: nothing is proven")
    expect(not controls_in(log), f"the controller's log holds {controls_in(log)}")
    expect(not any(line.startswith("2026-01-01T") for line in log.splitlines()), "a forged line in the controller's log")
