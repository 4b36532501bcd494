"""Searching by words in MongoDB: our own tokens, in an array beside the record.

An index over it holds them with the time of the record, so that a word leads to the newest first.
The text is kept too, to tell whether words stand side by side. Nothing of it outlives the record.
"""

import re
from typing import Any

from shared.search.terms import Place, Run, Search, Term
from shared.search.words import Words
from shared.store.mongo.driver import Bson

SEARCH, WORDS, BY_WORD = "search", "search.words", "by_word"
MANY = 1_000
"""So many records with words that begin alike are found sooner by looking at the newest first."""

_TEXTS = {Place.ANYWHERE: "search.text", Place.NAME: "search.name"}
_NAMED = ":"
"""Stands before a word of a name, which no token has in it."""


def stored(words: Words) -> Bson:
    """What is kept of a record's words."""
    named, others = words.name.split(), words.text.split()
    tokens = {*named, *others, *(_NAMED + it for it in named)}
    text = f" {words.name} | {words.text} "
    return {SEARCH: {"words": sorted(tokens), "name": f" {words.name} ", "text": text}}


def leads(search: Search) -> bool:
    """Whether a word of it is whole, or one of several, so that the index leads to few."""
    return any(_whole(term) for term in search)


def conditions(search: Search) -> list[Bson]:
    """What must hold, the most telling word first: its index is walked."""
    ordered = sorted(search, key=lambda it: (not _whole(it), -max(map(len, it.spellings[0]))))
    return [condition for term in ordered for condition in _conditions(term)]


def _whole(term: Term) -> bool:
    return not term.open or len(term.spellings[0]) > 1


def _conditions(term: Term) -> list[Bson]:
    mark = _NAMED if term.place is Place.NAME else ""
    if len(term.spellings) > 1:
        ways = [_run(it, term, mark) for it in term.spellings]
        return [{"$or": [{"$and": way} if len(way) > 1 else way[0] for way in ways]}]
    return _run(term.spellings[0], term, mark)


def _run(run: Run, term: Term, mark: str) -> list[Bson]:
    *before, last = run
    found: list[Bson] = [{WORDS: mark + it} for it in sorted(set(before), key=len, reverse=True)]
    found.append({WORDS: _beginning(mark + last) if term.open else mark + last})
    if before:
        ending = "" if term.open else " "
        found.append({_TEXTS[term.place]: {"$regex": re.escape(f" {' '.join(run)}{ending}")}})
    return found


def _beginning(token: str) -> Any:  # noqa: ANN401 - a condition
    return {"$regex": f"^{re.escape(token)}"}
