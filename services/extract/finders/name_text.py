"""The text of a name: without titles, and up to what is none of it any more."""

import re

from services.extract.lexicon import lexicon
from services.extract.lexicon.entities import entities
from services.extract.sheet import Token
from services.extract.wording import compact, count_digits

# It looks first where one can begin at all, as most of its branches do not say.
_SEPARATOR = re.compile(
    r"(?=[\s,;:])(?:\s+[-–|•●·*]\s+|\s*[,;]\s+(?=\S*\d)|\s{2,}|\s*[,;:]\s*$|\s+:)"
)
SHORTEST_LETTERS = 3
_FEWEST_WITH_TITLE = 4  # words: with fewer, what is left may be no name
_FEWEST_SAID = 2


def without_title(tokens: list[Token]) -> list[Token]:
    """Without what the document is called, where that stands in the line of a name."""
    titles = lexicon().titles.exact
    letters = sum(map(str.isalpha, "".join(token.text for token in tokens[:-1])))
    if 0 < letters < SHORTEST_LETTERS and compact(tokens[-1].text) in titles:
        return []  # the letter of a kind of paper: ``B FACTURA``
    if len(tokens) < _FEWEST_WITH_TITLE:
        return tokens
    if compact(tokens[-1].text) in titles:
        return tokens[:-1]
    return tokens[1:] if compact(tokens[0].text) in titles else tokens


def cut_to_name(text: str) -> str:
    """``text`` up to what is no longer the name: a separator, an address after the form."""
    text = text.strip(" :;-–|•*")
    label, colon, rest = text.partition(": ")
    if colon and rest and len(label.split()) <= 3:
        text = rest
    match = _SEPARATOR.search(text)
    while match is not None and match.start() == 0:
        match = _SEPARATOR.search(text, match.end())
    if match is not None and match.start() >= SHORTEST_LETTERS:
        text = text[: match.start()]
    known = entities()
    end = known.legal_end(text)
    if end is not None and end < len(text):
        rest = text[end:]
        if rest[:1] in ",;(/" or count_digits(rest) or known.has_street(rest) or _is_said(rest):
            text = text[:end]
    return text.strip(" ,;:-–|")


def _beginning(wanted: str, tokens: list[Token]) -> int:
    """Where in ``tokens`` the words begin that are ``wanted`` together, behind a label."""
    words = [compact(token.text) for token in tokens]
    starts = (at for at in range(len(words)) if "".join(words[at:]).startswith(wanted))
    return next(starts, 0)


def tokens_of(text: str, tokens: list[Token]) -> list[Token]:
    """Those of ``tokens`` that ``text`` is made of."""
    wanted, kept, seen = compact(text), [], ""
    for token in tokens[_beginning(wanted, tokens) :]:
        if len(seen) >= len(wanted):
            break
        kept.append(token)
        seen += compact(token.text)
    return kept or tokens[:1]


def _is_said(rest: str) -> bool:
    """Whether words behind a legal form say something of it: ``S.p.A. con unico azionista``."""
    words = rest.split()
    return len(words) >= _FEWEST_SAID and words[0].isalpha() and rest == rest.lower()
