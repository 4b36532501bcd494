"""The filters of the list as they stand in the address, and as the application knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from services.ingest.console.visit import Visit
from services.ingest.document_lists import REVIEWS
from shared.errors import Code, Permanent
from shared.models.document import DocumentState

PLAIN = ("search", "state", "type", "review", "source", "tag")
NAMES = (*PLAIN, "sure", "since", "until")
SURE: Mapping[str, tuple[str, dict[str, str]]] = {
    "below-50": ("under 50 %", {"confidence_below": "0.5"}),
    "below-80": ("under 80 %", {"confidence_below": "0.8"}),
    "below-95": ("under 95 %", {"confidence_below": "0.95"}),
    "from-80": ("80 % and more", {"confidence_from": "0.8"}),
    "from-95": ("95 % and more", {"confidence_from": "0.95"}),
}
REVIEW_WORDS = dict(zip(REVIEWS, ("Needed", "Done by a person"), strict=True))
STATES = tuple(DocumentState)


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen, by the names of the form's fields; nothing that is empty."""

    given: dict[str, str]
    workspace: str | None

    @classmethod
    def of(cls, visit: Visit) -> "Choices":
        """Those in the address of a page."""
        given = {name: value for name in NAMES if (value := visit.query(name))}
        return cls(given, visit.workspace)

    @property
    def query(self) -> str:
        """As they stand in an address."""
        return urlencode(self.given)

    @property
    def filters(self) -> dict[str, str]:
        """The application's; raises ``Permanent(BAD_REQUEST)``."""
        filters = {name: self.given[name] for name in PLAIN if name in self.given}
        if self.workspace is not None:
            filters["workspace"] = self.workspace
        if "sure" in self.given:
            if self.given["sure"] not in SURE:
                raise Permanent(Code.BAD_REQUEST, "There is no such choice of confidence.")
            filters |= SURE[self.given["sure"]][1]
        if "since" in self.given:
            begin = _midnight(self.given["since"]) - timedelta(milliseconds=1)
            filters["created_after"] = begin.isoformat()
        if "until" in self.given:
            end = _midnight(self.given["until"]) + timedelta(days=1)
            filters["created_before"] = end.isoformat()
        return filters


def _midnight(given: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(given), time(), UTC)
    except (ValueError, OverflowError):
        raise Permanent(Code.BAD_REQUEST, "A day is written like 2026-01-31.") from None
