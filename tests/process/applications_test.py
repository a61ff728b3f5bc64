"""What applications send to a real agent is answered by `vigie query`."""
import re
import signal
import socket

from fleet import Fleet, eventually, expect, run_cases


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
        expect("statsd: 87 series or values are left out" in told[0]["message"], f"{told}")

        # A configuration without the section closes it; the series end.
        fleet.write_agent_config("web-1")
        fleet.agents["web-1"].child.send_signal(signal.SIGHUP)
        eventually("the series end", lambda: value_of(fleet, "shop_queue_size") is None)


if __name__ == "__main__":
    run_cases(statsd_over_both_sockets_is_answered)
