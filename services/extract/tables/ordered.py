"""The rows of a table that a schema describes by the names and labels of its columns."""

from services.extract.calibrate import legibility
from services.extract.finders import Found, FoundRow
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import phrases
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.tables.headed import HeadedTable, find_table
from services.extract.tables.typing import typed_value
from services.extract.wording import split_name
from shared.models.schema import FieldSpec

_SURE, _UNSURE = 0.85, 0.6


def find_ordered_rows(reading: Reading, spec: FieldSpec) -> list[FoundRow]:
    """The rows of the table whose heads name most of the columns of ``spec``, by column."""
    columns = {column.name: column for column in spec.fields}
    named = phrases(
        (label, name)
        for name, column in columns.items()
        for label in (split_name(name), *column.synonyms)
    )
    labels = LabelMap(reading.sheet, named)
    fewest = max(1 if len(columns) == 1 else 2, (len(columns) + 1) // 2)
    table = find_table(reading, labels, fewest)
    if table is None:
        return []
    places = _places(table, labels)
    sure = _SURE if len(places) == len(columns) else _UNSURE
    rows = [
        {
            name: Found(value, _raw(row[at]), sure * legibility(row[at]), row[at])
            for name, at in places.items()
            if row[at] and (value := typed_value(reading, columns[name].type, row[at])) is not None
        }
        for row in table.rows
    ]
    return [row for row in rows if row]


def _places(table: HeadedTable, labels: LabelMap) -> dict[str, int]:
    """Where each column stands; the longest label over it names it."""
    places: dict[str, int] = {}
    for at, cell in enumerate(table.heads):
        own = {token.index for token in cell.tokens}
        hits = [hit for hit in labels.all() if own & {token.index for token in hit.tokens}]
        for hit in sorted(hits, key=_length, reverse=True):
            name = min(hit.concepts)
            if name not in places:
                places[name] = at
                break
    return places


def _length(hit: Hit) -> int:
    return hit.length


def _raw(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)
