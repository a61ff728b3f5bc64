"""The controller's HTTP port: what clients of Prometheus get there, and what clients that do wrong cannot do."""
import subprocess
import time
import urllib.parse

from fleet import Fleet, eventually, expect, refused, run_cases
from http_client import Port, rest_of

HTTP = "http: {listen: '127.0.0.1:0'}\n"
# 11,000 times a quantile of 28,800 values: far more than the time that a query may take.
SLOW = "/api/v1/query_range?" + urllib.parse.urlencode(
    {"query": "quantile_over_time(0.5, vector(1)[8h:1s])", "start": 0, "end": 11000, "step": 1})
QUICK = "/api/v1/query?query=1"


def port_of(fleet, token=None):
    return Port(fleet.ask("status")["http_endpoint"], token)


def started(fleet):
    fleet.start_controller()
    return port_of(fleet)


def what_agents_measured_is_answered():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        for host in ("web-1", "web-2"):
            fleet.add_agent(host)
            fleet.wait_until_up(host)
        query = "sum by (instance) (rate(node_cpu_seconds_total[1m]))"

        def rates():
            data = port.data("/api/v1/query", urllib.parse.urlencode({"query": query}))
            return data if len(data["result"]) == 2 else None
        data = eventually("both hosts have a rate", rates)
        expect([one["metric"] for one in data["result"]] == [{"instance": "web-1"}, {"instance": "web-2"}], f"{data}")
        expect(port.data("/api/v1/label/instance/values") == ["web-1", "web-2"], "hosts are values of instance")
        now = time.time()
        within = f"start={now - 600}&end={now}"
        expect(port.data(f"/api/v1/label/instance/values?match[]=node_load1&{within}") == ["web-1", "web-2"], "in time")
        expect(port.data("/api/v1/series?match[]=node_load1&start=1&end=2") == [], "not at the beginning of time")
        expect({"__name__", "instance", "job"} <= set(port.data("/api/v1/labels")), "labels")
        series = port.data(f"/api/v1/series?match[]=node_load1&{within}")
        expect([one["instance"] for one in series] == ["web-1", "web-2"], f"series: {series}")
        expect(port.data("/api/v1/metadata?metric=node_load1")["node_load1"][0]["type"] == "gauge", "metadata")


def wrong_requests_are_told_in_the_form_of_prometheus():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        port.refused("/api/v1/query?query=sum(", 400, "bad_data")
        port.refused("/api/v1/query?query=vector(1)%2Bon()group_left()(vector(1)or+label_replace(vector(2),'a','b','',''))",
                     422, "execution")
        port.refused("/api/v1/query?query=1&timeout=0", 503, "timeout")
        port.refused("/api/v1/nothing", 404, "not_found")
        port.refused("/api/v1/query", 405, "method_not_allowed", method="PUT")
        port.refused(QUICK, 421, "misdirected", headers={"Host": "evil.example"})
        port.refused("/api/v1/query", 413, "bad_data", body="query=" + "1" * (1 << 20))
        expect(port.ask(QUICK, headers={"Origin": "http://evil.example"})[1].keys() & {"Access-Control-Allow-Origin"}
               == set(), "no page of elsewhere may read answers")
        with port.open(b"GET " + QUICK.encode() + b" HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000) as line:
            expect(b" 431 " in rest_of(line), "a head that is too large")
        with port.open(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") as line:  # TLS
            expect(b"200 OK" not in rest_of(line), "what is no HTTP")
        expect(port.ask("/-/healthy")[0] == 200 and port.ask("/-/ready")[0] == 200, "it lives on")


def silent_and_slow_clients_disturb_nobody():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        silent = [port.open() for _ in range(50)]
        half = [port.open(b"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nqu") for _ in range(50)]
        began = time.monotonic()
        for _ in range(50):
            expect(port.ask(QUICK)[0] == 200, "an answer among silent clients")
        expect(time.monotonic() - began < 5, "silent clients slow others down")
        # More than there is room for: those who only listen make way.
        crowd = [port.open() for _ in range(300)]
        eventually("an answer in a crowd", lambda: port.ask(QUICK)[0] == 200)
        for line in silent + half + crowd:
            line.close()


def a_client_that_leaves_ends_its_query():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        waiting = [port.open(f"GET {SLOW} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) for _ in range(4)]
        # Operators' queries are refused while the pool has no thread free.
        busy = ("vigie", "--socket", fleet.socket, "query", "1")
        eventually("the pool is busy", lambda: fleet.run(*busy).returncode == 1)
        for line in waiting:
            line.close()
        eventually("there is room again", lambda: fleet.run(*busy).returncode == 0, 5)


def many_queries_at_once_wait_for_each_other():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        one = b"GET /api/v1/query?query=sum_over_time(vector(1)[1h:100ms])&time=1000000.05 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        lines = [port.open(one) for _ in range(40)]
        answers = [rest_of(line) for line in lines]
        expect(all(b'"36000"' in answer for answer in answers), f"all are answered: {answers[-1]!r}")
        for line in lines:
            line.close()
        slow = [port.open(f"GET {SLOW}&timeout=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()) for _ in range(5)]
        answers = [rest_of(line) for line in slow]
        expect(all(b" 503 " in answer and b'"timeout"' in answer for answer in answers), f"none is answered: {answers}")


def a_controller_ends_while_queries_run():
    with Fleet(HTTP) as fleet:
        port = started(fleet)
        line = port.open(f"GET {SLOW} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        expect(port.ask(QUICK)[0] == 200, "it answers")
        began = time.monotonic()
        fleet.controller.stop()
        expect(time.monotonic() - began < 10, "the end waited for a query")
        expect(rest_of(line) == b"", "no half of an answer")


def other_machines_need_the_token():
    with Fleet() as fleet:
        token = fleet.folder / "http.token"
        token.write_text("s3cret-s3cret-s3cret\n")
        token.chmod(0o600)
        fleet.controller_extra = "http: {listen: '0.0.0.0:0'}\n"
        fleet.write_controller_config()
        check = ("vigie-controller", "config", "check", fleet.controller_config)
        refused(fleet.run(*check), 1, "http: listen: other machines reach 0.0.0.0:0", "token_file")
        refused(fleet.run("vigie-controller", "run", "--config", fleet.controller_config), 1, "other machines reach")
        fleet.controller_extra = f"http: {{listen: '0.0.0.0:0', token_file: {token}}}\n"
        token.chmod(0o644)
        fleet.write_controller_config()
        refused(fleet.run(*check), 1, "http.token")
        token.chmod(0o600)
        expect(fleet.run(*check).returncode == 0, "a token makes it good")
        fleet.start_controller()
        port = port_of(fleet, "s3cret-s3cret-s3cret")
        expect(port.data(QUICK)["result"][1] == "1", "with the token")
        expect(port.ask(QUICK, headers={"Host": "any.example"})[0] == 200, "under any name")
        for wrong in (None, "s3cret-s3cret-s3cre", "S3cret-s3cret-s3cret"):
            port_of(fleet, wrong).refused(QUICK, 401, "unauthorized")
        status, headers, _ = port_of(fleet).ask(QUICK)
        expect(status == 401 and "Bearer" in headers["WWW-Authenticate"], f"asks for a token: {headers}")
        expect(port_of(fleet).ask("/-/ready")[0] == 200, "health needs none")
        expect("s3cret" not in fleet.controller.said(), "the token is in the log")
        command = subprocess.run(["ps", "-o", "args=", "-p", str(fleet.controller.child.pid)], capture_output=True, text=True)
        expect("s3cret" not in command.stdout, "the token is among the arguments")


def two_controllers_want_one_port():
    with Fleet(HTTP) as first:
        port = first.start_controller() and first.ask("status")["http_endpoint"]
        with Fleet(f"http: {{listen: '{port}'}}\n") as second:
            second.write_controller_config()
            refused(second.run("vigie-controller", "run", "--config", second.controller_config), 1, f"listen on {port}")


if __name__ == "__main__":
    run_cases(what_agents_measured_is_answered, wrong_requests_are_told_in_the_form_of_prometheus,
              silent_and_slow_clients_disturb_nobody, a_client_that_leaves_ends_its_query,
              many_queries_at_once_wait_for_each_other, a_controller_ends_while_queries_run,
              other_machines_need_the_token, two_controllers_want_one_port)
