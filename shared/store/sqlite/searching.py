"""Searching by words: a full-text table (FTS5) beside the table of a collection.

Its rows are numbered by time, newest last, so that a search finds the newest first without
looking at all that match. It has our own tokens, divided by spaces. They come and go in the
very statements that write the record (triggers), so there are none without a record.
"""

import zlib
from typing import Any

from shared.search.terms import Place, Run, Search, Term
from shared.store.port import Position
from shared.store.scope import Scope

PLACE, HEADLINE = "place", "headline"
COLUMNS = {PLACE: "INTEGER", HEADLINE: "TEXT"}
"""Derived columns of a collection that is searched."""

_TOKENS = "unicode61 remove_diacritics 0 tokenchars '.'"
_SLOTS = 22
"""Bits of a place behind those of the millisecond."""
_LAST = (1 << 63) - 1
_DIGITS = 32
_COLUMNS = {Place.ANYWHERE: "{name text}", Place.NAME: "{name}"}
_SCOPE = "'o' || hex({0}organization) || ' w' || hex(coalesce({0}workspace, ''))"


def place_of(position: Position, milliseconds: int) -> int:
    """The row of a record in the full-text table: by its time, then as its id (a UUIDv7) has it.

    Two records of one millisecond have one in four million times the same: then a search finds
    but one of them.
    """
    return min((milliseconds << _SLOTS) + _slot(position.id), _LAST)


def _slot(record_id: str) -> int:
    digits = record_id.replace("-", "")
    if len(digits) == _DIGITS and digits[12] == "7":  # 12 random bits, two fixed ones, more random
        return (int(digits[13:16], 16) << 10) + (int(digits[16:20], 16) >> 4 & 0x3FF)
    return zlib.crc32(record_id.encode()) >> (32 - _SLOTS)


def place_at(milliseconds: int) -> int:
    """The first row of a millisecond."""
    return min(milliseconds << _SLOTS, _LAST)


def table_name(table: str) -> str:
    """The full-text table of a table."""
    return f"{table}_words"


def create(table: str) -> list[str]:
    """The statements that make it, where it is missing, and have it follow its table."""
    words, scope = table_name(table), _SCOPE.format("new.")
    come = (
        f"INSERT OR REPLACE INTO {words} (rowid, scope, name, text) "  # noqa: S608 - own names
        f"VALUES (new.{PLACE}, {scope}, new.{HEADLINE}, '')"
    )
    move = f"UPDATE {words} SET scope = {scope} WHERE rowid = new.{PLACE}"  # noqa: S608 - own names
    go = f"DELETE FROM {words} WHERE rowid = old.{PLACE}"  # noqa: S608 - own names
    moved = f"UPDATE OF workspace ON {table} WHEN old.workspace IS NOT new.workspace"
    return [
        f'CREATE VIRTUAL TABLE {words} USING fts5(scope, name, text, tokenize="{_TOKENS}")',
        f"CREATE TRIGGER {words}_come AFTER INSERT ON {table} BEGIN {come}; END",
        f"CREATE TRIGGER {words}_move AFTER {moved} BEGIN {move}; END",
        f"CREATE TRIGGER {words}_go AFTER DELETE ON {table} BEGIN {go}; END",
    ]


def fill(table: str) -> str:
    """The statement that enters all rows of a table by their headlines."""
    words = table_name(table)
    return (
        f"INSERT OR REPLACE INTO {words} (rowid, scope, name, text) "  # noqa: S608 - own names
        f"SELECT {PLACE}, {_SCOPE.format('')}, {HEADLINE}, '' FROM {table}"
    )


def put(table: str) -> str:
    """The statement that gives the row of a record other words, up to its conditions."""
    words = table_name(table)
    return (
        f"INSERT OR REPLACE INTO {words} (rowid, scope, name, text) "  # noqa: S608 - own names
        f"SELECT {PLACE}, {_SCOPE.format('')}, ?, ? FROM {table}"
    )


def expression(scope: Scope, search: Search) -> str:
    """What FTS5 is asked for: the terms, in what the scope covers."""
    parts = [_phrase((f"o{_hex(scope.organization)}",))] if scope.organization is not None else []
    if scope.workspaces is not None:
        own = " OR ".join(_phrase((f"w{_hex(it)}",)) for it in sorted(scope.workspaces))
        parts.append(f"({own or _phrase(('nowhere',))})")
    inside = f"scope : ({' AND '.join(parts)}) AND " if parts else ""
    return inside + " AND ".join(_term(it) for it in search)


def _term(term: Term) -> str:
    ending = " *" if term.open else ""
    wanted = " OR ".join(f"{_phrase(run)}{ending}" for run in term.spellings)
    return f"{_COLUMNS[term.place]} : ({wanted})"


def _phrase(run: Run) -> str:
    return '"{}"'.format(" ".join(run).replace('"', ""))


def _hex(value: Any) -> str:  # noqa: ANN401 - text
    return str(value).encode().hex().upper()
