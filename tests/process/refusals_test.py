"""What the controller and its command line must refuse, and what a person then reads: every refusal names the thing it is about and what to do, ends with
the documented exit code, and disturbs nobody else."""
import os
import re
import shutil
import subprocess

from fleet import BIN, Fleet, expect, refused, run_cases

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


def a_second_controller_is_refused(fleet):
    same_state = fleet.folder / "same-state.yaml"
    same_state.write_text(fleet.controller_config.read_text()
                          .replace(str(fleet.socket), f"{fleet.folder}/other.sock")
                          .replace(fleet.ports[0], "tcp://127.0.0.1:0").replace(fleet.ports[1], "tcp://127.0.0.1:0"))
    refused(fleet.run("vigie-controller", "run", "--config", same_state), 1,
            f"{fleet.state_dir}/store", "in use by another vigie-controller", f"process {fleet.controller.child.pid}",
            "stop it first")
    same_socket = fleet.folder / "same-socket.yaml"
    same_socket.write_text(same_state.read_text().replace(str(fleet.state_dir), f"{fleet.folder}/other-state")
                           .replace(f"{fleet.folder}/other.sock", str(fleet.socket)))
    refused(fleet.run("vigie-controller", "run", "--config", same_socket), 1, str(fleet.socket), "another")
    same_port = fleet.folder / "same-port.yaml"
    same_port.write_text(same_state.read_text().replace(str(fleet.state_dir), f"{fleet.folder}/third-state")
                         .replace("listen: tcp://127.0.0.1:0", f"listen: {fleet.ports[0]}", 1))
    refused(fleet.run("vigie-controller", "run", "--config", same_port), 1, fleet.ports[0], "in use")
    expect(fleet.controller.is_running(), "the first controller ended")
    fleet.ask("status")


def the_command_line_has_its_exit_codes(fleet):
    socket = ("--socket", fleet.socket)
    nowhere = fleet.folder / "nowhere.sock"
    refused(fleet.run("vigie", "--socket", nowhere, "status"), 5, str(nowhere), "start vigie-controller")
    refused(fleet.run("vigie", *socket, "hosst", "list"), 2, "did you mean 'hosts'")
    for program in ("vigie-controller", "vigie-agent"):
        refused(fleet.run(program, "config", "chek"), 2, f"{program}: unknown command 'chek', did you mean 'check'?")
    refused(fleet.run("vigie", *socket, "-o", "xml", "status"), 2, "table, wide, json or name")
    refused(fleet.run("vigie", *socket, "--since", "soon", "runs", "list"), 2, "--since", "soon")
    fleet.add_agent("web-1")
    refused(fleet.run("vigie", *socket, "hosts", "show", "web-2"), 1, "'web-2'", "did you mean 'web-1'")
    refused(fleet.run("vigie", *socket, "metrics", "web-1", "no_such_metric"), 1, "no_such_metric", "web-1")
    refused(fleet.run("vigie", *socket, "runs", "show", "nothing"), 1, "nothing")
    refused(fleet.run("vigie", *socket, "alerts", "show", "nothing"), 1, "nothing")
    refused(fleet.run("vigie", *socket, "jobs", "run", "nothing"), 2, "--host", "--all")
    refused(fleet.run("vigie", *socket, "jobs", "run", "nothing", "--all"), 1, "'nothing'")
    refused(fleet.run("vigie", *socket, "jobs", "run", "nothing", "-l", "env=prod"), 1, "no host fits -l env=prod")
    refused(fleet.run("vigie", *socket, "runs", "list", "--state", "done"), 2, "'done'")
    refused(fleet.run("vigie", *socket, "hosts", "list", "--since", "1h"), 2, "--since")
    said = refused(fleet.run("vigie", *socket, "-o", "json", "hosts", "show", "web-2"), 1, '"error"')
    expect(said.strip().startswith("{"), f"an error in JSON: {said}")


def another_user_may_look_but_not_touch(fleet):
    expect(os.geteuid() == 0, "another_user_may_look_but_not_touch becomes another user: run the tests as root")
    client = fleet.folder / "vigie"
    shutil.copy(BIN / "vigie", client)
    fleet.folder.chmod(0o755)

    def as_nobody(*words):
        return subprocess.run([*NOBODY, str(client), "--socket", str(fleet.socket), *words], capture_output=True,
                              text=True, timeout=60, check=False)
    refused(as_nobody("status"), 4, str(fleet.socket), "permission denied", "operators' group")
    fleet.socket.chmod(0o666)
    expect(as_nobody("status").returncode == 0, "a viewer may ask for the status")
    refused(as_nobody("enrol", "token"), 4, "enrol.token", "role admin", "uid 65534")
    refused(as_nobody("jobs", "run", "backup", "--all"), 4, "jobs.run", "role operator")


def a_live_controller_refuses():
    with Fleet() as fleet:
        fleet.start_controller()
        a_second_controller_is_refused(fleet)
        the_command_line_has_its_exit_codes(fleet)
        another_user_may_look_but_not_touch(fleet)


BAD_RULE = """groups:
- name: g
  rules:
  - alert: TooHot
    expr: node_load1 >> 4
"""
BAD_CONTROLLER_CONFIGS = (
    ("state_dri: /x\n", (":1: ", "'state_dri'", "did you mean 'state_dir'")),
    ("webhooks:\n- name: on-call\n  url: ftp://example.org\n", (":3: ", "url", "https://")),
    ("webhooks:\n- name: on-call\n", (":2: ", "either url or url_file")),
    ("schedules:\n- name: nightly\n  job: backup\n  when: 25:99\n", ("'nightly'", "when", "25:99")),
    ("schedules:\n- name: nightly\n  job: backup\n  wehn: daily\n", (":4: ", "'wehn'", "did you mean 'when'")),
    ("heartbeat_interval: fast\n", (":1: ", "heartbeat_interval", "fast")),
    ("listen: [1, 2]\n", (":1: ", "listen")),
    ("listen: {\n", (":2",)),
    ("log_level: loud\n", ("loud", "debug, info, warning")),
    ("listen: nowhere\n", ("nowhere", "tcp://HOST:PORT")),
    ("rule_files: [RULES]\n", (".rules:5:23: ", "expr", "'>'")),
    ("rule_files: [/nonexistent/rules.yaml]\n", (":1: rule_files: ", "/nonexistent/rules.yaml")),
    ("webhooks:\n- name: on-call\n  url_file: /nonexistent/url\n", (":3: url_file: ", "/nonexistent/url")),
)
BAD_AGENT_CONFIGS = (
    ("intervall: 10s\n", (":1: ", "'intervall'", "did you mean 'interval'")),
    ("interval: 1ms\n", (":1: ", "interval", "between 200ms and 5m")),
    ("jobs:\n- name: b\n  kind: backup\n  repository: /r\n  paths: [/etc]\n", (":2: ", "password_file")),
    ("jobs:\n- name: b\n  kind: bakcup\n", (":3: ", "kind", "backup, rotate or command")),
    ("jobs:\n- name: a\n  kind: command\n  command: [/bin/true]\n- name: a\n  kind: command\n  command: [/bin/true]\n",
     (":5: ", "'a'", "twice")),
    ("log_level: loud\n", ("loud", "debug, info, warning")),
    ("controller: nowhere\n", (":1: ", "controller", "nowhere")),
)


def bad_configurations_are_refused_before_anything_starts():
    with Fleet() as fleet:
        rules = fleet.folder / "bad.rules"
        rules.write_text(BAD_RULE)
        for program, cases in (("vigie-controller", BAD_CONTROLLER_CONFIGS), ("vigie-agent", BAD_AGENT_CONFIGS)):
            for number, (text, words) in enumerate(cases):
                path = fleet.folder / f"{program}-{number}.yaml"
                path.write_text(f"state_dir: {fleet.folder}/none\n" * ("state_d" not in text) + text.replace("RULES", str(rules)))
                lines = 0 if "state_d" in text else 1
                wanted = [re.sub(r"^:(\d+)", lambda at: f"{path}:{int(at[1]) + lines}", word) for word in words]
                refused(fleet.run(program, "config", "check", path), 1, *wanted)
                refused(fleet.run(program, "run", "--config", path), 1, *wanted)
        expect(not (fleet.folder / "none").exists(), "a refused configuration made a state folder")
        missing = fleet.folder / "missing.yaml"
        refused(fleet.run("vigie-controller", "config", "check", missing), 1, str(missing))
        refused(fleet.run("vigie-agent", "config", "check", missing), 1, str(missing))
        fleet.write_controller_config()
        done = fleet.run("vigie-controller", "config", "check", fleet.controller_config)
        expect(done.returncode == 0 and "good" in done.stdout, f"a good configuration: {done.stderr}")
        done = fleet.run("vigie-agent", "config", "check", fleet.write_agent_config("web-1"))
        expect(done.returncode == 0 and "good" in done.stdout, f"a good configuration: {done.stderr}")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def set_schema_version(log, version):
    """Changes the row in RocksDB's write-ahead log (format: docs of LevelDB, doc/log_format.md), with a right checksum."""
    content = bytearray(log.read_bytes())
    key = content.index(b"schema_version")
    value = key + len(b"schema_version") + 1  # after the length of the value
    expect(content[value - 1] == 4, "the row has another form")
    content[value:value + 4] = version.to_bytes(4, "big")
    at = 0
    while True:
        size = int.from_bytes(content[at + 4:at + 6], "little")
        if at + 7 <= key < at + 7 + size:
            break
        at += 7 + size
    crc = crc32c(content[at + 6:at + 7 + size])
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    content[at:at + 4] = masked.to_bytes(4, "little")
    log.write_bytes(content)


def a_state_of_a_newer_version_is_refused():
    with Fleet() as fleet:
        fleet.start_controller()
        fleet.controller.kill()
        log = next(path for path in (fleet.state_dir / "store/db").glob("*.log") if b"schema_version" in path.read_bytes())
        set_schema_version(log, 99)
        refused(fleet.run("vigie-controller", "run", "--config", fleet.controller_config), 1,
                str(fleet.state_dir), "schema version 99", "upgrade")


def a_damaged_store_is_named_and_ends_the_controller():
    with Fleet() as fleet:
        fleet.start_controller()
        fleet.add_agent("web-1")
        fleet.wait_until_up("web-1")
        fleet.agents["web-1"].stop()
        fleet.controller.stop()
        fleet.start_controller()  # recovery writes what the log held into tables
        fleet.controller.stop()
        good = fleet.folder / "good"
        shutil.copytree(fleet.state_dir, good)
        damages = 0
        for pattern in ("CURRENT", "MANIFEST-*", "*.sst"):
            for victim in (fleet.state_dir / "store/db").glob(pattern):
                size = victim.stat().st_size
                with open(victim, "r+b") as file:
                    file.write(os.urandom(min(size, 4096)))
                done = fleet.run("vigie-controller", "run", "--config", fleet.controller_config)
                refused(done, 1, f"{fleet.state_dir}/store", "restore")
                damages += 1
                shutil.rmtree(fleet.state_dir)
                shutil.copytree(good, fleet.state_dir)
                if pattern == "*.sst":
                    break
        expect(damages == 3, f"{damages} damages tried")
        fleet.start_controller()


if __name__ == "__main__":
    run_cases(a_live_controller_refuses, bad_configurations_are_refused_before_anything_starts,
              a_state_of_a_newer_version_is_refused, a_damaged_store_is_named_and_ends_the_controller)
