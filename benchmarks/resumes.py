"""Scores résumés: single values, and F1 of the lists, each item once.

Sets whose answers were marked by many hands, span by span, say what must be found and not what
else there is: their lists count for recall only, and a span is found when it is contained in a
value or contains it.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from benchmarks.dataset import Document
from benchmarks.resume_truth import counted
from benchmarks.scores import Calibration
from services.extract.contract import ExtractResult
from shared.models.extraction import Field, Row

TYPE = "resume"
MADE = "made_resumes"
"""The set of those made by code; whose fields are all known."""
_SIMILAR = 90
_ALMOST = 80
_SHORTEST = 3
# answer → table, column
_LISTS = {
    "emails": ("emails", "email"),
    "phones": ("phones", "phone"),
    "skills": ("skills", "skill"),
    "languages": ("languages", "language"),
    "profile_urls": ("profile_urls", "url"),
    "locations": ("locations", "location"),
}
_ENTRIES = {
    "employers": ("work_experience", "company"),
    "positions": ("work_experience", "position"),
    "schools": ("education", "institution"),
    "degrees": ("education", "degree"),
    "areas": ("education", "area"),
}
_DATES = {"job dates": "work_experience", "study dates": "education"}
_SPANS = {
    "companies": ("employers", "work_experience", "company"),
    "institutions": ("schools", "education", "institution"),
    "degrees": ("degrees", "education", "degree"),
    "job_titles": ("positions", "work_experience", "position"),
}


@dataclass
class Score:
    """``wanted``, ``found`` and ``hits`` are items; ``found`` is 0 where only recall counts."""

    wanted: int = 0
    found: int = 0
    hits: int = 0

    @property
    def recall(self) -> float:
        """The share of items wanted that were found."""
        return self.hits / max(1, self.wanted)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, self.wanted + self.found)


@dataclass
class ResumeScores:
    """Scores by field; those of sets marked span by span are apart."""

    lists: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    spans: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    errors: list[dict[str, Any]] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, document: Document, result: ExtractResult) -> None:
        """Count one document."""
        if document.set == MADE:
            self._add_made(document, result)
            return
        is_marked = document.id.startswith("ner_")
        scores = self.spans if is_marked else self.lists
        name = result.fields.get("name")
        found = [str(name.value)] if isinstance(name, Field) else []
        wanted_name = [document.fields["name"]] if "name" in document.fields else []
        self._count(document, scores["name"], "name", wanted_name, found)
        for answer, (table, column) in _LISTS.items():
            if answer in document.fields:
                values = _column(result, table, column)
                self._count(document, scores[answer], answer, document.fields[answer], values)
        if is_marked:
            self._add_spans(document, result)
            return
        if isinstance(name, Field) and wanted_name:
            right = _is_same("name", wanted_name[0], found[0])
            self.calibration.add("name", name.confidence, right=right)
        for answer, (table, column) in _LISTS.items():
            if answer in document.fields:
                self._weigh(answer, document.fields[answer], result, table, column)
        for name_of, (table, column) in _ENTRIES.items():
            wanted = [row[column] for row in document.fields.get(table, []) if row.get(column)]
            self._weigh(name_of, wanted, result, table, column)
            self._count(document, scores[name_of], name_of, wanted, _column(result, table, column))
        for name_of, table in _DATES.items():
            self._count(
                document, scores[name_of], name_of,
                _periods(document.fields.get(table, [])), _found_periods(result, table),
            )  # fmt: skip

    def _add_made(self, document: Document, result: ExtractResult) -> None:
        for it in counted(document.fields, result.fields):
            score = self.lists[it.name]
            score.wanted += len(it.wanted)
            score.found += len(it.found)
            score.hits += it.hits

    def _weigh(
        self, name: str, wanted: list[str], result: ExtractResult, table: str, column: str
    ) -> None:
        """Hold the confidences of a column against what is wanted, where that is known."""
        for row in _as_rows(result.fields.get(table, [])) if wanted else []:
            if column in row:
                value = str(row[column].value)
                right = any(_is_same(name, each, value) for each in wanted)
                self.calibration.add(name, row[column].confidence, right=right)

    def _add_spans(self, document: Document, result: ExtractResult) -> None:
        for answer, (name, table, column) in _SPANS.items():
            values = _column(result, table, column)
            if answer == "job_titles":
                title = result.fields.get("job_title")
                values += [str(title.value)] if isinstance(title, Field) else []
            score = self.spans[name]
            self._count(document, score, name, document.fields.get(answer, []), values, near=True)
        wanted = [item for text in document.fields.get("skills_text", []) for item in _pieces(text)]
        skills = _column(result, "skills", "skill")
        self._count(document, self.spans["skills"], "skills", wanted, skills, near=True)

    def _count(  # noqa: PLR0913, PLR0917 (one line of a table)
        self,
        document: Document,
        score: Score,
        name: str,
        wanted: list[str],
        found: list[str],
        near: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        left = list(found)
        fits = _is_near if near else _is_same
        for each in wanted:
            match = next((value for value in left if fits(name, each, value)), None)
            if match is None:
                self.errors.append({"id": document.id, "field": name, "want": each, "got": found})
            else:
                score.hits += 1
                if not near:
                    left.remove(match)
        score.wanted += len(wanted)
        score.found += 0 if near else len(found)

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            kind: {
                name: {"wanted": it.wanted, "found": it.found, "hits": it.hits,
                       "recall": round(it.recall, 4), "f1": round(it.f1, 4)}
                for name, it in scores.items()
            }
            for kind, scores in (("lists", self.lists), ("spans", self.spans))
        }  # fmt: skip

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Lines of a table: field, hits, wanted, recall, F1 (empty where only recall counts)."""
        made = []
        for kind, scores in (("", self.lists), ("spans: ", self.spans)):
            for name, it in scores.items():
                f1 = f"{it.f1:.3f}" if it.found else ""
                made.append((kind + name, str(it.hits), str(it.wanted), f"{it.recall:.3f}", f1))
        return made


def _column(result: ExtractResult, table: str, column: str) -> list[str]:
    rows = result.fields.get(table, [])
    return [str(row[column].value) for row in _as_rows(rows) if column in row]


def _as_rows(value: object) -> list[Row]:
    return value if isinstance(value, list) else []


def _periods(rows: list[dict[str, str]]) -> list[str]:
    """Start and end of each entry, to the month."""
    return [f"{row.get('start', '')[:7]}/{row.get('end', '')[:7]}" for row in rows]


def _found_periods(result: ExtractResult, table: str) -> list[str]:
    rows = _as_rows(result.fields.get(table, []))
    ends = [
        [str(row[at].value)[:7] if at in row else "" for at in ("start", "end")] for row in rows
    ]
    return ["/".join(each) for each in ends]


def _pieces(text: str) -> list[str]:
    """The items of a marked text of skills, without the years in brackets."""
    bare = re.sub(r"\([^)]*(?:year|month)[^)]*\)", "", text)
    items = [piece.strip(" .-") for piece in re.split(r"[,•◦~;:\n]", bare)]
    return [item for item in items if len(item) > 1]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).upper()


def _is_same(name: str, wanted: str, found: str) -> bool:
    if name == "phones":
        one, two = re.sub(r"\D", "", wanted), re.sub(r"\D", "", found)
        return one.endswith(two) or two.endswith(one)
    one, two = _plain(wanted), _plain(found)
    if name == "locations":
        return one in two or two in one
    return one == two or (len(one) > _SHORTEST and fuzz.ratio(one, two) >= _SIMILAR)


def _is_near(name: str, wanted: str, found: str) -> bool:
    one, two = _plain(wanted), _plain(found)
    if not one or not two:
        return False
    if one == two or fuzz.ratio(one, two) >= _ALMOST:
        return True
    short, long = sorted((one, two), key=len)
    return len(short) >= _SHORTEST - (name == "degrees") and short in long
