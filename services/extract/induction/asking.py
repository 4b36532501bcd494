"""Words that ask for something, as the labels of forms are made of, in several languages."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

_ENDS = "ends"


@dataclass(frozen=True, slots=True)
class AskingWords:
    """Whole words, and what compound words end in; compact as by ``wording.compact``."""

    words: frozenset[str]
    ends: tuple[str, ...]


@cache
def asking_words() -> AskingWords:
    """The words of all languages, read once per process."""
    data: dict[str, list[str]] = json.loads(
        resources.files(__package__).joinpath("asking.json").read_bytes()
    )
    ends = tuple(data.pop(_ENDS))
    return AskingWords(frozenset(word for words in data.values() for word in words), ends)
