"""The inputs of inputs.txt: what OpenMetrics allows and forbids, rule by rule."""
import dataclasses
import pathlib
import re

HEAD = re.compile(r"^### (good|bad) (\w+)((?: [\w-]+)*)\n", re.MULTILINE)


@dataclasses.dataclass
class Input:
    name: str
    is_good: bool
    does_peer_err: bool
    text: str


def read_inputs(path=pathlib.Path(__file__).with_name("inputs.txt")):
    parts = HEAD.split(path.read_text())[1:]
    inputs = []
    for verdict, name, words, text in zip(parts[0::4], parts[1::4], parts[2::4], parts[3::4]):
        words = words.split()
        text = text[:-1] if "unended" in words and text.endswith("\n") else text
        inputs.append(Input(name, verdict == "good", "peer-errs" in words, text))
    return inputs
