"""A port of loopback that nothing listens on now, for peers that must be told one."""
import socket


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
