"""Every function that reads bytes of somebody else has a fuzz target: each parse_… and decode_… that a header declares, and each
read_… and view_… of a std::string_view, is named by one, or stands below with the reason why not. And every target has a corpus,
every corpus a target."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DECLARED = re.compile(r"^(?:static )?(?:Result|Parsed|std::optional)<.*> ((?:parse|decode)_\w+)\("
                      r"|^\w[\w:<>, ]* ((?:read|view)_\w+)\(std::string_view", re.MULTILINE)
# What reaches them is of the command line or of our own files' names, or they are a part of one that has a target.
ELSEWHERE = {
    "parse_cli": "arguments of whoever starts the worker",
    "parse_worker_options": "arguments of whoever starts the worker",
    "parse_id": "sixty-four digits, read by each of the backup_files and backup_tree targets",
    "parse_number": "one number, read by the collect target's texts",
    "parse_level": "one of five words",
    "parse_misfire": "one of three words",
    "parse_indeterminate": "one of three words",
    "parse_run_phase": "one of nine words, read by decode_run",
    "decode_frames": "decode_header and decode_body, one after the other",
    "read_routing_file": "all that parse_routing_file does",
    "read_rule_file": "all that parse_rule_file does",
    "read_yaml": "parse_yaml, and where its faults are noted",
}


def corpus_faults():
    """Targets without an input, and inputs without a target."""
    targets = {path.name.removesuffix("_fuzz.cpp") for path in HERE.glob("*_fuzz.cpp")}
    inputs = {folder.name: [path for path in folder.iterdir() if path.is_file()] for folder in (HERE / "corpus").iterdir()}
    faults = [f"{name}_fuzz.cpp has no input in corpus/{name}" for name in sorted(targets) if not inputs.get(name)]
    return faults + [f"corpus/{name} has no {name}_fuzz.cpp" for name in sorted(inputs) if name not in targets]


def main():
    targets = "\n".join(path.read_text() for path in HERE.glob("*_fuzz.cpp"))
    declared = {}
    for side in ("agent", "controller", "protocol", "shared"):
        for header in sorted((ROOT / side).rglob("*.hpp")):
            for names in DECLARED.findall(header.read_text()):
                declared.setdefault("".join(names), header.relative_to(ROOT))
    missing = [f"{header}: {name} has no target in tests/fuzz, nor a reason in {pathlib.Path(__file__).name}"
               for name, header in declared.items() if name + "(" not in targets and name not in ELSEWHERE]
    missing += [f"{name} has a reason and is not declared any more" for name in ELSEWHERE if name not in declared]
    missing += corpus_faults()
    print("\n".join(missing) or f"{len(declared)} decoders")
    return 1 if missing or len(declared) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
