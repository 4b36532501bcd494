"""What was filled into the form fields of a PDF, as pairs and as fields of a schema."""

import re
from collections.abc import Callable

from services.extract.candidates.candidate import Candidate
from services.extract.mapping import concept_of, own_labels
from services.extract.printed import PrintedPage, PrintedWord
from services.extract.reading import Reading
from services.extract.wording import compact, split_name
from shared.models.embedded import FormField
from shared.models.extraction import Field, Fields, FieldSource, Row
from shared.models.schema import FieldSpec, FieldType, Schema

_STATED = 0.99
_INDEX = re.compile(r"\[\d+\]$")
_PREFIX = re.compile(r"^(?:txt|fld|tf|cb|chk|dd|lst)_?(?=[A-Z])")
_MOST_PAIRS = 500


def form_pairs(form: list[FormField]) -> list[Row]:
    """Each field's label, or its name, with what was filled in."""
    return [
        {"question": _stated(_question(each), each), "answer": _stated(each.value, each)}
        for each in form[:_MOST_PAIRS]
        if _question(each)
    ]


def form_fields(schema: Schema, form: list[FormField], known: frozenset[str]) -> Fields:
    """The fields of ``schema`` that a form field of that meaning gives; the first one counts.

    ``known`` are the concepts that there are. A value that is not of its field's type is none.
    """
    meanings = [(each, _names(each)) for each in form]
    fields: Fields = {}
    for spec in schema.fields:
        if spec.type == FieldType.ROWS:
            continue
        for each, names in meanings:
            if any(_means(spec, name, known) for name in names):
                value = _typed(spec.type, each.value)
                if value is not None:
                    fields[spec.name] = _stated(value, each)
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


def _typed(kind: FieldType, text: str) -> str | None:
    """``text`` as values of ``kind`` are written, ``None`` where it is none."""
    readers: dict[FieldType, Callable[[Reading], list[Candidate]]] = {
        FieldType.DATE: lambda it: it.dates,
        FieldType.AMOUNT: lambda it: it.numbers,
        FieldType.NUMBER: lambda it: it.numbers,
        FieldType.INTEGER: lambda it: it.numbers,
    }
    if kind not in readers:
        return text.strip() or None
    found = readers[kind](Reading([_page(text)]))
    return found[0].value if len(found) == 1 else None


def _page(text: str) -> PrintedPage:
    words, left = [], 10.0
    for word in text.split():
        right = left + 6.0 * len(word)
        words.append(PrintedWord(word, left, 10.0, right, 20.0))
        left = right + 3.0
    return PrintedPage(0, left + 10.0, 30.0, words=words)


def _stated(value: str, each: FormField) -> Field:
    return Field(
        value=value,
        raw=each.value,
        confidence=_STATED,
        boxes=[each.box],
        grounded=True,
        source=FieldSource.FORM,
    )
