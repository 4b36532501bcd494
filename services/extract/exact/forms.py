"""What was filled into the form fields of a PDF, as pairs and as fields of a schema."""

import re

from services.extract.answers import Answers
from services.extract.boxes import yes_or_no
from services.extract.candidates.dates import find_dates
from services.extract.mapping import concept_of, own_labels
from services.extract.printed import PrintedPage, PrintedWord
from services.extract.reading import Reading
from services.extract.wording import compact, split_name
from shared.models.embedded import FormField
from shared.models.extraction import Field, Fields, FieldSource, Row
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema

_STATED = 0.99
_INDEX = re.compile(r"\[\d+\]$")
_PREFIX = re.compile(r"^(?:txt|fld|tf|cb|chk|dd|lst)_?(?=[A-Z])")
_MOST_PAIRS = 500
_READ = frozenset({FieldType.DATE, FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})


def form_pairs(form: list[FormField]) -> list[Row]:
    """Each field's label, or its name, with what was filled in."""
    return [
        {"question": _stated(_question(each), each), "answer": _stated(each.value, each)}
        for each in form[:_MOST_PAIRS]
        if _question(each) and each.ticked is not False
    ]


def ticked_labels(form: list[FormField]) -> list[tuple[str, Box]]:
    """What the check boxes of a form are for, and where they stand."""
    return [(it, each.box) for each in form if each.ticked is not None and (it := _question(each))]


def form_fields(schema: Schema, form: list[FormField], answers: Answers) -> Fields:
    """The fields of ``schema`` that a form field of that meaning gives; the first one counts.

    A value that is not of its field's type is none. Of a day such as 03/04/2026 ``answers`` of the
    whole document say what comes first, and how surely.
    """
    meanings = [(each, _names(each)) for each in form]
    fields: Fields = {}
    for spec in schema.fields:
        if spec.type == FieldType.ROWS:
            continue
        for each, names in meanings:
            if any(_means(spec, name, answers.concepts) for name in names):
                value, sure = _typed(spec.type, each, answers.reading)
                if value is not None:
                    fields[spec.name] = _stated(value, each, sure)
                    break
    return fields


def _question(each: FormField) -> str:
    return each.label.strip() or _bare(each.name)


def _names(each: FormField) -> list[str]:
    return [name for name in (each.label.strip(), _bare(each.name)) if name]


def _bare(name: str) -> str:
    """``form1[0].Page1[0].txtInvoiceNo[0]`` as ``InvoiceNo``."""
    last = _INDEX.sub("", name.rpartition(".")[2].strip())
    return _PREFIX.sub("", last)


def _means(spec: FieldSpec, name: str, known: frozenset[str]) -> bool:
    if compact(name) == compact(spec.name) or own_labels(spec).find(compact(split_name(name))):
        return True
    wanted = concept_of(spec, known)
    asked = concept_of(FieldSpec(name=split_name(name)), frozenset())
    return wanted is not None and asked == wanted


def _typed(kind: FieldType, each: FormField, document: Reading) -> tuple[str | bool | None, float]:
    """The value as one of ``kind`` and how sure it is; ``None`` where it is none."""
    if kind is FieldType.BOOLEAN:
        return (yes_or_no(each.value) if each.ticked is None else each.ticked), 1.0
    if each.ticked is not None:
        return None, 0.0
    if kind not in _READ:
        return each.value.strip() or None, 1.0
    reading = Reading([_page(each.value)], document.region)
    is_day = kind is FieldType.DATE
    found = find_dates(reading.sheet, document.order) if is_day else reading.numbers
    return (found[0].value, found[0].quality if is_day else 1.0) if len(found) == 1 else (None, 0.0)


def _page(text: str) -> PrintedPage:
    words, left = [], 10.0
    for word in text.split():
        right = left + 6.0 * len(word)
        words.append(PrintedWord(word, left, 10.0, right, 20.0))
        left = right + 3.0
    return PrintedPage(0, left + 10.0, 30.0, words=words)


def _stated(value: object, each: FormField, sure: float = 1.0) -> Field:
    return Field(
        value=value,
        raw=each.value,
        confidence=round(_STATED * sure, 4),
        boxes=[each.box],
        grounded=True,
        source=FieldSource.FORM,
    )
