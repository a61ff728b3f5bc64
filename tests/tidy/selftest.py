"""Each check must find what it is for: a small tree with one offence of each kind."""
import pathlib
import tempfile

from tree import Tree

OFFENCES = {
    "arrows": {"agent/collect/a.cpp": '#include "agent/outbox/outbox.hpp"\n'},
    "doors": {"agent/app/a.cpp": "#include <zmq.h>\n"},
    "banned": {"agent/app/a.cpp": "// sleep_for in a comment is fine\nvoid f() { std::this_thread::sleep_for(1s); }\n"},
    "readmes": {"agent/app/a.cpp": "\n"},
    "assertions": {"tests/unit/a_test.cpp": "BOOST_AUTO_TEST_CASE(hollow) { int a = 1; (void)a; }\n"},
    "links": {"docs/a.md": "[here](nowhere.md)\n"},
}
# Further offences of a check that looks for more than one thing.
MORE_OFFENCES = [
    ("links", {"docs/a.md": "[`gone`](../tests/unit/b_test.cpp)\n", "tests/unit/b_test.cpp": "BOOST_AUTO_TEST_CASE(there)\n"}),
]
INNOCENT = {
    "agent/app/README.md": "# agent/app\n",
    "agent/app/b.cpp": '#include "agent/outbox/outbox.hpp"\nconst char* a = "// sleep_for";\n',
    "tests/unit/b_test.cpp": "void ask() { BOOST_TEST(true); }\nBOOST_AUTO_TEST_CASE(asks) { ask(); }\n",
    "docs/b.md": "[self](#title)\n# Title\n[`asks`](../tests/unit/b_test.cpp)\n",
}


def complaints_of(check, files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(check(Tree(root, set(files))))


def main(checks):
    offences = [*OFFENCES.items(), *MORE_OFFENCES]
    failed = [name for name, files in offences if len(complaints_of(checks[name], files)) != 1]
    failed += [f"{name} (innocent tree)" for name in checks if complaints_of(checks[name], INNOCENT) and name != "banned"]
    for name in failed:
        print(f"check {name} did not do its work")
    return 1 if failed else 0
