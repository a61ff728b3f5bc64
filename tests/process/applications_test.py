"""What applications send to a real agent, expose to it, and push into it is answered by `vigie query`."""
import base64
import http.server
import re
import signal
import socket
import ssl
import threading

from certificates import certificate_of
from fleet import Fleet, eventually, expect, refused, run_cases


def value_of(fleet, expression):
    """The one value of an expression, or None while there is none."""
    result = fleet.ask("query", expression)["result"]
    expect(len(result) < 2, f"{expression}: more than one series: {result}")
    return float(result[0]["value"][1]) if result else None


def wait_for(fleet, expression, value):
    eventually(f"{expression} is {value}", lambda: value_of(fleet, expression) == value)


def start(fleet, config):
    fleet.start_controller()
    fleet.add_agent("web-1", config)
    fleet.wait_until_up("web-1")


def send(to, text):
    with socket.socket(socket.AF_UNIX if isinstance(to, str) else socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(text.encode(), to)


def statsd_over_both_sockets_is_answered():
    with Fleet() as fleet:
        path = str(fleet.folder / "statsd")
        start(fleet, f"statsd: {{socket: {path}, listen: 'udp://127.0.0.1:0', series_max: 20}}\n")
        port = int(re.search(r"udp_port=(\d+)", fleet.agents["web-1"].said()).group(1))
        send(path, "shop.orders:2|c|#payment:card\nnonsense\nshop.queue_size:12|g")
        send(("127.0.0.1", port), "shop.orders:3|c|@0.5|#payment:card\nshop.queue_size:-2|g\nshop.wait:250|ms")
        wait_for(fleet, 'shop_orders{instance="web-1",payment="card"}', 8)
        wait_for(fleet, "shop_queue_size", 10)
        wait_for(fleet, "shop_wait_sum", 0.25)
        wait_for(fleet, 'vigie_statsd_refused_total{reason="malformed_line"}', 1)

        # One that explodes meets its cap, is told of, and takes nobody's place.
        send(path, "\n".join(f"shop.hits:1|c|#user:{user}" for user in range(100)))
        wait_for(fleet, 'vigie_app_series{source="statsd"}', 20)
        wait_for(fleet, 'vigie_statsd_refused_total{reason="series_limit"}', 87)
        expect(value_of(fleet, "count(node_load1)") == 1, "the host's own series stay")
        told = eventually("an event tells it", lambda: [
            event for event in fleet.ask("hosts", "show", "web-1")["events"] if "label user" in event["message"]])
        expect("statsd: the label user has the most values, 1" in told[0]["message"], f"{told}")
        expect("; 87 series or values are left out" in told[0]["message"], f"{told}")

        # A configuration without the section closes it; the series end.
        fleet.write_agent_config("web-1")
        fleet.agents["web-1"].child.send_signal(signal.SIGHUP)
        eventually("the series end", lambda: value_of(fleet, "shop_queue_size") is None)


class Shop(http.server.BaseHTTPRequestHandler):
    """A web application with two metrics and OpenMetrics' strictness."""
    protocol_version = "HTTP/1.1"
    text = '# TYPE shop_users gauge\nshop_users{job="own"} 5\n# TYPE shop_mails counter\nshop_mails_total 7\n# EOF\n'

    def do_GET(self):
        body = self.text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (body[:10], body[10:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def a_scraped_server_is_answered_and_its_end_is_seen():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server, Fleet() as fleet:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        start(fleet, f"scrape:\n- {{job: shop, url: 'http://127.0.0.1:{port}', interval: 1s, labels: {{env: prod}}}}\n")
        wait_for(fleet, f'shop_mails_total{{env="prod",exported_instance="127.0.0.1:{port}",job="shop"}}', 7)
        wait_for(fleet, 'shop_users{exported_job="own",job="shop"}', 5)
        wait_for(fleet, 'up{job="shop",instance="web-1"}', 1)
        wait_for(fleet, "scrape_samples_scraped", 2)
        server.shutdown()
        server.server_close()
        wait_for(fleet, 'up{job="shop"}', 0)
        eventually("its series are stale", lambda: value_of(fleet, "shop_users") is None)


class PrivateShop(Shop):
    """The same for whoever has the token, or anna's password."""
    let_in = ("Bearer t0ken-of-the-test", "Basic " + base64.b64encode(b"anna:hunter2-of-the-test").decode())

    def do_GET(self):
        if self.headers.get("Authorization") in self.let_in:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()


def secret_file(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def targets_over_https_are_trusted_by_name_and_told_our_secrets():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), PrivateShop) as server, Fleet() as fleet:
        certificate, key = certificate_of(fleet.folder, 2)  # for localhost and 127.0.0.1
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        token = secret_file(fleet.folder / "token", "t0ken-of-the-test\n")
        password = secret_file(fleet.folder / "password", "hunter2-of-the-test\n")
        url = f"https://127.0.0.1:{server.server_address[1]}"
        targets = {
            "by_token": f"ca_file: {certificate}, token_file: {token}",
            "by_password": f"ca_file: {certificate}, user: anna, password_file: {password}",
            "by_name": f"ca_file: {certificate}, token_file: {token}, server_name: localhost",
            "without_secret": f"ca_file: {certificate}",
            "other_name": f"ca_file: {certificate}, token_file: {token}, server_name: shop.example.org",
            "untrusted": f"token_file: {token}",
        }
        start(fleet, "scrape:\n" + "".join(f"- {{job: {job}, url: '{url}', interval: 5s, {more}}}\n" for job, more in targets.items()))
        for job in ("by_token", "by_password", "by_name"):
            wait_for(fleet, f'up{{job="{job}"}}', 1)
            wait_for(fleet, f'shop_mails_total{{job="{job}"}}', 7)
        for job in ("without_secret", "other_name", "untrusted"):
            wait_for(fleet, f'up{{job="{job}"}}', 0)
        said = fleet.agents["web-1"].said()
        expect("shop.example.org" in said and "certificate" in said, f"the log says why: {said}")
        expect("t0ken" not in said and "hunter2" not in said, "no secret stands in the log")


def a_port_that_is_taken_costs_the_host_nothing():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, Fleet() as fleet:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        start(fleet, f"statsd: {{listen: 'udp://127.0.0.1:{port}'}}\n")
        eventually("the host's own series come", lambda: value_of(fleet, "node_load1") is not None)
        eventually("an event tells it", lambda: [
            event for event in fleet.ask("hosts", "show", "web-1")["events"] if f"listen on udp://127.0.0.1:{port}" in event["message"]])
        taken.close()
        eventually("it listens", lambda: "statsd listens" in fleet.agents["web-1"].said())
        wait_for(fleet, 'vigie_app_series{source="statsd"}', 0)
        send(("127.0.0.1", port), "hits:1|c")
        wait_for(fleet, "hits", 1)


def push(fleet, *words):
    return fleet.run("vigie-agent", "push", *words, "--config", fleet.folder / "web-1.yaml")


def a_push_is_acknowledged_and_answered():
    with Fleet() as fleet:
        path = fleet.folder / "push"
        start(fleet, f"push: {{socket: {path}, series_max: 3}}\n")
        for words in (["backup_bytes", "5", "set=home"], ["backup_bytes", "-7.5", "set=home"],
                      ["orders_total", "2", "--type", "counter"], ["orders_total", "3", "--type", "counter"]):
            done = push(fleet, *words)
            expect(done.returncode == 0 and not done.stdout + done.stderr, f"push {words}: {done.stdout}{done.stderr}")
        wait_for(fleet, 'backup_bytes{set="home"}', -7.5)
        wait_for(fleet, "orders_total", 5)
        expect(path.stat().st_mode & 0o777 == 0o660, "the socket has its mode")
        refused(push(fleet, "orders_total", "3"), 1, "orders_total is a counter: push it with --type counter")
        refused(push(fleet, "x", "many"), 2, "'many' is no number")
        refused(push(fleet, "x", "1", "a"), 2, "'a' is no label")
        refused(push(fleet, "node_load1", "1"), 2, "Vigie's own series")
        expect(push(fleet, "third", "1").returncode == 0, "the third finds room")
        refused(push(fleet, "fourth", "1"), 1, "there are 3 pushed series already")
        eventually("an event tells it", lambda: [
            event for event in fleet.ask("hosts", "show", "web-1")["events"] if "; 1 series or values are left out, such as fourth" in event["message"]])
        fleet.agents["web-1"].stop()
        refused(push(fleet, "x", "1"), 5, "no agent listens at", "is vigie-agent running")
        fleet.write_agent_config("web-1")
        refused(push(fleet, "x", "1"), 1, "takes no pushes", "add push:")


if __name__ == "__main__":
    run_cases(statsd_over_both_sockets_is_answered, a_scraped_server_is_answered_and_its_end_is_seen,
              targets_over_https_are_trusted_by_name_and_told_our_secrets, a_port_that_is_taken_costs_the_host_nothing,
              a_push_is_acknowledged_and_answered)
