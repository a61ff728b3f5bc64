"""A TCP link in hostile hands: forwards connections to a port, can be cut, keeps what it saw, and can change it."""
import select
import socket
import struct
import threading


class Relay:
    def __init__(self, endpoint):
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.pairs = {}
        self.upstream_left = None
        self.at_cut = None
        self.cuts = 0
        self.flips_left = 0
        self.seen = bytearray()  # both ways
        self.seen_upstream = []  # a bytearray for each connection
        self.wake, self.woken = socket.socketpair()
        self.is_over = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def cut_after(self, upstream_bytes, then=None):
        """Once so many more bytes went towards the controller, resets every connection, in the middle of a frame or not."""
        self.at_cut = then
        self.upstream_left = upstream_bytes

    def flip_a_bit(self, times):
        """Of each of so many chunks of bytes that go towards the controller after this."""
        self.flips_left = times

    def end(self):
        self.is_over = True
        self.wake.send(b"x")
        self.thread.join()
        self.cut()
        for one in (self.listener, self.wake, self.woken):
            one.close()

    def cut(self):
        for one in list(self.pairs):
            # Linger 0: the other end gets a reset, not an orderly end.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
        self.pairs.clear()

    def serve(self):
        while not self.is_over:
            ready, _, _ = select.select([self.listener, self.woken, *self.pairs], [], [])
            for one in ready:
                if one is self.listener:
                    self.accept()
                elif one in self.pairs:
                    self.forward(one)

    def accept(self):
        near, _ = self.listener.accept()
        try:
            far = socket.create_connection(self.target, timeout=10)
        except OSError:
            near.close()
            return
        self.seen_upstream.append(bytearray())
        self.pairs[near], self.pairs[far] = (far, self.seen_upstream[-1]), (near, None)

    def forward(self, source):
        target, upstream = self.pairs[source]
        limit = 65536
        if upstream is not None and self.upstream_left is not None:
            limit = min(limit, max(self.upstream_left, 1))
        try:
            content = source.recv(limit)
            if content:
                target.sendall(self.note(content, upstream))
        except OSError:
            content = b""
        if not content:
            for one in (source, target):
                self.pairs.pop(one, None)
                one.close()
            return
        if upstream is not None and self.upstream_left is not None:
            self.upstream_left -= len(content)
            if self.upstream_left <= 0:
                self.upstream_left = None
                then, self.at_cut = self.at_cut, None
                if then:
                    then()
                self.cut()
                self.cuts += 1  # last: whoever waits for it finds all of it done

    def note(self, content, upstream):
        self.seen += content
        if upstream is None:
            return content
        upstream += content
        if self.flips_left:
            self.flips_left -= 1
            changed = bytearray(content)
            changed[len(changed) * 3 // 4] ^= 1
            return bytes(changed)
        return content
