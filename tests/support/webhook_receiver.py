#!/usr/bin/env python3
"""A webhook receiver for tests, on a free port of loopback. Prints the port, then appends one JSON line for each POST or PUT to
FILE: {"at", "method", "path", "headers" (names in lower case), "body" (parsed when it is JSON), "answered"}.

usage: webhook_receiver.py FILE [--answer STATUS[,retry_after=S][,times=N][,location=URL][,refusal=CODE]]...

`refusal` answers with Slack's body {"ok": false, "error": CODE}.

The answers given are used in turn, each `times` times (default 1); afterwards 200. While it runs,
`PUT /answers` with the same text, one answer a line, replaces what is left of them. It ends with its standard input, so
that it never outlives the test that started it.
"""
import argparse
import http.server
import json
import os
import sys
import threading
import time


def parse_answer(text):
    status, *options = text.strip().split(",")
    known = dict(option.split("=", 1) for option in options)
    unknown = set(known) - {"retry_after", "times", "location", "refusal"}
    if unknown:
        raise ValueError(f"unknown option {', '.join(sorted(unknown))} in answer '{text}'")
    headers = {}
    if "retry_after" in known:
        headers["Retry-After"] = known["retry_after"]
    if "location" in known:
        headers["Location"] = known["location"]
    body = json.dumps({"ok": False, "error": known["refusal"]}).encode() if "refusal" in known else b""
    return [(int(status), headers, body)] * int(known.get("times", 1))


def parse_answers(texts):
    return [answer for text in texts if text.strip() for answer in parse_answer(text)]


class Script:
    """The answers still to be given, and the file of what came. Any thread."""

    def __init__(self, path, answers):
        self.lock = threading.Lock()
        self.answers = answers
        self.file = open(path, "a", encoding="utf-8")

    def replace(self, answers):
        with self.lock:
            self.answers = answers

    def record(self, request):
        with self.lock:
            status, headers, body = self.answers.pop(0) if self.answers else (200, {}, b"")
            self.file.write(json.dumps(dict(request, answered=status)) + "\n")
            self.file.flush()
            return status, headers, body


def as_json(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script = None

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        at = time.time()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.answer(*self.script.record({"at": at, "method": self.command, "path": self.path, "headers": headers,
                                         "body": as_json(self.body())}))

    def do_PUT(self):
        if self.path != "/answers":
            return self.do_POST()
        try:
            self.script.replace(parse_answers(self.body().decode().splitlines()))
        except ValueError as error:
            print(error, file=sys.stderr)
            return self.answer(400, {})
        self.answer(204, {})

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # one that was killed in the middle is no news


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--answer", action="append", default=[])
    options = parser.parse_args()
    Receiver.script = Script(options.file, parse_answers(options.answer))
    server = Server(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
