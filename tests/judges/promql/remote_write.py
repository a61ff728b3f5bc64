"""Prometheus's remote write, by hand: the only way in for a stale marker, which is a NaN with bits of its own."""
import struct
import urllib.request

STALE_BITS = struct.pack("<Q", 0x7FF0000000000002)


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number, content):
    """A length-delimited field of a protocol buffer."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def message_of(rows):
    """WriteRequest of (labels, unix milliseconds, value or "stale")."""
    out = b""
    for labels, unix_ms, value in rows:
        series = b"".join(field(1, field(1, name.encode()) + field(2, text.encode())) for name, text in sorted(labels.items()))
        bits = STALE_BITS if value == "stale" else struct.pack("<d", value)
        series += field(2, varint(1 << 3 | 1) + bits + varint(2 << 3 | 0) + varint(unix_ms))
        out += field(1, series)
    return out


def snappy(content):
    """A snappy block of literals only, which every decoder takes."""
    out = varint(len(content))
    for at in range(0, len(content), 60):
        part = content[at:at + 60]
        out += bytes([len(part) - 1 << 2]) + part
    return out


def send(url, rows):
    request = urllib.request.Request(url, data=snappy(message_of(rows)), headers={
        "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"})
    urllib.request.urlopen(request, timeout=30).close()
