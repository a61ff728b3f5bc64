"""HTTP to a controller under test, by bytes where a client library would not do what is tested."""
import http.client
import json
import socket

from fleet import SECONDS_MAX, expect


class Port:
    """The HTTP port of a running controller."""

    def __init__(self, endpoint, token=None):
        host, _, port = endpoint.rpartition(":")
        self.address = (host, int(port))
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, target, body=None, headers=None, method=None):
        """Status, headers and body of one request; a body makes it a POST of a form."""
        connection = http.client.HTTPConnection(*self.address, timeout=SECONDS_MAX)
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
            connection.request(method or ("GET" if body is None else "POST"), target, body,
                               {**self.headers, **form, **(headers or {})})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def data(self, target, body=None):
        """What a successful call of the API gives."""
        status, _, text = self.ask(target, body)
        expect(status == 200, f"{target}: {status} {text}")
        answer = json.loads(text)
        expect(answer["status"] == "success", f"{target}: {text}")
        return answer["data"]

    def refused(self, target, status, kind, **how):
        """That a call is refused with this status and type of error; returns its words."""
        got, _, text = self.ask(target, **how)
        expect(got == status, f"{target}: {got} instead of {status}: {text}")
        answer = json.loads(text)
        expect(answer["status"] == "error" and answer["errorType"] == kind, f"{target}: {text}")
        return answer["error"]

    def open(self, first=b""):
        """A bare connection, on which these bytes were sent."""
        line = socket.create_connection(self.address, timeout=SECONDS_MAX)
        line.sendall(first)
        return line


def rest_of(line):
    """All that comes until the other side closes."""
    text = b""
    try:
        while piece := line.recv(65536):
            text += piece
    except ConnectionResetError:
        pass
    return text
