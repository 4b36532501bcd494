"""Numbers of accounts, and codes of banks, which tell themselves by their form."""

import re

from services.extract.business.asked import Asked, found_at
from services.extract.finders import Found
from services.extract.labels import Hit
from services.extract.sheet import Token

_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_GROUP = re.compile(r"\d{2,}-?\d*")
_SURE = 0.95
_ROWS = 3
_NEAR = 15.0  # line heights to the right of the label


def find_bic(asked: Asked) -> Found | None:
    """A word in the form of a BIC behind its label, or right below it."""
    for hit in asked.hits():
        for token in _near(asked, hit):
            text = token.text.strip(" ,;.|()")
            if _BIC.fullmatch(text):
                return found_at(text, [token], _SURE)
    return None


def find_account(asked: Asked) -> Found | None:
    """The number behind the label, all of its groups of digits."""
    found = asked.labelled()
    if found is None:
        return None
    last = found.tokens[-1].index
    segment = asked.reading.sheet.places[last]
    more: list[Token] = []
    for token in segment.tokens:
        if token.index > last:
            if not _GROUP.fullmatch(token.text):
                break
            more.append(token)
    if not more:
        return found
    tokens = [*found.tokens, *more]
    return found_at("".join(it.text for it in tokens), tokens, found.confidence)


def _near(asked: Asked, hit: Hit) -> list[Token]:
    sheet = asked.reading.sheet
    last = hit.tokens[-1].index
    rows = sheet.rows[hit.segment.row : hit.segment.row + _ROWS]
    return [
        token
        for row in rows
        for token in row.tokens
        if token.index > last and abs(token.x0 - hit.x0) < _NEAR * sheet.line_height
    ]
