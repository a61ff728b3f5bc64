"""Vigie's messages as bytes, written from docs/protocol/README.md alone. No sockets, no order of messages.

A body is a dict of the page's field names; a header too. decode_* raise Malformed or Unsupported as the page divides them.
"""
import msgpack

FRAME_BYTES_MAX = {"header": 128, "body": 1 << 20}
ELEMENTS_MAX = 4096
DEPTH_MAX = 8
MAP_NAME_BYTES_MAX = 256
MAP_VALUE_BYTES_MAX = 4096

RESULTS, METRICS, LOGS = STREAMS = (0, 1, 2)
ENTRY_KINDS = {1: "samples", 2: "run_report", 3: "host_event"}
RUN_SUCCEEDED, RUN_REFUSED = 3, 8


class Malformed(Exception):
    pass


class Unsupported(Exception):
    """Of a later version: passed over."""


def unsigned(bits):
    def check(value):
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise Malformed(f"{value!r} is no u{bits}")
        return value
    return check


def signed(bits):
    def check(value):
        if type(value) is not int or not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise Malformed(f"{value!r} is no i{bits}")
        return value
    return check


def boolean(value):
    if type(value) is not bool:
        raise Malformed(f"{value!r} is no bool")
    return value


def text(bytes_max):
    def check(value):
        if type(value) is not str or len(value.encode(errors="surrogateescape")) > bytes_max:
            raise Malformed(f"{value!r:.80} is no str {bytes_max}")
        return value
    return check


def binary(bytes_max):
    def check(value):
        if type(value) is not bytes or len(value) > bytes_max:
            raise Malformed(f"{value!r:.80} is no bin {bytes_max}")
        return value
    return check


def array(element, length_max):
    def check(value):
        if type(value) is not list or len(value) > length_max:
            raise Malformed(f"{value!r:.80} is no array of at most {length_max}")
        return [element(one) for one in value]
    return check


def mapping(pairs_max):
    name, content = text(MAP_NAME_BYTES_MAX), text(MAP_VALUE_BYTES_MAX)

    def check(value):
        if type(value) is not dict or len(value) > pairs_max:
            raise Malformed(f"{value!r:.80} is no map of at most {pairs_max}")
        return {name(key): content(one) for key, one in value.items()}
    return check


def one_of(known, check):
    """A number that must be listed; another one belongs to a later version."""
    def checked(value):
        if check(value) not in known:
            raise Unsupported(f"{value} is not listed")
        return value
    return checked


class Record(dict):
    """An array of fields by position, with their names for the program."""


def record(**fields):
    """More elements than fields are skipped, fewer refused."""
    def check(value):
        if type(value) is dict:
            return Record({name: field(value[name]) for name, field in fields.items()})
        if type(value) is not list or len(value) < len(fields):
            raise Malformed(f"{value!r:.80} has fewer elements than {list(fields)}")
        return Record({name: field(one) for (name, field), one in zip(fields.items(), value)})
    return check


def extended(fields, **added):
    """A record whose later versions have more: any number of what was added may be absent, from the last on."""
    def check(value):
        found = fields(value)
        has = [name in value for name in added] if type(value) is dict else [True] * (len(value) - len(found))
        for (name, field), is_there in zip(added.items(), has):
            if is_there:
                found[name] = field(value[name] if type(value) is dict else value[len(found)])
        return found
    return check


U8, U32, U64 = unsigned(8), unsigned(32), unsigned(64)
NAME, PROSE = text(256), text(4096)
STREAM = one_of(STREAMS, U8)

HEADER = record(version=U8, type=U8, flags=U32, session=U64, stream=U8, incarnation=U64, seq=U64, ack=U64, credit_bytes=U64)
STREAM_STATE = record(stream=STREAM, incarnation=U64, oldest_seq=U64, next_seq=U64)
CURSOR = record(stream=STREAM, incarnation=U64, last_applied=U64, credit_bytes=U64)

SAMPLES = record(sampled_at_unix_ms=signed(64), schema=binary(1 << 20), values=binary(1 << 20))
RUN_REPORT = record(run_id=NAME, fence=U64, job=NAME, state=one_of(range(1, 10), U8), exit_code=signed(32),
                    started_at_unix_ms=signed(64), ended_at_unix_ms=signed(64), message=PROSE, output_tail=binary(4096),
                    report_json=text(65536))
SEVERITY = one_of((1, 2, 3), U8)
LOG_ERRORS = record(fingerprint=NAME, severity=SEVERITY, is_flood=boolean, file=PROSE, count=U64, first_seen_unix_ms=signed(64),
                    last_seen_unix_ms=signed(64), message=PROSE, logger=NAME, exception=NAME, stack=text(8192), code_file=NAME,
                    code_line=U32, function=NAME, method=NAME, url=text(1024), client=NAME)
HOST_EVENT = extended(record(at_unix_ms=signed(64), severity=SEVERITY, source=NAME, message=PROSE), errors=array(LOG_ERRORS, 16))
ENTRY_RECORDS = {1: SAMPLES, 2: RUN_REPORT, 3: HOST_EVENT}

BODIES = {
    "HELLO": record(version_min=U8, version_max=U8, features=array(NAME, 64), agent_version=NAME, boot_id=NAME,
                    sent_at_unix_ms=signed(64), labels=mapping(64), jobs=array(NAME, 1024), streams=array(STREAM_STATE, 8),
                    previous_session=U64),
    "WELCOME": record(version=U8, controller_epoch=U64, heartbeat_interval_ms=U32, batch_bytes_max=U32,
                      cursors=array(CURSOR, 8)),
    "REFUSE": record(reason=one_of(range(1, 7), U8), message=PROSE, retry_after_ms=U32),
    "BATCH": record(kind=one_of(ENTRY_KINDS, U8), record=lambda value: value),
    "ACK": record(),
    "GO_BACK": record(),
    "GAP": record(last_missing_seq=U64, reason=one_of((1, 2, 3), U8)),
    "PING": record(sent_at_unix_ms=signed(64)),
    "PONG": record(ping_sent_at_unix_ms=signed(64), sent_at_unix_ms=signed(64)),
    "JOB_START": record(run_id=NAME, fence=U64, job=NAME, scheduled_at_unix_ms=signed(64), lease_ms=U32, parameters=mapping(64)),
    "JOB_CANCEL": record(run_id=NAME, fence=U64, reason=PROSE),
    "JOB_PROGRESS": record(run_id=NAME, done=U64, total=U64, unit=NAME, doing=PROSE),
    "ENROL": record(token=NAME, host=NAME, public_key=NAME),
    "ENROLLED": record(is_accepted=boolean, message=PROSE, agent_id=NAME, endpoint=NAME),
}

# What stands behind these fields for whoever sends even later ones: `leaving` of PING, `deputy` and `watch` of PONG. They are added, and
# mean nothing to the judge.
ADDED = {"PING": [0], "PONG": [0, 0]}
TYPES = dict(enumerate(BODIES, start=1))
NUMBERS = {name: number for number, name in TYPES.items()}


def refuse_twice_named(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a map names something twice")
    return found


def measure(value, depth=1):
    """How many elements there are, a map's pair counting twice; refuses what is nested too deeply."""
    if type(value) not in (list, dict):
        return 0
    if depth > DEPTH_MAX:
        raise Malformed(f"nested over {DEPTH_MAX}")
    inside = list(value) + list(value.values()) if type(value) is dict else value
    return len(inside) + sum(measure(one, depth + 1) for one in inside)


def unpack(frame, name):
    if len(frame) > FRAME_BYTES_MAX[name]:
        raise Malformed(f"a {name} of {len(frame)} bytes")
    try:
        value = msgpack.unpackb(frame, raw=False, unicode_errors="surrogateescape", strict_map_key=False,
                                object_pairs_hook=refuse_twice_named, max_array_len=ELEMENTS_MAX, max_map_len=ELEMENTS_MAX // 2,
                                max_ext_len=0)
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise Malformed(f"{name}: {error}") from None
    if type(value) is not list:
        raise Malformed(f"a {name} that is no array")
    if measure(value) > ELEMENTS_MAX:
        raise Malformed(f"a {name} of over {ELEMENTS_MAX} elements")
    return value


def positional(value):
    if type(value) is Record:
        return [positional(one) for one in value.values()]
    return [positional(one) for one in value] if type(value) is list else value


def pack(value):
    return msgpack.packb(positional(value), use_bin_type=True, unicode_errors="surrogateescape")


def encode_header(type_number, version=1, flags=0, session=0, stream=0, incarnation=0, seq=0, ack=0, credit_bytes=0):
    return pack([version, type_number, flags, session, stream, incarnation, seq, ack, credit_bytes])


def encode_body(type_name, **fields):
    return pack(BODIES[type_name](fields))


def encode_entry(kind, **fields):
    """The body of a BATCH."""
    return pack([kind, ENTRY_RECORDS[kind](fields)])


def decode_header(frame):
    header = HEADER(unpack(frame, "header"))
    if header["version"] == 0:
        raise Malformed("version 0")
    if header["type"] not in TYPES:
        raise Unsupported(f"message type {header['type']}")
    STREAM(header["stream"])
    return header


def decode_body(type_name, frame):
    body = BODIES[type_name](unpack(frame, "body"))
    if type_name == "BATCH":
        body["record"] = ENTRY_RECORDS[body["kind"]](body["record"])
    return body
