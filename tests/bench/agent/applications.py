"""Series of applications in a folder of text files, written anew before each collection, as busy scripts leave them: what the
agent's textfile collector and node_exporter's read alike."""
import os
import random

FILES = ("web", "queue", "billing", "search")
SERIES_MIN = 60  # on a host that has many of its own
ROUTES = ("login", "search", "basket", "checkout", "account", "product", "images", "api", "help", "admin")


def names_of(count):
    """`count` keys, a few names with many labels each."""
    made = [f'shop_{file}_active_users{{tenant="t{i}"}}' for file in FILES for i in range(2)]
    number = 0
    while len(made) < count:
        file = FILES[number % len(FILES)]
        route = ROUTES[number // len(FILES) % len(ROUTES)]
        code = 200 + number // (len(FILES) * len(ROUTES))
        made.append(f'shop_{file}_requests_total{{code="{code}",route="/{route}"}}')
        number += 1
    return made[:count]


class Applications:
    def __init__(self, folder, count):
        self.folder = folder
        self.names = names_of(count)
        self.values = dict.fromkeys(self.names, 0)
        self.random = random.Random(1)  # the same load in every run
        folder.mkdir()
        self.write()

    def write(self):
        """New values in every file, each written beside and renamed."""
        for file in FILES:
            lines = [f"# HELP shop_{file}_requests_total Answers sent.", f"# TYPE shop_{file}_requests_total counter"]
            for name in self.names:
                if name.startswith(f"shop_{file}_"):
                    self.values[name] += self.random.randrange(1000)
                    lines.append(f"{name} {self.values[name]}")
            beside = self.folder / f".{file}"
            beside.write_text("\n".join(lines) + "\n")
            os.rename(beside, self.folder / f"{file}.prom")
