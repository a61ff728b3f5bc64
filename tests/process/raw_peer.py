"""A ZMTP 3.0 peer with CURVE on a bare TCP socket (https://rfc.zeromq.org/spec/23/, https://rfc.zeromq.org/spec/26/): it can
stop anywhere in a handshake, and send what a ZeroMQ library would never let out. Blocking; for tests."""
import ctypes
import ctypes.util
import socket
import struct

from zmq.utils import z85

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))
if SODIUM.sodium_init() < 0:
    raise OSError("libsodium does not start")
MORE = 1
SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
GREETING = SIGNATURE + b"\x03\x00" + b"CURVE".ljust(20, b"\0") + b"\0" + bytes(31)


def new_keys():
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    SODIUM.crypto_box_keypair(public, secret)
    return public.raw, secret.raw


def box(text, nonce, public, secret):
    sealed = ctypes.create_string_buffer(len(text) + 16)
    SODIUM.crypto_box_easy(sealed, text, ctypes.c_ulonglong(len(text)), nonce, public, secret)
    return sealed.raw


def unbox(sealed, nonce, public, secret):
    text = ctypes.create_string_buffer(len(sealed) - 16)
    if SODIUM.crypto_box_open_easy(text, sealed, ctypes.c_ulonglong(len(sealed)), nonce, public, secret) != 0:
        raise OSError("a box that does not open")
    return text.raw


def framed(content, flags):
    """Short with one byte of length, long (flag 2) with eight."""
    if len(content) < 256:
        return bytes([flags, len(content)]) + content
    return bytes([flags | 2]) + struct.pack(">Q", len(content)) + content


def attribute(name, value):
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value


class RawPeer:
    def __init__(self, address, server_key, keys, timeout=20, source=None):
        """`source`: the address of this machine to come from."""
        self.server = z85.decode(server_key)
        self.public, self.secret = (z85.decode(key) for key in keys)
        self.short_public, self.short_secret = new_keys()
        self.count = 0
        self.socket = socket.create_connection(address, timeout=timeout, source_address=source and (source, 0))

    def close(self):
        self.socket.close()

    def next_nonce(self):
        self.count += 1
        return struct.pack(">Q", self.count)

    def receive(self, size):
        content = b""
        while len(content) < size:
            more = self.socket.recv(size - len(content))
            if not more:
                raise ConnectionError("hung up on")
            content += more
        return content

    def receive_command(self, name):
        flags, size = self.receive(2)
        if flags & 2:
            size, = struct.unpack(">Q", bytes([size]) + self.receive(7))
        content = self.receive(size)
        if not content.startswith(bytes([len(name)]) + name):
            raise OSError(f"not {name.decode()} but {content[:16]}")
        return content[1 + len(name):]

    def greet(self):
        self.socket.sendall(GREETING)
        self.receive(64)

    def say_hello(self):
        nonce = self.next_nonce()
        sealed = box(bytes(64), b"CurveZMQHELLO---" + nonce, self.server, self.short_secret)
        self.socket.sendall(framed(b"\x05HELLO\x01\x00" + bytes(72) + self.short_public + nonce + sealed, 4))
        welcome = self.receive_command(b"WELCOME")
        opened = unbox(welcome[16:], b"WELCOME-" + welcome[:16], self.server, self.short_secret)
        self.server_short, self.cookie = opened[:32], opened[32:]

    def initiate(self, identity=b""):
        vouch_nonce = struct.pack(">QQ", 0, 1)
        vouch = box(self.short_public + self.server, b"VOUCH---" + vouch_nonce, self.server_short, self.secret)
        metadata = attribute(b"Socket-Type", b"DEALER") + attribute(b"Identity", identity)
        nonce = self.next_nonce()
        sealed = box(self.public + vouch_nonce + vouch + metadata, b"CurveZMQINITIATE" + nonce, self.server_short, self.short_secret)
        self.socket.sendall(framed(b"\x08INITIATE" + self.cookie + nonce + sealed, 4))
        self.receive_command(b"READY")

    def shake_hands(self, identity=b""):
        self.greet()
        self.say_hello()
        self.initiate(identity)

    def receive_frame(self):
        """The next frame of the other side."""
        content = self.receive_command(b"MESSAGE")
        return unbox(content[8:], b"CurveZMQMESSAGES" + content[:8], self.server_short, self.short_secret)[1:]

    def send_message(self, *frames):
        for frame in frames[:-1]:
            self.send(frame, MORE)
        self.send(frames[-1])

    def send(self, content, flags=0):
        """One frame; MORE when the message goes on after it."""
        nonce = self.next_nonce()
        sealed = box(bytes([flags]) + content, b"CurveZMQMESSAGEC" + nonce, self.server_short, self.short_secret)
        self.socket.sendall(framed(b"\x07MESSAGE" + nonce + sealed, 0))
