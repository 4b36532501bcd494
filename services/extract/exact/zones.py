"""Turns what a machine-readable zone says into fields of a schema."""

from services.extract.calibrate import legibility
from services.extract.exact.mrz import TOTAL, Zone, read_zone
from services.extract.mapping import own_labels
from services.extract.reading import Reading
from services.extract.sheet import Sheet, boxes_of
from services.extract.wording import compact
from shared.models.extraction import Field, Fields, FieldSource, ReviewReason
from shared.models.schema import FieldSpec, FieldType, Schema

IDENTITY = "identity_document"
"""The built-in type of documents with such a zone."""
_PROVEN, _PROVEN_WHOLE = 0.98, 0.995
_SAID = 0.9
_DOUBTFUL = 0.4  # has a check digit, and it does not fit
_CHECKED = frozenset({"document_number", "birth_date", "expiry_date", "personal_number"})
_SIGN = "<"
_FEWEST_SIGNS = 4
_FEWEST_LETTERS = 2


def zone_of(sheet: Sheet) -> Zone | None:
    """The zone on a sheet; most sheets have none and are not searched."""
    text = sheet.plain_text
    if text.count(_SIGN) + text.count("\xab") < _FEWEST_SIGNS:
        return None
    return read_zone([row.text for row in sheet.rows])


def zone_fields(reading: Reading, schema: Schema, zone: Zone) -> Fields:
    """The fields of ``schema`` that the zone says."""
    rows = reading.sheet.rows[zone.first : zone.first + zone.rows]
    tokens = [token for row in rows for token in row.tokens]
    clear = legibility(tokens)
    own = {token.index for token in tokens}
    others = {compact(it.text) for it in reading.sheet.tokens if it.index not in own}
    fields: Fields = {}
    for spec in schema.fields:
        name = _said(spec, zone)
        if name is None:
            continue
        proven = _PROVEN_WHOLE if zone.is_whole else _PROVEN
        unproven = (_DOUBTFUL if name in _CHECKED else _SAID) * clear
        if name not in _CHECKED and _is_printed(zone.fields[name], others):
            unproven = max(unproven, _PROVEN)
        fields[spec.name] = Field(
            value=zone.fields[name],
            raw=zone.fields[name],
            confidence=round(proven if name in zone.proven else unproven, 4),
            boxes=boxes_of(tokens),
            grounded=True,
            source=FieldSource.MRZ,
        )
    return fields


def _is_printed(value: str, others: set[str]) -> bool:
    """Whether the words of a value are printed outside of the zone, too, which proves them."""
    words = [compact(word) for word in value.split()]
    return all(word in others and len(word) >= _FEWEST_LETTERS for word in words)


def zone_doubts(schema: Schema, zone: Zone) -> list[ReviewReason]:
    """A reason to look for each check digit that does not fit what was read."""
    names = {_said(spec, zone): spec.name for spec in schema.fields}
    if names.keys() <= {None}:
        return []
    return [
        ReviewReason(
            code="check_digit_mismatch",
            field=names.get(name),
            detail="the check digit over the whole zone does not fit"
            if name == TOTAL
            else "its check digit in the machine-readable zone does not fit",
        )
        for name in sorted(zone.broken)
        if name == TOTAL or name in names
    ]


def _said(spec: FieldSpec, zone: Zone) -> str | None:
    """The zone's name for what ``spec`` asks for."""
    if spec.type == FieldType.ROWS:
        return None
    if (spec.concept or spec.name) in zone.fields:
        return spec.concept or spec.name
    labels = own_labels(spec)
    return next((name for name in zone.fields if labels.find(compact(name))), None)
