"""Numbers that a shim preloaded into a program reads while the test changes them."""
import struct


class MappedNumber:
    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(8))

    def set(self, number):
        """Written in one piece into the file that the program has mapped."""
        with open(self.path, "r+b", buffering=0) as file:
            file.write(struct.pack("q", number))
