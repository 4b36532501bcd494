"""What became of a file, in the words that evaluation documents use for acceptable outcomes.

A refusal at the door and a document that failed say so by their code. A document that was
read has more than one true word: ``ok`` or, where what was damaged was mended, ``ok_repair``,
or ``ok_no_text``; beside that ``needs_review`` where a person is asked to look, and ``split``
where it became several.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

REFUSALS = {
    "FILE_ENCRYPTED": "needs_password",
    "FILE_EMPTY": "reject_empty",
    "FILE_TYPE_NOT_SUPPORTED": "reject_type",
    "CONVERTER_MISSING": "reject_type",
    "FILE_CORRUPT": "reject_corrupt",
    "NO_PAGE_READABLE": "reject_corrupt",
    "CONTAINER_EMPTY": "reject_empty",
    "FILE_TOO_LARGE": "reject_limit",
    "TOO_MANY_PAGES": "reject_limit",
    "CONTAINER_TOO_LARGE": "reject_limit",
    "CONTAINER_TOO_MANY": "reject_limit",
    "CONTAINER_TOO_DEEP": "reject_limit",
}
"""By error code. A code that is not here is no answer, but an accident."""

MENDED = ("damaged", "repaired")
_ENDED_WELL = frozenset({"ready", "needs_review"})


@dataclass
class Outcome:
    """What was seen of one file: the code it was refused with, or its document at the end.

    ``text`` is that of all pages, ``damage`` what was said of damage, ``holds`` the kind of a
    container, whose documents have outcomes of their own.
    """

    name: str
    state: str
    code: str = ""
    text: str = ""
    damage: list[str] = field(default_factory=list)
    holds: str = ""
    seconds: float = 0.0

    @property
    def verdicts(self) -> set[str]:
        """All words that are true of it; none where it is an accident."""
        if self.code:
            refusal = REFUSALS.get(self.code)
            return {refusal} if refusal else set()
        if self.state not in _ENDED_WELL:
            return set()
        if self.holds:
            return {"ok"} if self.holds == "email" else {"split"}
        found = {"needs_review"} if self.state == "needs_review" else set()
        if self.damage:
            return found | {"ok_repair"} | ({"ok_no_text"} if not self.text.strip() else set())
        return found | ({"ok"} if self.text.strip() else {"ok_no_text"})

    @property
    def told(self) -> str:
        """The same for people, most telling first."""
        return ", ".join(sorted(self.verdicts, key=_RANK.index)) or self.code or self.state


_RANK = ("split", "ok_repair", "ok_no_text", "ok", "needs_review", *sorted(set(REFUSALS.values())))


def is_acceptable(outcome: Outcome, acceptable: Collection[str]) -> bool:
    """Whether one of the ``acceptable`` words is true of it."""
    return not outcome.verdicts.isdisjoint(acceptable)


def missing(text: str, keywords: Collection[str] | Collection[list[str]]) -> list[str]:
    """The ``keywords`` (or those of each page) that do not stand in ``text``, in any case."""
    listed = [it for each in keywords for it in ([each] if isinstance(each, str) else each)]
    plain = "".join(text.split()).casefold()
    return [it for it in listed if "".join(it.split()).casefold() not in plain]
