"""Fields under names that others gave them: ``python -m benchmarks.custom_schemas [--data DIR]``.

``vocabularies.json`` lists names of fields of e-invoicing standards, of accounting programs and of
services that read invoices, in eight languages. All were written down and committed before any of
them was tried; those marked ``blind`` were tried when the mapping had been mended by what it missed
of the others. Told are the share that is mapped to the right concept, with the types that a careful
sender gives and with nothing but strings and numbers, and what a schema of those names finds on
invoices, beside what the built-in type finds of the same fields on the same pages: on invoices
made by code, and with ``--data`` on the born-digital ones there.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from benchmarks.dataset import evaluation
from benchmarks.made_invoices import made_invoices, page_of
from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.scores import Calibration, matches
from services.extract.answers import Answers
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.mapping import concept_of
from services.extract.reading import Reading
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.extraction import Field, Fields
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

_FILE = Path(__file__).with_name("vocabularies.json")
MADE = 48
_ENGLISH = "en"
_LIMITS = {"English": 0.95, "others": 0.92}


class Name(BaseModel):
    """A field's name, the type its sender would give it, and what it means."""

    name: str
    type: FieldType
    concept: str

    def spec(self, *, plain: bool = False) -> FieldSpec:
        """As a field of a schema; ``plain`` knows strings and numbers only."""
        kinds = {FieldType.AMOUNT: FieldType.NUMBER}
        kind = kinds.get(self.type, FieldType.TEXT) if plain else self.type
        return FieldSpec(name=self.name, type=kind)


class Vocabulary(BaseModel):
    """Names of one source in one language."""

    vocabulary: str
    language: str
    blind: bool
    fields: list[Name]


@dataclass
class Found:
    """Right values by names of one language, and by the built-in type on the same pages."""

    all: int = 0
    right: int = 0
    built_in: int = 0
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def share(self) -> float:
        """What is found, of what the built-in type finds."""
        return self.right / max(1, self.built_in)


@cache
def vocabularies() -> list[Vocabulary]:
    """The lists, read once."""
    return [Vocabulary.model_validate(each) for each in json.loads(_FILE.read_bytes())]


def mapped(name: Name, *, plain: bool) -> str | None:
    """The concept that a name is taken for; the date of an invoice is its own."""
    found = concept_of(name.spec(plain=plain), Answers(Reading([]), is_receipt=False).concepts)
    return "invoice_date" if found == "date" else found


def documents(data: Path | None) -> Iterator[tuple[list[Page], dict[str, object]]]:
    """Pages of invoices with the fields that stand on them."""
    for document, cells in made_invoices(MADE):
        yield page_of(cells), document.fields
    for document in evaluation(data, ["invoices_pdf"], None) if data else ():
        read = read_pages(str(document.file), "application/pdf", 0, None, ReadOptions(budget=60.0))
        fields = {name: document.fields[name] for name in document.scored}
        yield [Page.model_validate_json(page.json) for page in read.pages], fields


def main() -> None:
    """Prints names that are taken for something else, and what schemas of them find."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path)
    options.add_argument("--show", action="store_true", help="the blind names missed too")
    given = options.parse_args()
    floors = []
    for blind in (False, True):
        names = [it for each in vocabularies() if each.blind == blind for it in each.fields]
        for plain in (False, True):
            wrong = [it for it in names if mapped(it, plain=plain) != it.concept]
            for it in wrong if given.show or not blind else ():
                progress(f"{it.name} ({it.concept}) is taken for {mapped(it, plain=plain)}")
            kind = f"names mapped{', blind' * blind}, {'strings and numbers' if plain else 'typed'}"
            floors.append(Floor(kind, round(1 - len(wrong) / len(names), 3), 0.9))
    found = measured(given.data)
    figures: list[Figures] = []
    for blind in (False, True):
        for of, languages in (("English", True), ("others", False)):
            part = [it for (known, en), it in found.items() if (known, en) == (blind, languages)]
            figures += [_figures(f"{of}{', blind' * blind}", it) for it in part]
            limit = _LIMITS[of]
            floors += [
                Floor(f"end to end, {of}{', blind' * blind}", round(it.share, 3), limit)
                for it in part
            ]
    report = Report("custom schemas", {"invoices": MADE}, figures, floors)
    report.finish(given.json)


def _figures(names: str, it: Found) -> Figures:
    return {
        "names": names, "values": it.all, "right": it.right, "built-in": it.built_in,
        "share": round(it.share, 3), "ECE": round(it.calibration.overall.ece, 3),
    }  # fmt: skip


def measured(data: Path | None) -> dict[tuple[bool, bool], Found]:
    """What schemas of every vocabulary find on every document, by blind and by English."""
    found: dict[tuple[bool, bool], Found] = defaultdict(Found)
    for pages, wanted in documents(data):
        built_in = extract(ExtractRequest(pages=pages, requested_type="invoice")).fields
        for each in vocabularies():
            schema = Schema(name="ordered", fields=[name.spec() for name in each.fields])
            request = ExtractRequest(pages=pages, requested_type="invoice", ordered=schema)
            _count(
                found[each.blind, each.language == _ENGLISH],
                each,
                wanted,
                built_in,
                extract(request).fields,
            )
    return found


def _count(
    found: Found, names: Vocabulary, wanted: dict[str, object], built_in: Fields, own: Fields
) -> None:
    for name in names.fields:
        if name.concept not in wanted:
            continue
        value = own.get(name.name)
        right = isinstance(value, Field) and matches(
            name.concept, wanted[name.concept], value.value
        )
        known = built_in.get(name.concept)
        found.all += 1
        found.right += right
        found.built_in += isinstance(known, Field) and matches(
            name.concept, wanted[name.concept], known.value
        )
        if isinstance(value, Field):
            found.calibration.add(name.concept, value.confidence, right=right)


if __name__ == "__main__":
    main()
