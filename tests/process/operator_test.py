"""What an operator meets when something went wrong: a lost key, a moved state folder, an empty store, a run that fails or waits."""
import json
import shutil

from fleet import Fleet, eventually, expect, refused, run_cases

JOBS = """jobs:
- name: fails
  kind: command
  command: [/bin/sh, -c, "echo looked at 3 files; echo 'no space on /srv' >&2; exit 7"]
- name: part
  kind: command
  command: [/bin/sh, -c, "echo one of two; exit 3"]
- name: hangs
  kind: command
  command: [/bin/sleep, "300"]
- name: no-repository
  kind: backup
  repository: FOLDER/nowhere
  password_file: FOLDER/password
  paths: [/etc/hostname]
"""


def start_with_agent(fleet, extra=""):
    fleet.start_controller()
    fleet.add_agent("web-1", extra)
    fleet.wait_until_up("web-1")


def finding(fleet, check):
    done = fleet.run("vigie", "--socket", fleet.socket, "-o", "json", "doctor")
    return next(row for row in json.loads(done.stdout) if row["check"] == check)


def a_lost_key_locks_nobody_out_in_silence():
    with Fleet() as fleet:
        start_with_agent(fleet)
        key = fleet.state_dir / "controller.key"
        refused(fleet.run("vigie-controller", "key", "make", "--config", fleet.controller_config), 1, str(key), "lock out")
        fleet.controller.stop()
        kept = key.read_bytes()
        key.unlink()
        refused(fleet.run("vigie-controller", "run", "--config", fleet.controller_config), 1, str(key),
                "1 enrolled host trusts that key", "restore the file from a backup", "vigie-controller key make")
        expect(not key.exists(), "a refused start made a key")
        key.write_bytes(kept)
        key.chmod(0o600)
        fleet.start_controller()
        fleet.wait_until_up("web-1")
        fleet.controller.stop()
        key.unlink()
        done = fleet.run("vigie-controller", "key", "make", "--config", fleet.controller_config)
        expect(done.returncode == 0, f"a new key on request: {done.stderr}")
        status = fleet.start_controller()
        expect(status["public_key"] in done.stdout, f"the new key is told: {done.stdout}")
        fleet.agents["web-1"].stop()
        (fleet.folder / "web-1/identity/identity.yaml").unlink()  # its own key stays
        done = fleet.enrol("web-1")
        expect(done.returncode == 0, f"enrolling the host again: {done.stderr}")
        fleet.agents["web-1"].start()
        eventually("the host is connected again", lambda: fleet.host("web-1")["is_connected"])


def doctor_notices_a_state_folder_that_is_not_the_right_one():
    with Fleet() as fleet:
        start_with_agent(fleet)
        expect(finding(fleet, "store")["state"] == "ok", "a store in its place is good")
        expect(finding(fleet, "keys")["state"] == "ok", "known keys are good")
        moved = fleet.folder / "moved"
        fleet.state_dir.rename(moved)
        found = finding(fleet, "store")
        expect(found["state"] == "warning" and "moved or removed" in found["detail"], f"doctor says {found}")
        fleet.controller.stop()
        fleet.state_dir.mkdir(mode=0o700)
        shutil.copy(moved / "controller.key", fleet.state_dir)
        fleet.start_controller()  # the right key, and a store that knows nobody

        def told():
            found = finding(fleet, "keys")
            return found["state"] == "warning" and found
        found = eventually("the host that nobody knows is told of", told)
        expect("no host is enrolled" in found["detail"] and "state_dir" in found["advice"], f"doctor says {found}")


def run_to_its_end(fleet, job, state):
    run = fleet.ask("jobs", "run", job, "--host", "web-1")["runs"][0]

    def ended():
        shown = fleet.ask("runs", "show", run["id"])
        return shown if shown["state"] == state else None
    return eventually(f"{job} has {state}", ended)


def a_run_says_why_it_failed_and_what_it_printed():
    with Fleet() as fleet:
        (fleet.folder / "password").write_text("secret\n")
        (fleet.folder / "password").chmod(0o600)
        start_with_agent(fleet, JOBS.replace("FOLDER", str(fleet.folder)))
        shown = run_to_its_end(fleet, "fails", "failed")
        expect(shown["message"] == "exited with status 7: no space on /srv", f"it says {shown['message']}")
        expect(shown["output_tail"] == "looked at 3 files\nno space on /srv\n", f"it printed {shown['output_tail']}")
        shown = run_to_its_end(fleet, "part", "partial")
        expect(shown["exit_code"] == 3 and shown["output_tail"] == "one of two\n", f"in part: {shown}")
        shown = run_to_its_end(fleet, "no-repository", "failed")
        expect(str(fleet.folder / "nowhere") in shown["message"] and "{" not in shown["message"],
               f"the worker's own sentence: {shown['message']}")
        done = fleet.run("vigie", "--socket", fleet.socket, "runs", "show", shown["id"][:len(shown["short_id"])])
        expect(done.returncode == 0 and "\noutput\n" in done.stdout, f"a page for people: {done.stdout}{done.stderr}")


def a_run_is_given_up_before_and_while_it_runs():
    with Fleet() as fleet:
        start_with_agent(fleet, JOBS.replace("FOLDER", str(fleet.folder)))
        run = fleet.ask("jobs", "run", "hangs", "--host", "web-1")["runs"][0]
        expect(run["note"] == "", f"it goes out at once: {run}")
        eventually("it runs", lambda: fleet.ask("runs", "show", run["id"])["state"] == "running")
        fleet.ask("runs", "cancel", run["id"])
        eventually("its host ended it", lambda: fleet.ask("runs", "show", run["id"])["state"] == "cancelled")
        fleet.agents["web-1"].stop()
        eventually("the host is gone", lambda: not fleet.host("web-1")["is_connected"])
        run = fleet.ask("jobs", "run", "hangs", "--all")["runs"][0]
        expect("waits until it connects" in run["note"], f"it says that it waits: {run}")
        said = fleet.ask("runs", "cancel", run["id"])
        expect("had not been sent" in said["note"], f"it says what became of it: {said}")
        expect(fleet.ask("runs", "show", run["id"])["state"] == "cancelled", "it never runs")


if __name__ == "__main__":
    run_cases(a_lost_key_locks_nobody_out_in_silence, doctor_notices_a_state_folder_that_is_not_the_right_one,
              a_run_says_why_it_failed_and_what_it_printed, a_run_is_given_up_before_and_while_it_runs)
