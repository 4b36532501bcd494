"""Finds the date of issue and the due date by their labels and their order."""

from datetime import date

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.finders import Found
from services.extract.finders.deadlines import is_deadline, is_of_other
from services.extract.finders.titles import has_title_before
from services.extract.finders.unlisted import is_named_otherwise
from services.extract.reading import Reading
from services.extract.surroundings import Surroundings

_LABEL = 5.0
_GENERIC = 3.2
_IN_TITLE = 3.4
_RIVAL = 4.0
_FIRST = 0.6
_LOW = 1.5
_AS_TERM = 0.8  # as a label
_ABOVE = 0.85
_LEAST_DUE = 1.6
_CLOSE = 1.0
_SURELY, _BARELY = 0.7, 0.3
_LEAST_ISSUE = -2.5
_TOWN = 3  # words
_LABEL_NEAR = 8.0  # line heights between what may be a label and its value
_ALONE = 1.5
_OF_SOMETHING = 0.5
_PARTICLE = 3  # letters: ``vom``, ``du``, ``of``
_LOWER = 0.5  # of the document
_ROWS = 3
_ALIGNED = 0.3  # of the height
_UNREDUCED = frozenset(
    {
        "ohneabzug", "ohnejedenabzug", "ohneskonto", "withoutdeduction", "sansescompte",
        "sindescuento", "semdesconto", "senzasconto", "zonderkorting", "reinnetto", "netto",
    }
)  # fmt: skip
_TERMS = frozenset({7, 8, 10, 14, 15, 20, 21, 28, 29, 30, 31, 45, 59, 60, 61, 90, 91, 92})
"""Days within which bills are usually paid, months among them."""
_NEAR_ROWS = 5
_BY_TERMS = 0.6
_DATES = ("date", "invoice_date", "due_date", "order_date", "delivery_date")


class DateFinder:
    """The dates of a document: issue and due, chosen so that due is not before issue."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._candidates = reading.dates
        self._around = reading.around(self._candidates)
        priced = {found.segment.row for found in reading.money}
        self._priced = priced
        self._in_column = _in_columns(self._candidates, priced)
        self._in_span = _in_spans(self._candidates)

    def issue(self) -> Found | None:
        """The date of issue: by its label, else the first unclaimed date."""
        scored = [
            (self._issue_score(candidate, labels, at), -at, candidate)
            for at, (candidate, labels) in enumerate(
                zip(self._candidates, self._around, strict=True)
            )
        ]
        if not scored or max(scored, key=lambda each: each[:2])[0] < _LEAST_ISSUE:
            return None
        score, at, best = max(scored, key=lambda each: each[:2])
        others = [each[0] for each in scored if each[2].value != best.value]
        told = self._told(-at, ("invoice_date", "date"))
        told = self._told_of_issue(best, told)
        is_close = max(others, default=-9.0) > score - _CLOSE
        # What stands in the title is the document's own, however another date is called.
        told |= {"close"} if is_close and "titled" not in told else set()
        told |= set() if others else {"alone"}
        return _found(best, 0.97 if score > 3.5 else 0.85 if score > 2 else 0.6, told)

    def due(self) -> Found | None:
        """The date labelled as due, not before the date of issue."""
        issue = self.issue()
        best: tuple[float, int] | None = None
        pairs = zip(self._candidates, self._around, strict=True)
        for at, (candidate, labels) in enumerate(pairs):
            labelled = 0.0 if self._is_of_other(candidate) else _strength("due_date", labels)
            is_term = _is_term(candidate) or is_deadline(candidate)
            own = max(labelled, _AS_TERM * is_term)
            rival = max(
                _strength(name, labels) for name in _DATES if name not in {"due_date", "date"}
            )
            score = _LABEL * own - _RIVAL * max(0.0, rival - own)
            if issue is not None and candidate.value < issue.value:
                score -= 3.0
            if best is None or score > best[0]:
                best = (score, at)
        if best is None or best[0] < _LEAST_DUE:
            return None if issue is None else self._by_terms(issue)
        told = self._told(best[1], ("due_date",))
        found = self._candidates[best[1]]
        told |= {"same"} if issue is not None and found.value == issue.value else set()
        return _found(found, 0.95 if best[0] > 3.5 else 0.8, told)

    def _is_of_other(self, candidate: Candidate) -> bool:
        """Whether the label beside it says that something else than the money is due."""
        hits = self._reading.labels.by_row[candidate.segment.row]
        return any(
            "due_date" in hit.concepts and is_of_other(candidate, hit.tokens)
            for hit in hits
            if hit.segment is candidate.segment
        )

    def _by_terms(self, issue: Found) -> Found | None:
        """The one date a usual term after the date of issue, near it, that nothing else claims."""
        rows = {each.segment.row for each in self._candidates if each.value == issue.value}
        found = [
            each
            for each, labels in zip(self._candidates, self._around, strict=True)
            if _days_between(issue.value, each.value) in _TERMS
            and not _is_claimed(each, labels)
            and any(abs(each.segment.row - row) <= _NEAR_ROWS for row in rows)
            and not _is_said(each)
        ]
        if len({each.value for each in found}) != 1:
            return None
        return _found(found[0], _BY_TERMS, {"termed"})

    def _told(self, at: int, names: tuple[str, ...]) -> set[str]:
        """What the labels around the date with the index ``at`` say; ``names`` are its own."""
        labels = self._around[at]
        own = max(_strength(name, labels) for name in names)
        rival = max(_strength(name, labels) for name in _DATES if name not in {*names, "date"})
        told = {"named"} if own > _SURELY else {"named_barely"} if own > _BARELY else set()
        return told | ({"claimed"} if rival > _BARELY else set())

    def _told_of_issue(self, best: Candidate, told: set[str]) -> set[str]:
        """``told`` and more that tells of ``best``, where no label says plainly what it is."""
        if _is_in_title(best):
            return told | {"titled"}
        if _is_said(best):
            # ``Hull, 3 May`` heads a letter, and ``Delivered on 3 May`` stands below what was.
            return told | (
                {"said_below"} if self._reading.sheet.depth(best.segment.row) > _LOWER else set()
            )
        # The word for a date that is part of a longer label: ``Date of supply``.
        told = told | ({"named_partly"} if "named_barely" in told else set())
        is_other = is_named_otherwise(self._reading, best, ("invoice_date", "date"))
        return told | ({"named_otherwise"} if is_other and "named" not in told else set())

    def _stands_alone(self, candidate: Candidate) -> bool:
        """Whether it is all that its place says, as the date of a letter is; maybe with a town."""
        segment = candidate.segment
        if self._reading.sheet.depth(segment.row) > _LOWER or segment.page > 0:
            return False
        before = [it for it in segment.tokens if it.x1 <= candidate.x0 + 1]
        if before:
            is_town = len(before) <= _TOWN and before[-1].text.endswith(",")
            return is_town and len(before) + len(candidate.tokens) == len(segment.tokens)
        return (
            len(candidate.tokens) == len(segment.tokens)
            and not (self._reading.labels.by_row[segment.row] or segment.row in self._priced)
            and not is_named_otherwise(self._reading, candidate, (), within=_LABEL_NEAR)
        )

    def _issue_score(self, candidate: Candidate, labels: Surroundings, at: int) -> float:
        own = _LABEL * _strength("invoice_date", labels)
        if _is_of_something(candidate) or at in self._in_span:
            own = min(own, _OF_SOMETHING)
        elif self._stands_alone(candidate):
            own = max(own, _ALONE)
        generic = (
            labels.left.get("date", 0.0) if at in self._in_column else _strength("date", labels)
        )
        own = max(own, _GENERIC * generic)
        rival = max(_strength(name, labels) for name in ("due_date", "order_date", "delivery_date"))
        if rival < _BARELY and _is_in_title(candidate):
            own = max(own, _IN_TITLE)
        score = own - _RIVAL * max(0.0, rival - own / _LABEL)
        score += _FIRST * (at == 0) - _LOW * self._reading.sheet.depth(candidate.segment.row)
        return score + 0.5 * candidate.quality


def _in_columns(candidates: list[Candidate], priced: set[int]) -> frozenset[int]:
    """The indexes of dates that stand with two others or more below each other, as rows have them.

    Two are enough in rows with sums, which ``priced`` are. The head of such a column says what a
    row is of, and not the document.
    """
    found: set[int] = set()
    for at, each in enumerate(candidates):
        rows = {other.segment.row for other in candidates if _are_below(each, other)}
        if len(rows) >= _ROWS or (len(rows) == _ROWS - 1 and rows <= priced):
            found.add(at)
    return frozenset(found)


def _in_spans(candidates: list[Candidate]) -> frozenset[int]:
    """The indexes of dates with another on their line, and one word between: ``3 May to 9 May``."""
    return frozenset(
        at
        for at, each in enumerate(candidates)
        if any(
            other.segment is each.segment
            and 2
            in {min(other.indexes) - max(each.indexes), min(each.indexes) - max(other.indexes)}
            for other in candidates
        )
    )


def _are_below(one: Candidate, two: Candidate) -> bool:
    """Whether they begin at the same place of different lines, or are the same."""
    return one.page == two.page and abs(one.x0 - two.x0) < _ALIGNED * one.segment.height


def _is_claimed(candidate: Candidate, labels: Surroundings) -> bool:
    """Whether a label says that it is a date of something; one above only if none is beside."""
    begins = candidate.tokens[0] is candidate.segment.tokens[0]
    sides = (labels.left, labels.above) if begins else (labels.left,)
    return any(side.get(name, 0.0) > _BARELY for side in sides for name in _DATES if name != "date")


def _days_between(first: str, last: str) -> int:
    try:
        return (date.fromisoformat(last) - date.fromisoformat(first)).days
    except ValueError:  # a date without its year
        return 0


def _is_of_something(candidate: Candidate) -> bool:
    """Whether a short word joins it to what is no title: ``gemäß Vertrag vom 3. Mai 2024``."""
    before = [
        word
        for token, word in zip(candidate.segment.tokens, candidate.segment.words, strict=True)
        if token.x1 <= candidate.x0 + 1
    ]
    is_joined = len(before) > 1 and before[-1].isalpha() and len(before[-1]) <= _PARTICLE
    is_label = candidate.segment.tokens[len(before) - 1].text.endswith((":", "."))
    return is_joined and not is_label and not _is_in_title(candidate)


def _is_in_title(candidate: Candidate) -> bool:
    """Whether it stands behind the title, as in ``Invoice 17 of 3 May 2024``."""
    return has_title_before(candidate.x0 + 1, candidate.segment)


def _is_term(candidate: Candidate) -> bool:
    """Whether words behind it say that nothing may be taken off: ``by 14 March net``."""
    words = [
        word
        for token, word in zip(candidate.segment.tokens, candidate.segment.words, strict=True)
        if token.x0 > candidate.tokens[-1].x0
    ]
    return any("".join(words[:count]) in _UNREDUCED for count in (1, 2, 3))


def _is_said(candidate: Candidate) -> bool:
    """Whether words lead to it without a colon, as in a sentence: ``Delivered on 3 May``."""
    before = [it.text for it in candidate.segment.tokens if it.x1 <= candidate.x0 + 1]
    return any(map(str.isalpha, "".join(before))) and not before[-1].endswith(":")


def _strength(concept: str, labels: Surroundings) -> float:
    return max(labels.left.get(concept, 0.0), _ABOVE * labels.above.get(concept, 0.0))


def _found(best: Candidate, chance: float, told: set[str]) -> Found:
    sure = chance * best.quality * legibility(best.tokens)
    return Found(best.value, best.raw, sure, best.tokens, told=frozenset(told))
