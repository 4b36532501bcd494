"""What every contender of the chain benchmark is told on its command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path

STAGES = 3
PREFETCH = 32


@dataclass(frozen=True)
class ChainOptions:
    """Where the broker is, of what type the queues are, and what this process does.

    ``run`` makes the names of queues unique: what a killed run left behind joins no other.
    ``stages`` are those that run in this process, ``folder`` is for files, ``way`` is which
    of Docstage's two chains.
    """

    url: str
    kind: str
    run: str
    pipe: Path
    folder: Path
    stages: tuple[int, ...] = tuple(range(STAGES))
    way: str = ""

    @property
    def queues(self) -> list[str]:
        """The names of the queues, in order."""
        return [f"{self.run}.{number}" for number in range(STAGES)]

    def arguments(self) -> list[str]:
        """As a command line."""
        stages = ",".join(map(str, self.stages))
        return [
            "--url", self.url, "--kind", self.kind, "--run", self.run, "--pipe", str(self.pipe),
            "--folder", str(self.folder), "--stages", stages, "--way", self.way,
        ]  # fmt: skip


def chain_options(arguments: list[str] | None = None) -> ChainOptions:
    """Read them from the command line."""
    parser = argparse.ArgumentParser()
    for name in ("url", "kind", "run"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("pipe", "folder"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--stages", default="0,1,2")
    parser.add_argument("--way", default="")
    given = vars(parser.parse_args(arguments))
    given["stages"] = tuple(int(number) for number in given["stages"].split(","))
    return ChainOptions(**given)
