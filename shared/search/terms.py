"""What somebody searches for, read from what was typed."""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.search.tokens import spellings

MOST_CHARACTERS = 200
MOST_TERMS = 12
SHORTEST_PREFIX = 3
"""Fewer characters begin too many words to be looked for."""

_CHUNK = re.compile(r'"([^"]*)"?|(\S+)')

Run = tuple[str, ...]
"""Tokens that stand side by side."""


class Place(StrEnum):
    """Where a term is to stand: anywhere, or in what a record is called."""

    ANYWHERE = "anywhere"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be there, in any of its ``spellings``; ``open``: its end may go on."""

    spellings: tuple[Run, ...]
    open: bool = False
    place: Place = Place.ANYWHERE


Search = tuple[Term, ...]
"""Terms that must all be there."""


def read_search(typed: str, place: Place = Place.ANYWHERE) -> Search:
    """The terms of what was typed; none where there is no letter or digit in it.

    Words between quotation marks, and what is written without a space, stand side by side. The
    last word may go on if it has ``SHORTEST_PREFIX`` characters and no mark behind it.
    """
    terms: list[Term] = []
    for found in _CHUNK.finditer(typed[:MOST_CHARACTERS]):
        quoted, plain = found.groups()
        is_last = found.end() == len(typed) and quoted is None
        term = _term(quoted if plain is None else plain, place, may_go_on=is_last)
        if term is not None and term not in terms:
            terms.append(term)
    return tuple(terms[:MOST_TERMS])


def _term(text: str, place: Place, *, may_go_on: bool) -> Term | None:
    parts = list(spellings(text))
    if not parts:
        return None
    run = tuple(it[0] for it in parts)
    is_open = may_go_on and len(run[-1]) >= SHORTEST_PREFIX
    if len(parts) == 1:
        return Term(tuple((it,) for it in parts[0]), is_open, place)
    return Term((run,), is_open, place)
