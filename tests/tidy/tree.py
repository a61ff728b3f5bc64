"""The files that git tracks (and new ones it does not ignore), read once."""
import pathlib
import re
import subprocess

CODE = (".cpp", ".hpp")


def strip_comments(text):
    """C++ without comments, line numbers kept; string literals stay."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def replace(match):
        found = match.group(0)
        return "\n" * found.count("\n") if found.startswith("/") else found

    return token.sub(replace, text)


class Tree:
    def __init__(self, root, files):
        self.root = root
        self.files = files
        self.texts = {}

    @staticmethod
    def of_git(root):
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root, check=True,
            capture_output=True).stdout.decode().split("\0")
        return Tree(root, {name for name in listed if name and pathlib.Path(root, name).is_file()})

    def text(self, file):
        if file not in self.texts:
            self.texts[file] = pathlib.Path(self.root, file).read_text(errors="replace")
        return self.texts[file]

    def code(self, folders):
        return sorted(f for f in self.files if f.endswith(CODE) and any(f.startswith(d + "/") for d in folders))

    def code_lines(self, file):
        return strip_comments(self.text(file)).splitlines()

    def _includes(self, file, pattern):
        for number, line in enumerate(self.text(file).splitlines(), 1):
            match = re.match(pattern, line)
            if match:
                yield number, match.group(1)

    def own_includes(self, file):
        return self._includes(file, r'\s*#\s*include\s+"([^"]+)"')

    def system_includes(self, file):
        return self._includes(file, r"\s*#\s*include\s+<([^>]+)>")
