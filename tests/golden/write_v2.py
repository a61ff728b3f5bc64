#!/usr/bin/env python3
"""Writes tests/golden/v2, the messages that version 2 added, and the corpora made from them; see write_v1.py.

The files are frozen: released_v2_test has their digest. It is kept to show how they were made.
"""
from write_v1 import CORPUS, HERE, SESSION, encode, write

KEY = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
OTHER_KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"


def header(kind):
    return [2, kind, 0, SESSION, 0, 0, 0, 0, 0]


MESSAGES = {
    "key_change_make": (header(15), [1, "", ""]),
    "key_change_made": (header(15), [2, KEY, ""]),
    "key_change_accepted": (header(15), [3, KEY, ""]),
    "key_change_refused": (header(15), [4, KEY, "nobody asked for another key"]),
    "controller_key": (header(16), [KEY, OTHER_KEY]),
    "controller_key_alone": (header(16), [KEY, ""]),
}


def main():
    for name, (head, body) in MESSAGES.items():
        head_bytes, body_bytes = encode(head), encode(body)
        write(HERE / "v2" / f"{name}.hex", f"header {head_bytes.hex()}\nbody {body_bytes.hex()}\n".encode())
        write(CORPUS / "header" / name, head_bytes)
        write(CORPUS / "body" / name, bytes([head[1]]) + body_bytes)


if __name__ == "__main__":
    main()
