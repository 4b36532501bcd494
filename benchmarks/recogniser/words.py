"""Words by language, from the lists that Debian's packages bring."""

import random
import zlib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recogniser.charset import is_accented, readable

LISTS = (
    "american-english", "ngerman", "french", "spanish", "portuguese", "italian", "dutch", "polish",
)  # fmt: skip
_MOST = 30_000  # of a language
_LONGEST = 14
_HELD_OUT = 10  # one in so many


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of one language, and those of them with accents."""

    words: list[str]
    accented: list[str]


def vocabularies(folder: Path, *, held_out: bool) -> list[Vocabulary]:
    """The vocabularies by ``LISTS``: the tenth that is held out, or the rest.

    Raises:
        StopIteration: a list is not there.
    """
    return [_vocabulary(next(folder.rglob(f"dict/{name}")), held_out=held_out) for name in LISTS]


def _vocabulary(path: Path, *, held_out: bool) -> Vocabulary:
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    words = [
        word
        for word in lines
        if 1 < len(word) < _LONGEST and readable(word) and is_held_out(word) == held_out
    ]
    words = random.Random(path.name).sample(words, min(_MOST, len(words)))
    return Vocabulary(words, [word for word in words if any(map(is_accented, word))])


def is_held_out(word: str) -> bool:
    """Whether ``word`` is for measuring only."""
    return zlib.crc32(word.lower().encode()) % _HELD_OUT == 0
