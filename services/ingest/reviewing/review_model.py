"""What a review shows of each value: its state, why, and which comes next. Only computes.

Five states. A value that breaks a rule is wrong, and so are all that the rule is about, be they
checked or not; one the machine is not sure enough of is doubtful; one that a person has accepted
or changed is checked; the rest is sure, or not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.models.extraction import Extraction, Field, Fields, FieldSource, ReviewReason
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.validation import Finding, apply_rules, unmet_sums

_FROM_PAGE = frozenset({FieldSource.LAYOUT, FieldSource.LLM})
_SEEN_ANEW = frozenset(
    {"missing_required", "low_confidence", "ungrounded", "sum_mismatch", "rule_broken"}
)
"""Reasons of the pipeline that are found here as well, in the values as they are now."""
_WAYS = {
    "sum_mismatch": "the sum does not add up",
    "xml_page_mismatch": "the file's XML says otherwise",
    "code_page_mismatch": "a code on the page says otherwise",
}


class FieldState(StrEnum):
    """What is to be thought of a value."""

    BAD = "bad"
    DOUBT = "doubt"
    AUTO = "auto"
    HUMAN = "human"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Mark:
    """A value's state, and why, for people.

    One that is ``open`` is wrong or doubtful, and nobody has accepted it as it is: a reviewer
    stops there. ``flagged`` ones keep a document from being approved without a reason.
    """

    place: str
    state: FieldState
    why: tuple[str, ...] = ()
    open: bool = False
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """All marks in the schema's order, and what is said of the document as a whole."""

    marks: Mapping[str, Mark] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def stops(self) -> list[str]:
        """Where a reviewer stops: first what is wrong, then what is doubtful."""
        found = [it for it in self.marks.values() if it.open]
        return [
            it.place
            for state in (FieldState.BAD, FieldState.DOUBT)
            for it in found
            if it.state is state
        ]

    @property
    def flags(self) -> list[str]:
        """What keeps the document from being approved without a reason."""
        return [it.place for it in self.marks.values() if it.flagged]

    def next_stop(self, place: str) -> str | None:
        """The stop that comes behind a place: the nearest wrong value, then the nearest doubt.

        Behind the last of a kind comes the first; ``None`` where nothing is left.
        """
        places = list(self.marks)
        start = places.index(place) + 1 if place in self.marks else 0
        behind = [it for it in (*places[start:], *places[:start]) if it != place]
        for state in (FieldState.BAD, FieldState.DOUBT):
            for other in behind:
                mark = self.marks[other]
                if mark.open and mark.state is state:
                    return other
        return None


def review_sheet(
    schema: Schema,
    extraction: Extraction,
    threshold: float,
    checks: Sequence[tuple[Sequence[str], str]] = (),
) -> ReviewSheet:
    """The marks of an extraction's values as they are now.

    ``threshold`` is a confidence 0..1 below which a value is doubtful, unless its field has one.
    ``checks`` are places and messages of rules that are run elsewhere and have failed.
    """
    fields, absent = extraction.current_fields, extraction.review_work.absent
    whole = whole_schema(schema, fields)
    values = list(values_of(whole, fields))
    places = {place: value for place, _, value in values}
    wrong = _wrong(whole, fields, places, absent)
    doubts, notices = _doubts(extraction.reasons, places)
    for about, message in checks:
        for place in about:
            doubts.setdefault(place, []).append(message)
    is_reviewed = extraction.reviewed is not None
    required = {it.name for it in whole.fields if it.required}
    marks = {}
    for place, spec, value in values:
        limit = threshold if spec.threshold is None else spec.threshold
        is_required = place.partition("/")[0] in required
        says = _Opinion(wrong.get(place, []), doubts.get(place, []), limit, is_required)
        if value is None:
            marks[place] = _empty(place, says, is_absent=place in absent, done=is_reviewed)
        else:
            marks[place] = _filled(place, value, says, done=is_reviewed)
    return ReviewSheet(marks, tuple(notices))


def whole_schema(schema: Schema, fields: Fields) -> Schema:
    """The schema with a field for each that was found and is not one of its own."""
    names = {it.name for it in schema.fields}
    others = [_spec_of(name, fields) for name in fields if name not in names]
    return schema.copy_with(fields=[*schema.fields, *others]) if others else schema


def values_of(schema: Schema, fields: Fields) -> Iterator[tuple[str, FieldSpec, Field | None]]:
    """Each value's place in the schema's order, with what it is to be; ``None``: it has none.

    A field of rows has those of its rows, and its own place only where it has no rows.
    """
    for spec in schema.fields:
        found = fields.get(spec.name)
        if spec.type is not FieldType.ROWS:
            yield spec.name, spec, found if isinstance(found, Field) else None
            continue
        rows = [] if found is None or isinstance(found, Field) else found
        if not rows:
            yield spec.name, spec, None
        for number, row in enumerate(rows):
            for column in spec.fields:
                yield f"{spec.name}/{number}/{column.name}", column, row.get(column.name)


@dataclass(frozen=True, slots=True)
class _Opinion:
    wrong: list[str]
    doubts: list[str]
    threshold: float
    is_required: bool


def _empty(place: str, says: _Opinion, *, is_absent: bool, done: bool) -> Mark:
    if says.wrong and not done:
        return Mark(place, FieldState.BAD, tuple(says.wrong), open=not is_absent, flagged=True)
    why = "not on the document" if is_absent else ""
    return Mark(place, FieldState.ABSENT, (why,) if why else ())


def _filled(place: str, value: Field, says: _Opinion, *, done: bool) -> Mark:
    is_seen = value.confirmed or value.source is FieldSource.PERSON
    if says.wrong and not done:
        return Mark(place, FieldState.BAD, tuple(says.wrong), open=not is_seen, flagged=True)
    if is_seen or done:
        return Mark(place, FieldState.HUMAN)
    doubts = list(says.doubts)
    is_flagged = bool(doubts)
    if not value.grounded and value.source in _FROM_PAGE:
        doubts.append("no words on the page bear it out")
        is_flagged = True
    if value.confidence < says.threshold:
        doubts.append(f"{value.confidence:.0%} sure")
        is_flagged = is_flagged or says.is_required
    if doubts:
        return Mark(place, FieldState.DOUBT, tuple(doubts), open=True, flagged=is_flagged)
    return Mark(place, FieldState.AUTO, (f"{value.confidence:.0%} sure",))


def _wrong(
    schema: Schema, fields: Fields, places: Mapping[str, Field | None], absent: Sequence[str]
) -> dict[str, list[str]]:
    """What is wrong with each place; a rule is held against all that it is about."""
    wrong: dict[str, list[str]] = {}
    for finding in _findings(schema, fields):
        own = finding.reason.field or ""
        if places.get(place_of(own)) is None and place_of(own) in absent:
            continue  # a person has said that there is no such value
        for name in (own, *finding.others):
            for place in _placed(name, places):
                wrong.setdefault(place, []).append(_said(finding.reason))
    return wrong


def _findings(schema: Schema, fields: Fields) -> Iterator[Finding]:
    for spec in schema.fields:
        if spec.required and not fields.get(spec.name):
            detail = "needed, and not found"
            yield Finding(ReviewReason(code="missing_required", field=spec.name, detail=detail))
    yield from apply_rules(schema, fields).findings
    yield from unmet_sums(schema, fields)


def _doubts(
    reasons: Sequence[ReviewReason], places: Mapping[str, Field | None]
) -> tuple[dict[str, list[str]], list[str]]:
    doubts: dict[str, list[str]] = {}
    notices: list[str] = []
    for reason in reasons:
        if reason.code in _SEEN_ANEW:
            continue
        about = _placed(reason.field, places) if reason.field else []
        for place in about:
            doubts.setdefault(place, []).append(_said(reason))
        if not about:
            notices.append(_said(reason))
    return doubts, notices


def _said(reason: ReviewReason) -> str:
    way = _WAYS.get(reason.code)
    if way and reason.detail:
        return f"{way}: {reason.detail}"
    return way or reason.detail or reason.code.replace("_", " ")


def place_of(name: str) -> str:
    """The place of a value as a reason names it: ``items[0].price`` is ``items/0/price``."""
    return name.replace("[", "/").replace("].", "/").replace("]", "")


def _placed(name: str, places: Mapping[str, Field | None]) -> list[str]:
    """The places that a name means: one value, or all of a column such as ``items.price``."""
    place = place_of(name)
    if place in places:
        return [place]
    whole, _, column = name.rpartition(".")
    if not whole:  # a field of rows as a whole
        return [it for it in places if it.startswith(f"{name}/")]
    return [it for it in places if it.startswith(f"{whole}/") and it.endswith(f"/{column}")]


def _spec_of(name: str, fields: Fields) -> FieldSpec:
    found = fields[name]
    if isinstance(found, Field):
        return FieldSpec(name=name)
    columns = dict.fromkeys(column for row in found for column in row)
    parts = [FieldSpec(name=it) for it in columns]
    return FieldSpec(name=name, type=FieldType.ROWS, fields=parts)
