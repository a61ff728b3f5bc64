"""What operators ask in PromQL, of what real agents have measured."""
import json
import subprocess
import time

from fleet import BIN, SECONDS_MAX, Fleet, eventually, expect, refused, run_cases

LOAD = "node_load1"


def query(fleet, *words):
    return fleet.run("vigie", "--socket", fleet.socket, "query", *words)


def what_agents_measured_is_answered():
    with Fleet() as fleet:
        fleet.start_controller()
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
            fleet.wait_until_up(host)

        def rates():
            answer = fleet.ask("query", "sum by (instance) (rate(node_cpu_seconds_total[1m]))")
            expect(answer["resultType"] == "vector", f"an instant gives a vector: {answer}")
            return answer["result"] if len(answer["result"]) == 2 else None
        result = eventually("both hosts have a rate", rates)
        expect([one["metric"] for one in result] == [{"instance": "web-1"}, {"instance": "web-2"}], f"by host: {result}")
        # Processors give at most a second of all modes a second; of how many, the host's own series tell.
        count = fleet.ask("query", "count by (instance) (node_cpu_seconds_total{mode='idle'})")["result"]
        for rate, processors in zip(result, count):
            expect(0 < float(rate["value"][1]) < 1.5 * float(processors["value"][1]), f"{rate} of {processors}")

        done = query(fleet, LOAD)
        expect(done.returncode == 0 and done.stdout.startswith("SERIES"), f"a table: {done.stdout}{done.stderr}")
        expect('node_load1{instance="web-1",job="node"}' in done.stdout, f"its series: {done.stdout}")
        done = query(fleet, LOAD, "--since", "1m", "--step", "1s")
        expect(done.returncode == 0 and "LAST" in done.stdout, f"a table of a range: {done.stdout}{done.stderr}")
        done = query(fleet, LOAD, "--plot", "--since", "1m")
        expect(done.returncode == 0 and "┤" in done.stdout and "a node_load1{" in done.stdout, f"a chart: {done.stdout}")

        said = refused(query(fleet, "rate(node_load1)"), 2, "1:6: parse error", "range vector")
        expect(said.endswith("\n  rate(node_load1)\n       ^\n"), f"the place is shown: {said}")
        done = query(fleet, "rate(node_load1)", "-o", "json")
        expect(json.loads(done.stderr)["error"]["code"] == "malformed", f"an error for scripts: {done.stderr}")
        refused(query(fleet, "sum_over_time(node_load1[1d:1ms])"), 1, "needs more than 5000000 samples", "larger step")


def slow_queries_hold_up_neither_the_controller_nor_its_end():
    with Fleet() as fleet:
        fleet.start_controller()
        # 11,000 times a quantile of 28,800 values: far more than the time that a query may take.
        words = ["query", "quantile_over_time(0.5, vector(1)[8h:1s])", "--since", "11000s", "--step", "1s"]
        refused(fleet.run("vigie", "--socket", fleet.socket, *words, "--timeout", "1s"), 1, "took longer than 1s")
        slow = [subprocess.Popen([str(BIN / "vigie"), "--socket", str(fleet.socket), *words, "--timeout", "25s"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(5)]
        try:
            fifth = eventually("one of five is refused", lambda: [one for one in slow if one.poll() is not None], 20)[0]
            said = fifth.communicate()[1]
            expect(fifth.returncode == 1 and "4 queries run already" in said, f"exit {fifth.returncode}: {said}")
            expect(fleet.ask("status")["version"], "the controller answers meanwhile")
            expect(fleet.ask("alerts", "list") == [], "queries hold up no list of alerts")
            expect(fleet.ask("doctor"), "nor what doctor finds")
            began = time.monotonic()
            fleet.controller.stop()
            expect(time.monotonic() - began < 10, "the end waited for the queries")
            for one in (one for one in slow if one is not fifth):
                expect("without an answer" in one.communicate(timeout=SECONDS_MAX)[1], "a query outlived the controller")
                expect(one.returncode == 5, f"exit {one.returncode}")
        finally:
            for one in slow:
                if one.poll() is None:
                    one.kill()
                    one.wait()


if __name__ == "__main__":
    run_cases(what_agents_measured_is_answered, slow_queries_hold_up_neither_the_controller_nor_its_end)
