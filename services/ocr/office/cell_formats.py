"""How a sheet shows its numbers (ECMA-376 part 1, 18.8.30): as much of it as extraction reads.

Dates become ISO dates, whatever their pattern. Of numbers the decimals, a percent sign and the
currency count; thousands are not grouped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from services.ocr.office.trees import attribute, child, every, number

DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (sheets know no zones)
DAY_ZERO_MAC = datetime(1904, 1, 1)  # noqa: DTZ001
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(45, 48)})
_BUILT_IN = {
    2: "0.00", 4: "0.00", 7: "0.00", 8: "0.00", 9: "0%", 10: "0.00%", 39: "0.00", 40: "0.00",
    44: "0.00",
}  # fmt: skip
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]\-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS = re.compile(r"[dyhsm]", re.IGNORECASE)
_DECIMALS = re.compile(r"[0#?]\.([0#?]+)")
_CURRENCY = re.compile(r"[$€£¥]|\b[A-Z]{3}\b|\bkr\b|\bzł")
_LAST_DAY = 2_958_465  # 31 December 9999
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CellFormat:
    """What a cell style does to a number; ``decimals`` is ``None`` where nothing is said."""

    is_date: bool = False
    decimals: int | None = None
    percent: bool = False
    currency: str = ""

    def shown(self, text: str, zero: datetime) -> str:
        """A stored number as it is shown; ``zero`` is the workbook's first day."""
        try:
            value = float(text)
        except ValueError:
            return text
        if self.is_date and 0 < value < _LAST_DAY:
            return _moment(value, zero)
        if not abs(value) < 1e15:  # noqa: PLR2004 (more digits than a float has)
            return text
        value = value * 100 if self.percent else value
        plain = f"{value:.15g}" if self.decimals is None else f"{value:.{self.decimals}f}"
        return f"{plain}{'%' * self.percent} {self.currency}".rstrip()


GENERAL = CellFormat()


def cell_formats(styles: Element | None) -> Iterator[CellFormat]:
    """One for each cell style of the part ``styles``, in order."""
    own = {
        int(number(attribute(it, "numFmtId"))): attribute(it, "formatCode")
        for it in every(styles, "numFmt")
    }
    listed = child(styles, "cellXfs")
    for each in listed if listed is not None else ():
        code = int(number(attribute(each, "numFmtId")))
        if code in _BUILT_IN_DATES:
            yield CellFormat(is_date=True)
        else:
            yield _format(own.get(code, _BUILT_IN.get(code, "")))


def _format(pattern: str) -> CellFormat:
    positive = pattern.partition(";")[0][:_LONGEST]
    if positive in ("", "General"):
        return GENERAL
    bare = _LITERAL.sub("", positive)
    if _DATE_LETTERS.search(bare):
        return CellFormat(is_date=True)
    decimals = _DECIMALS.search(bare)
    said = " ".join("".join(it) for it in _LITERAL.findall(positive)) + " " + bare
    currency = _CURRENCY.search(said)
    return CellFormat(
        decimals=min(len(decimals[1]), 8) if decimals else 0 if "0" in bare else None,
        percent="%" in bare,
        currency=currency[0] if currency else "",
    )


def _moment(days: float, zero: datetime) -> str:
    try:
        moment = zero + timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return str(days)
    if days < 1:
        return f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M}"
