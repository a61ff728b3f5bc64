#!/usr/bin/env python3
"""A mail server for tests, on a free port of loopback. Prints the port, then appends one JSON line for each mail that it
takes to FILE: {"hello", "tls", "user", "mechanism", "from", "to", "wire" (what came after DATA, dots and all), "mail" (without
the doubled dots)}; and {"refused": REPLY, "at": VERB} for each command that it refuses.

usage: mail_server.py FILE [--tls starttls|first] [--cert FILE --key FILE] [--auth USER:PASSWORD [--mechanism PLAIN|LOGIN]]
                      [--refuse VERB=CODE[,times=N]]... [--drop VERB] [--greet-after SECONDS]

VERB is EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA or END (the reply to the mail itself), or the address of a recipient. --drop breaks the first connection
instead of a reply to it. Commands before STARTTLS where it is offered, and mails before AUTH where it is asked for, are
refused. It ends with its standard input, so that it never outlives the test that started it.
"""
import argparse
import base64
import json
import os
import socketserver
import ssl
import sys
import threading
import time


class Script:
    """What is still to be refused, and the file of what came. Any thread."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.file = open(options.file, "a", encoding="utf-8")
        self.drop = options.drop
        self.refusals = {}
        for text in options.refuse:
            verb, code = text.split("=", 1)
            code, _, times = code.partition(",times=")
            self.refusals.setdefault(verb, []).extend([int(code)] * int(times or 1))

    def reply_to(self, verb):
        """A code to refuse with, or None."""
        with self.lock:
            return self.refusals[verb].pop(0) if self.refusals.get(verb) else None

    def is_dropped(self, verb):
        with self.lock:
            if self.drop != verb:
                return False
            self.drop = None
            return True

    def record(self, line):
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()


class Dropped(Exception):
    pass


class Session(socketserver.StreamRequestHandler):
    options = None
    script = None
    context = None

    def handle(self):
        self.is_tls = False
        self.user = self.mechanism = None
        self.hello = ""
        self.sender, self.recipients = None, []
        try:
            if self.options.tls == "first":
                self.encrypt()
            time.sleep(self.options.greet_after)
            self.say("220 test ESMTP")
            while self.command():
                pass
        except (Dropped, ConnectionError, ssl.SSLError, ValueError):
            pass

    def encrypt(self):
        self.request = self.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)
        self.is_tls = True

    def say(self, *lines):
        for number, line in enumerate(lines):
            code, text = line.split(" ", 1)
            self.wfile.write(f"{code}{'-' if number + 1 < len(lines) else ' '}{text}\r\n".encode())

    def line(self):
        line = self.rfile.readline()
        if not line.endswith(b"\r\n"):
            raise Dropped
        return line[:-2].decode()

    def is_refused(self, verb, line=""):
        if self.script.is_dropped(verb):
            raise Dropped
        code = self.script.reply_to(verb)
        if verb == "RCPT" and code is None:
            code = self.script.reply_to(line[len("RCPT TO:"):].strip("<>"))
        if code is not None:
            self.refuse(verb, f"{code} refused")
        return code is not None

    def refuse(self, verb, reply):
        self.script.record({"refused": reply, "at": verb})
        self.say(reply)

    def command(self):
        line = self.line()
        verb = line.split(" ", 1)[0].upper()
        if verb == "QUIT":
            self.say("221 bye")
            return False
        if verb == "RSET":
            self.say("250 ok")
        elif verb not in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"):
            self.say("500 what")
        elif verb not in ("EHLO", "STARTTLS") and self.options.tls and not self.is_tls:
            self.refuse(verb, "530 STARTTLS first")
        elif verb in ("MAIL", "RCPT", "DATA") and self.options.auth and not self.user:
            self.refuse(verb, "530 AUTH first")
        elif not self.is_refused(verb, line):
            getattr(self, "on_" + verb.lower())(line)
        return True

    def on_ehlo(self, line):
        self.hello = line.split(" ", 1)[1]
        offers = ["250 test", "250 SIZE 10485760", "250 8BITMIME"]
        if self.options.tls == "starttls" and not self.is_tls:
            offers.append("250 STARTTLS")
        elif self.options.auth:
            offers.append(f"250 AUTH {self.options.mechanism}")
        self.say(*offers)

    def on_starttls(self, _):
        self.say("220 go ahead")
        self.encrypt()

    def on_auth(self, line):
        _, mechanism, *initial = line.split(" ")
        decode = lambda text: base64.b64decode(text).decode()
        if mechanism == "PLAIN":
            if not initial:
                self.say("334 ")
                initial = [self.line()]
            _, user, password = decode(initial[0]).split("\0")
        else:
            if not initial:
                self.say("334 " + base64.b64encode(b"Username:").decode())
                initial = [self.line()]
            user = decode(initial[0])
            self.say("334 " + base64.b64encode(b"Password:").decode())
            password = decode(self.line())
        if f"{user}:{password}" != self.options.auth or mechanism != self.options.mechanism:
            return self.refuse("AUTH", "535 no")
        self.user, self.mechanism = user, mechanism
        self.say("235 welcome")

    def on_mail(self, line):
        self.sender, self.recipients = line[len("MAIL FROM:"):].split(" ")[0].strip("<>"), []
        self.say("250 ok")

    def on_rcpt(self, line):
        self.recipients.append(line[len("RCPT TO:"):].strip("<>"))
        self.say("250 ok")

    def on_data(self, _):
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise Dropped
            lines.append(line)
        wire = b"".join(lines)
        mail = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
        if not self.is_refused("END"):
            self.script.record({"hello": self.hello, "tls": self.is_tls, "user": self.user, "mechanism": self.mechanism,
                                "from": self.sender, "to": self.recipients, "wire": wire.decode("latin-1"),
                                "mail": mail.decode("latin-1")})
            self.say("250 taken")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--tls", choices=["starttls", "first"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--auth")
    parser.add_argument("--mechanism", choices=["PLAIN", "LOGIN"], default="PLAIN")
    parser.add_argument("--refuse", action="append", default=[])
    parser.add_argument("--drop")
    parser.add_argument("--greet-after", type=float, default=0)
    options = parser.parse_args()
    Session.options = options
    Session.script = Script(options)
    if options.tls:
        Session.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        Session.context.load_cert_chain(options.cert, options.key)
    server = Server(("127.0.0.1", 0), Session)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    sys.exit(main())
