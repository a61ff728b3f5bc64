"""Checks the tree's own rules. Usage: tidy.py [CHECK...]; no name runs all. Prints complaints, exits 1 when there are any."""
import pathlib
import re
import sys

from tree import Tree, strip_comments

SIDES = ("agent", "controller", "protocol", "shared")

# ---- arrows: who may include whom -------------------------------------------------------------------------------------

# room -> rooms it must not know. A trailing slash stands for every room of a side.
FORBIDDEN = {
    "shared/core": ["shared/os", "shared/loop", "shared/log", "shared/config", "shared/crypto", "shared/calendar"],
    "shared/": ["protocol/", "agent/", "controller/"],
    "protocol/": ["agent/", "controller/"],
    "protocol/messages": ["protocol/codec", "protocol/session", "protocol/transport"],
    "protocol/codec": ["protocol/session", "protocol/transport"],
    "protocol/session": ["protocol/codec", "protocol/transport", "shared/os", "shared/loop"],
    "agent/": ["controller/"],
    "controller/": ["agent/"],
    # What gathers facts does not know how they travel.
    "agent/collect": ["agent/outbox", "agent/link", "agent/app", "agent/systemd", "protocol/transport"],
    "agent/systemd": ["agent/statsd", "agent/scrape", "agent/push", "agent/apps", "agent/outbox", "agent/link", "agent/app"],
    "agent/series": ["agent/collect", "agent/statsd", "agent/scrape", "agent/push", "agent/apps", "agent/outbox", "agent/link",
                     "agent/app", "shared/os", "shared/loop"],
    "agent/statsd": ["agent/collect", "agent/scrape", "agent/push", "agent/apps", "agent/outbox", "agent/link", "agent/app",
                     "protocol/"],
    "agent/scrape": ["agent/collect", "agent/statsd", "agent/push", "agent/apps", "agent/outbox", "agent/link", "agent/app",
                     "protocol/"],
    "agent/push": ["agent/collect", "agent/statsd", "agent/scrape", "agent/apps", "agent/outbox", "agent/link", "agent/app",
                   "protocol/"],
    "agent/apps": ["agent/collect", "agent/outbox", "agent/link", "agent/app", "protocol/"],
    "agent/deadman": ["agent/outbox", "agent/link", "agent/app", "agent/jobs", "protocol/", "shared/os", "shared/loop"],
    "agent/backup": ["agent/outbox", "agent/link", "agent/app", "protocol/"],
    "agent/logs": ["agent/outbox", "agent/link", "agent/app", "protocol/"],
    "agent/errors": ["agent/outbox", "agent/link", "agent/app", "agent/logs", "agent/backup", "protocol/", "shared/loop"],
    "agent/outbox": ["agent/link", "agent/app", "agent/jobs", "protocol/transport"],
    "agent/link": ["agent/collect", "agent/jobs", "agent/app"],
    "agent/checks": ["agent/outbox", "agent/link", "agent/app", "agent/probes", "protocol/"],
    "agent/probes": ["agent/outbox", "agent/link", "agent/app", "agent/jobs", "protocol/", "shared/loop"],
    "agent/jobs": ["agent/collect", "agent/link", "agent/app", "agent/backup", "agent/logs"],
    # A verdict is pure; a transition knows neither where it is kept nor who is called.
    "controller/rules": ["controller/store", "controller/notify", "controller/alerts", "controller/app"],
    "controller/alerts": ["controller/notify", "controller/app", "controller/link"],
    "controller/routing": ["controller/alerts", "controller/notify", "controller/app", "controller/link"],
    "controller/errors": ["controller/alerts", "controller/notify", "controller/app", "controller/link", "controller/ingest"],
    "controller/maintenance": ["controller/alerts", "controller/oncall", "controller/notify", "controller/app", "controller/link"],
    # What it decides leaves as rows that name their receiver.
    "controller/oncall": ["controller/notify", "controller/app", "controller/link", "controller/ingest", "controller/operator"],
    "controller/query": ["controller/store", "controller/series", "controller/rules", "controller/notify",
                         "controller/alerts", "controller/app", "shared/loop", "protocol/"],
    "controller/series": ["controller/rules", "controller/notify", "controller/alerts", "controller/app"],
    # What is asked over HTTP changes nothing.
    "controller/web": ["controller/app", "controller/link", "controller/notify", "controller/operator", "controller/ingest",
                       "controller/jobs", "protocol/"],
    "controller/store": ["controller/ingest", "controller/alerts", "controller/app", "protocol/"],
    # What is written down knows neither who asks nor what the verbs mean.
    "controller/audit": ["controller/operator", "controller/app", "controller/link", "protocol/"],
    # Ports carry lines; what stands in them others know.
    "controller/link": ["controller/operator", "controller/app"],
    "controller/remote": ["controller/store", "controller/app", "controller/link"],
    "controller/cli": ["controller/store", "controller/app", "controller/link", "protocol/"],
}
# Rooms that may know the store's interface but not which store it is, nor who writes to it.
INTERFACE_ONLY = {"controller/alerts", "controller/routing", "controller/maintenance", "controller/oncall", "controller/series", "controller/web"}
STORE_INTERFACE = {"controller/store/state_store.hpp", "controller/store/keys.hpp", "controller/store/readable.hpp", "controller/store/series_rows.hpp",
                   "controller/store/sample_row_view.hpp", "controller/store/block_rows.hpp"}

# ---- doors: where a third-party header may stand ----------------------------------------------------------------------
DOORS = {
    r"zmq\.h(pp)?": ["protocol/transport"],
    r"msgpack(\.hpp|/.*)": ["protocol/codec"],
    r"uv\.h": ["shared/loop"],
    r"sodium(\.h|/.*)": ["shared/crypto"],
    r"openssl/.*": ["shared/crypto"],
    r"spdlog/.*": ["shared/log"],
    r"yaml-cpp/.*": ["shared/config"],
    r"rocksdb/.*": ["controller/store"],
    r"sqlite3\.h": ["agent/outbox"],
    r"http_parser\.h": ["agent/scrape"],
    r"curl/.*": ["controller/notify", "agent/probes"],
    r"microhttpd\.h": ["controller/web"],
    r"zlib\.h": ["agent/logs"],
    r"zstd\.h": ["agent/backup", "agent/logs"],
    r"date/.*": ["shared/calendar"],
    r"re2/.*": ["controller/query"],
    r"CLI/.*": ["agent/app", "controller/app", "controller/cli", "agent/worker"],
    r"boost/.*": [],
}

# ---- banned calls: pattern, what to use instead, rooms or files where it is at home ---------------------------------------
BANNED = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now\b", "shared/os Clock, passed in", []),
    (r"\bclock_gettime\b", "shared/os Clock, passed in", ["shared/os"]),
    (r"\bsleep_for\b|\bsleep_until\b|\bu?sleep\(|\bnanosleep\b", "a Timer of shared/loop, or Processes",
     ["controller/cli/main.cpp"]),
    (r"\bstd::j?thread\b(?!::id)", "Loop::run_on_pool, or post() to the thread that owns the thing",
     ["shared/loop", "controller/store", "controller/link", "controller/notify", "controller/app", "protocol/transport",
      "agent/collect"]),
    (r"(?<![\w:.])(std::)?system\s*\(|\bpopen\s*\(", "shared/loop ChildProcess, with an argument vector", []),
    (r'"/proc\b', "Roots of agent/collect, or the path as a parameter",
     ["agent/collect", "agent/worker", "agent/app", "agent/logs", "agent/backup", "shared/os", "shared/loop",
      "controller/app"]),
    (r"\b(std::)?rand\(\)|\brandom_device\b|\bmt19937", "shared/os Random, passed in", []),
    (r"\bstrcpy\b|\bsprintf\b|\bgets\b|\bstrtok\b|\batoi\b", "std::string, fmt::format, std::from_chars", []),
    (r"\bstd::cout\b|\bstd::cerr\b", "shared/log, or a stream passed in",
     ["controller/cli/main.cpp", "agent/app", "controller/app", "agent/worker", "agent/backup", "agent/logs"]),
    (r"\bthrow\b", "Result; exceptions of libraries are caught at their door", []),
    (r"\busing namespace std;", "qualified names", []),
]


def room_of(path):
    return "/".join(path.split("/")[:2])


def matches_room(room, pattern):
    return room.startswith(pattern) if pattern.endswith("/") else room == pattern


def check_arrows(tree):
    for file in tree.code(SIDES):
        room = room_of(file)
        for line, included in tree.own_includes(file):
            target = room_of(included)
            if included.startswith("tests/"):
                yield file, line, f"production code includes {included}: move what it needs out of tests"
            if target == room:
                continue
            for source, targets in FORBIDDEN.items():
                for forbidden in targets:
                    if matches_room(room, source) and matches_room(target, forbidden):
                        yield file, line, f"{room} must not know {target}: pass what it needs as a value or interface"
            if room in INTERFACE_ONLY and target == "controller/store" and included not in STORE_INTERFACE:
                yield file, line, f"{room} may include only {', '.join(sorted(STORE_INTERFACE))} of the store"


def check_doors(tree):
    for file in tree.code(SIDES):
        for line, header in tree.system_includes(file):
            for pattern, rooms in DOORS.items():
                if re.fullmatch(pattern, header) and room_of(file) not in rooms:
                    where = " or ".join(rooms) if rooms else "tests only"
                    yield file, line, f"<{header}> passes through {where}: use that room's interface"


def check_banned(tree):
    for file in tree.code(SIDES):
        for number, text in enumerate(tree.code_lines(file), 1):
            for pattern, instead, homes in BANNED:
                if re.search(pattern, text) and not any(file == home or file.startswith(home + "/") for home in homes):
                    yield file, number, f"'{text.strip()[:60]}' is banned here: use {instead}"


def check_readmes(tree):
    for folder in sorted({room_of(file) for file in tree.code(SIDES)}):
        if folder + "/README.md" not in tree.files:
            yield folder, 0, "has no README.md: say in a few lines what the room is for"


CASE = re.compile(r"BOOST_(?:AUTO|FIXTURE|DATA)_TEST_CASE\w*\s*\(\s*(\w+)")
ASSERTION = re.compile(r"\bBOOST_(TEST|CHECK|REQUIRE|FAIL|ERROR|WARN)\w*\s*\(")
FUNCTION = re.compile(r"\b(\w+)\s*\([^;{}]*\)\s*(?:const\s*)?(?:->\s*[\w:<>]+\s*)?\{")


def body_from(text, start):
    """The braces' content that begins at or after start."""
    depth, begin = 0, text.find("{", start)
    for at in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[begin:at]
    return text[begin:]


def end_of_parentheses(text, start):
    """Where the parenthesis closes that is open at start."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


def asserting_functions(text):
    """Names of the file's functions that assert something, also through each other."""
    bodies = {}
    for match in FUNCTION.finditer(text):
        bodies.setdefault(match.group(1), "")
        bodies[match.group(1)] += body_from(text, match.end() - 1)
    names = {name for name, body in bodies.items() if ASSERTION.search(body)}
    while True:
        more = {name for name, body in bodies.items() if name not in names and calls_any(body, names)}
        if not more:
            return names
        names |= more


def calls_any(body, names):
    return any(re.search(rf"\b{name}\s*\(", body) for name in names)


def check_assertions(tree):
    shared = set()
    for file in tree.code(("tests/support",)):
        shared |= asserting_functions(strip_comments(tree.text(file)))
    for file in tree.code(("tests",)):
        text = strip_comments(tree.text(file))
        names = asserting_functions(text) | shared
        for match in CASE.finditer(text):
            body = body_from(text, end_of_parentheses(text, match.end()))
            if not ASSERTION.search(body) and not calls_any(body, names):
                line = text.count("\n", 0, match.start()) + 1
                yield file, line, f"test case {match.group(1)} asserts nothing"


def anchors_of(markdown):
    for heading in re.findall(r"^#+\s+(.*)$", markdown, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def check_links(tree):
    for file in sorted(name for name in tree.files if name.endswith(".md")):
        in_code = False
        for number, text in enumerate(tree.text(file).splitlines(), 1):
            in_code ^= text.lstrip().startswith("```")
            for target in [] if in_code else re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                base = pathlib.PurePosixPath(file).parent
                full = pathlib.Path(tree.root, base, path).resolve() if path else pathlib.Path(tree.root, file).resolve()
                if not full.exists():
                    yield file, number, f"dead link {target}"
                elif anchor and full.suffix == ".md" and anchor not in set(anchors_of(full.read_text())):
                    yield file, number, f"dead anchor {target}"
            # A test that a page names, as [`case`](file of tests), is one that stands there.
            for case, target in [] if in_code else re.findall(r"\[`(\w+)`\]\(([^)\s]*tests/[^)\s]+)\)", text):
                full = pathlib.Path(tree.root, pathlib.PurePosixPath(file).parent, target)
                if full.is_file() and not re.search(rf"\b{case}\b", full.read_text()):
                    yield file, number, f"{target} has no case {case}"


CHECKS = {
    "arrows": check_arrows,
    "doors": check_doors,
    "banned": check_banned,
    "readmes": check_readmes,
    "assertions": check_assertions,
    "links": check_links,
}


def main(names):
    if names == ["selftest"]:
        import selftest
        return selftest.main(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"unknown check {unknown[0]}: there are {', '.join(CHECKS)}, selftest")
        return 2
    tree = Tree.of_git(pathlib.Path(__file__).resolve().parents[2])
    complaints = [(name, *found) for name in names or CHECKS for found in CHECKS[name](tree)]
    for name, file, line, text in complaints:
        print(f"{file}:{line}: {text} [{name}]")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
