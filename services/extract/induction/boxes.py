"""Fields for what no label with a value tells: check boxes, and codes."""

from collections.abc import Sequence

from services.extract.boxes import find_choices
from services.extract.exact.barcodes import named_codes
from services.extract.exact.forms import ticked_labels
from services.extract.induction.naming import field_name
from services.extract.induction.placed import LAST, Placed
from services.extract.printed import AnyPage
from services.extract.reading import Reading
from services.extract.sheet import Token
from shared.models.embedded import FormField
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType


def form_boxes(
    reading: Reading, form: list[FormField], names: set[str], taken: set[int]
) -> list[Placed]:
    """The check boxes among a PDF's form fields.

    The signs drawn in them are no values: they and the names are added to ``taken`` and ``names``.
    """
    placed: list[Placed] = []
    for label, box in ticked_labels(form):
        signs = {it.index for it in reading.sheet.tokens if _is_within(it, box)}
        spec = FieldSpec(name=field_name(label, names), type=FieldType.BOOLEAN, synonyms=[label])
        names.add(spec.name)
        taken |= signs
        placed.append(Placed(min(signs, default=LAST), spec))
    return placed


def choices(reading: Reading, names: set[str], taken: set[int]) -> list[Placed]:
    """What check boxes on the page say."""
    placed: list[Placed] = []
    for choice in find_choices(reading):
        own = {token.index for token in choice.tokens}
        if taken & own or not choice.labels[0]:
            continue
        name = field_name(choice.labels[0], names)
        names.add(name)
        taken |= own
        description = f"Box printed as \u201c{choice.labels[-1]}\u201d"
        spec = FieldSpec(
            name=name, type=FieldType.BOOLEAN, description=description, synonyms=choice.labels
        )
        placed.append(Placed(min(own), spec))
    return placed


def codes(pages: Sequence[AnyPage], names: set[str]) -> list[Placed]:
    """Bar codes and QR codes, of which the first of each kind is told."""
    found = [it for it in named_codes(pages) if it not in names]
    names.update(found)
    return [
        Placed(LAST, FieldSpec(name=it, description="What the code on the page says"))
        for it in found
    ]


def _is_within(token: Token, box: Box) -> bool:
    own = token.box
    x, y = (own.x0 + own.x1) / 2, (own.y0 + own.y1) / 2
    return own.page == box.page and box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1
