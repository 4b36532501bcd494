"""Fields of rows, made of the tables that stand on a page."""

from services.extract.finders import FoundRow
from services.extract.induction.naming import field_name, label_text
from services.extract.mapping import LINE_COLUMNS, column_of
from services.extract.reading import Reading
from services.extract.tables.headed import HeadedTable
from services.extract.tables.typing import type_of
from services.extract.tables.unheaded import UnheadedTable
from shared.models.schema import FieldSpec, FieldType

_CALLED = {FieldType.INTEGER: "number", FieldType.IDENTIFIER: "code"}
_COUNTED = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.AMOUNT})


def headed_spec(reading: Reading, table: HeadedTable, name: str) -> FieldSpec:
    """A table that no type knows: its columns, by their heads."""
    labels = [table.title] if table.title else []
    columns = _columns(reading, table, set())
    return FieldSpec(name=name, type=FieldType.ROWS, synonyms=labels, fields=columns)


def standard_spec(
    reading: Reading, spec: FieldSpec, rows: list[FoundRow], table: HeadedTable | None
) -> FieldSpec:
    """A type's own rows: those of its columns that have values, as ``table`` heads them.

    Columns of the table that the type does not have come behind them, by their own heads.
    """
    present = {concept for row in rows for concept in row}
    columns = [it for it in spec.fields if (it.concept or it.name) in present]
    printed = _columns(reading, table, {it.name for it in columns}) if table else []
    heads = {column_of(it, "line_items"): it.synonyms for it in printed}
    named = [
        FieldSpec(
            name=it.name,
            type=it.type,
            description=it.description,
            synonyms=heads.get(it.concept or it.name, []),
        )
        for it in columns
    ]
    told = {token.index for row in rows for found in row.values() for token in found.tokens}
    others = [
        it
        for at, it in enumerate(printed)
        if table is not None and not _is_told(table, at, told)
        if column_of(it, "line_items") not in LINE_COLUMNS
    ]
    return FieldSpec(
        name=spec.name, type=FieldType.ROWS, description=spec.description, fields=named + others
    )


def unheaded_spec(table: UnheadedTable, name: str) -> FieldSpec:
    """A table without heads: its columns in their order, called by what stands in them."""
    columns: list[FieldSpec] = []
    for kind in table.kinds:
        own = field_name(_CALLED.get(kind, kind.value), {it.name for it in columns})
        columns.append(FieldSpec(name=own, type=kind))
    return FieldSpec(name=name, type=FieldType.ROWS, fields=columns)


def _is_told(table: HeadedTable, at: int, told: set[int]) -> bool:
    """Whether others tell what stands in a column, as where two heads look like one."""
    cells = [row[at] for row in table.rows if row[at]]
    twice = sum(any(token.index in told for token in cell) for cell in cells)
    return 2 * twice > len(cells)


def _columns(reading: Reading, table: HeadedTable, taken: set[str]) -> list[FieldSpec]:
    columns: list[FieldSpec] = []
    for at, cell in enumerate(table.heads):
        label = label_text(cell.tokens) or cell.text
        name = field_name(label, taken)
        taken.add(name)
        kinds = {type_of(reading, row[at]) for row in table.rows if row[at]}
        columns.append(FieldSpec(name=name, type=_common(kinds), synonyms=[label]))
    return columns


def _common(kinds: set[FieldType]) -> FieldType:
    """The type that all cells of a column fit."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return FieldType.NUMBER if kinds and kinds <= _COUNTED else FieldType.TEXT
