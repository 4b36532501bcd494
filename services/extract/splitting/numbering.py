"""Page numbers as printed: ``Page 2 of 3``, ``Seite 2/3``, ``2 / 3``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = r"page|pg|seite|blatt|pagina|p[áa]gina|pag|folio|strona|str|hoja|feuille|bladzijde|blad"
_OF = r"of|von|de|di|sur|van|z|/"
_NAMED = re.compile(
    rf"\b(?:{_WORDS})\.?\s*:?\s*(?:n[°º.]?\s*)?(\d{{1,3}})(?:\s*(?:{_OF})\s*(\d{{1,3}}))?\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"^\W*(\d{1,3})\s*(?:/|of|von)\s*(\d{1,3})\W*$", re.IGNORECASE)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class PageNumber:
    """``at`` counts from 1; ``of`` is ``None`` where only the page is named."""

    at: int
    of: int | None = None

    def follows(self, other: "PageNumber") -> bool:
        """Whether it is of the page behind the other's."""
        fits = self.of is None or other.of is None or self.of == other.of
        return self.at == other.at + 1 and fits


def page_number(edges: Sequence[str]) -> PageNumber | None:
    """The number among the lines at the upper and lower edge of a page."""
    for text in edges:
        found = _NAMED.search(text) or _BARE.match(text)
        if found is None:
            continue
        at, of = int(found[1]), int(found[2]) if found[2] else None
        if 1 <= at <= (of or _LONGEST) <= _LONGEST:
            return PageNumber(at, of)
    return None
