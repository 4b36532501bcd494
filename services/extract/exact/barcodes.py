"""Bar codes and QR codes as values: of fields that ask for one, and of what is printed, too."""

from collections.abc import Sequence

from services.extract.exact.payment import read_payment
from services.extract.printed import AnyPage, PrintedCode
from services.extract.wording import compact, split_name
from shared.models.extraction import Field, Fields, FieldSource
from shared.models.page import Barcode, Box
from shared.models.schema import FieldSpec, FieldType, Schema

BARCODE, QR_CODE = "barcode", "qr_code"
"""The names of fields that ask for a code as such."""

_Code = Barcode | PrintedCode
_STATED = 0.99
_CALLED = {
    QR_CODE: ("qr", "qrcode", "codeqr", "códigoqr", "codiceqr"),
    BARCODE: ("barcode", "strichcode", "codebarres", "codigodebarras", "codiceabarre",
              "streepjescode"),
}  # fmt: skip
_TEXTS = frozenset({FieldType.TEXT, FieldType.IDENTIFIER})
_FEWEST = 5  # letters and digits of a value that is no other by chance


def codes_of(pages: Sequence[AnyPage]) -> list[tuple[_Code, Box]]:
    """The codes on ``pages`` in order, but for those that order payments, each text once."""
    found: dict[str, tuple[_Code, Box]] = {}
    for page in pages:
        for code in page.barcodes:
            if code.format != QR_CODE or read_payment(code.text) is None:
                box = Box(page=page.number, x0=code.x0, y0=code.y0, x1=code.x1, y1=code.y1)
                found.setdefault(code.text, (code, box))
    return list(found.values())


def named_codes(pages: Sequence[AnyPage]) -> list[str]:
    """Which of ``BARCODE`` and ``QR_CODE`` there are."""
    return sorted({_kind(code) for code, _ in codes_of(pages)})


def barcode_fields(pages: Sequence[AnyPage], schema: Schema, fields: Fields) -> Fields:
    """The fields of ``schema`` that codes state; ``fields`` are those found on the page.

    A code that says what is printed proves it.
    """
    codes = codes_of(pages)
    if not codes:
        return {}
    stated: Fields = {}
    for spec in schema.fields:
        if spec.type not in _TEXTS:
            continue
        asked = _asked(spec)
        present = fields.get(spec.name)
        for code, box in codes:
            if asked is not None and asked == _kind(code):
                stated[spec.name] = _field(code.text, box)
                break
            if isinstance(present, Field) and _is_same(code.text, str(present.value)):
                told = {"confidence": _STATED, "source": FieldSource.BARCODE}
                stated[spec.name] = present.copy_with(**told)
                break
    return stated


def _asked(spec: FieldSpec) -> str | None:
    called = {compact(split_name(spec.name)), *map(compact, spec.synonyms)}
    return next((it for it, names in _CALLED.items() if called & {*map(compact, names)}), None)


def _kind(code: _Code) -> str:
    return QR_CODE if code.format == QR_CODE else BARCODE


def _is_same(text: str, value: str) -> bool:
    return len(compact(text)) >= _FEWEST and compact(text) == compact(value)


def _field(text: str, box: Box) -> Field:
    return Field(
        value=text,
        raw=text,
        confidence=_STATED,
        boxes=[box],
        grounded=True,
        source=FieldSource.BARCODE,
    )
