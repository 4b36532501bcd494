"""Labels for fields of somebody's own from the type that a document is of.

Who asks for ``opening balance`` on an Italian statement means ``Saldo iniziale``: the type's field
of that name has the labels of all languages, and so does a field that is called by one of these.
"""

from services.extract.labels import LabelMap
from services.extract.lexicon.money_heads import MONEY_HEADS
from services.extract.mapping import own_labels
from services.extract.sheet import Sheet
from services.extract.wording import compact, split_name
from shared.models.schema import FieldSpec, FieldType, Schema

_TEXTS = frozenset({FieldType.TEXT, FieldType.NAME, FieldType.IDENTIFIER, FieldType.ADDRESS})
_FEWEST_COLUMNS = 2
_TRANSACTIONS = "transactions"
_COUNTED = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})


def in_all_languages(ordered: Schema, of_type: Schema, sheet: Sheet) -> Schema:
    """``ordered`` with the labels that ``of_type`` has for fields that mean the same.

    A field whose own label stands on the sheet needs no other.
    """
    taken: set[str] = set()
    fields = [_borrowed(it, of_type.fields, taken, sheet) for it in ordered.fields]
    return ordered.copy_with(fields=fields)


def _borrowed(own: FieldSpec, fields: list[FieldSpec], taken: set[str], sheet: Sheet) -> FieldSpec:
    is_table = own.type is FieldType.ROWS
    if own.concept or (not is_table and LabelMap(sheet, own_labels(own)).all()):
        return own
    same = _meant(own, [it for it in fields if it.name not in taken])
    if same is None:
        return own
    taken.add(same.name)
    if is_table:
        heads: set[str] = set()
        columns = [_borrowed(it, _columns(same), heads, sheet) for it in own.fields]
        columns = [it.copy_with(concept=None) for it in columns]
        return own.copy_with(synonyms=_labels(own, same), fields=columns)
    return own.copy_with(synonyms=_labels(own, same), concept=same.concept)


def _columns(rows: FieldSpec) -> list[FieldSpec]:
    """The columns of ``rows``, with those that a type has as signs of an amount."""
    if rows.concept != _TRANSACTIONS:
        return rows.fields
    signs = (
        FieldSpec(name=name, type=FieldType.AMOUNT, synonyms=heads)
        for name, heads in MONEY_HEADS.items()
    )
    return [*rows.fields, *signs]


def _meant(own: FieldSpec, fields: list[FieldSpec]) -> FieldSpec | None:
    """The field whose name or one of whose labels is the name of ``own`` or its label."""
    called = {compact(split_name(own.name)), *map(compact, own.synonyms)}
    fitting = [it for it in fields if _fits(own.type, it.type)]
    named = [it for it in fitting if compact(split_name(it.name)) in called]
    found = next((it for it in (*named, *(it for it in fitting if _shares(it, called)))), None)
    return _of_columns(own, fitting) if found is None and own.type is FieldType.ROWS else found


def _of_columns(own: FieldSpec, tables: list[FieldSpec]) -> FieldSpec | None:
    """The table with the most columns that those of ``own`` mean, two at least."""

    def alike(table: FieldSpec) -> int:
        return sum(_meant(it, _columns(table)) is not None for it in own.fields)

    best = max(tables, key=alike, default=None)
    return best if best is not None and alike(best) >= _FEWEST_COLUMNS else None


def _shares(field: FieldSpec, called: set[str]) -> bool:
    return not called.isdisjoint(map(compact, field.synonyms))


def _fits(own: FieldType, other: FieldType) -> bool:
    """Whether a value of one type is one of the other; a sender may call anything a text."""
    if own is FieldType.TEXT and other is not FieldType.ROWS:
        return True
    if own in _COUNTED or other in _COUNTED:
        return own in _COUNTED and other in _COUNTED
    return own is other or {own, other} <= _TEXTS


def _labels(own: FieldSpec, same: FieldSpec) -> list[str]:
    return list(dict.fromkeys([*own.synonyms, *same.synonyms]))
