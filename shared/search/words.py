"""What a document is found by: what it is called, its fields and the words of its pages."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from shared.models.extraction import Field, Fields, Row
from shared.search.tokens import tokens

MOST_NAME, MOST_VALUES, MOST_PAGES = 200, 2_000, 20_000
"""Tokens kept of what a document is called, of its fields, and of its pages."""


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens, with spaces between: of a record's name, and of all else."""

    name: str = ""
    text: str = ""


def words_of(name: str, fields: Fields, pages: Iterable[str]) -> Words:
    """The words of a document; ``pages`` are the texts of its pages, in reading order."""
    values = tokens(_values(fields), MOST_VALUES)
    printed = tokens(pages, MOST_PAGES)
    return Words(name_tokens(name), " ".join([*values, *printed]))


@lru_cache(maxsize=512)  # asked for at every write of a record, which are seconds apart
def name_tokens(name: str) -> str:
    """The tokens of what a record is called."""
    return " ".join(tokens([name], MOST_NAME))


def page_texts(stored: Iterable[bytes]) -> Iterator[str]:
    """The texts of pages, from pages as they are stored."""
    for content in stored:
        yield " ".join(str(word["text"]) for word in json.loads(content).get("words", ()))


def _values(fields: Fields) -> Iterator[str]:
    for value in fields.values():
        if isinstance(value, Field):
            yield from _texts(value)
        else:
            yield from (text for row in value for text in _row(row))


def _row(row: Row) -> Iterator[str]:
    for cell in row.values():
        yield from _texts(cell)


def _texts(field: Field) -> Iterator[str]:
    if field.value is None or isinstance(field.value, bool):
        return
    value = str(field.value)
    yield value
    if field.raw and field.raw != value:
        yield field.raw
