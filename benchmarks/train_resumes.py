"""Fits what confidences on résumés mean: ``python -m benchmarks.train_resumes [--out FILE]``.

The finders of résumés score by rules. On résumés made by code (``benchmarks.made_resumes``), a
logistic function for each kind of value learns how often it is right, by what speaks for it:
from words as a text layer gives them, and from words misread as often as their confidences
say. Told is what folds find that never split a layout.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.made_resumes import MadeResume, made_resumes
from benchmarks.resume_people import today
from benchmarks.resume_truth import LISTS, is_same, told
from benchmarks.scores import Calibration
from services.extract.calibrate import finding_confidence
from services.extract.features import Features
from services.extract.finders import Found, FoundRow
from services.extract.linear import Linear
from services.extract.reading import Reading
from services.extract.resume import Resume, resume_rows, resume_value
from services.extract.resume.confidence import told_features
from services.extract.sheet import Token
from shared.schemas import built_in

SEED = 7
FOLDS = 5
CLEAR, READ = 1_200, 600
_DOUBT = 0.02
"""The share of values taken for wrong though right: made pages are kinder than others' are."""
_DOUBTS = dict.fromkeys(
    ("work_experience.company", "work_experience.description", "work_experience.location",
     "skills.skill", "education.area", "education.institution", "summary", "job_title"), 0.04,
) | {"name": 0.03}  # fmt: skip
"""The same of what is cut out of lines in more ways than made résumés have."""
_SMOOTHING = 3.0
_FEWEST = 60
_REQUIRED, _THRESHOLD = "name", 0.8
_ENTRIES = {"work_experience": ("company", "position", "start"),
            "education": ("institution", "degree", "start"),
            "locations": ("location",), "referees": ("name", "email")}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A value that was found, and what spoke for it."""

    features: Features
    tokens: list[Token]
    right: bool
    layout: str


def main() -> None:
    """Fits, prints what unseen layouts show, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("services/extract/weights/resume.json"))
    arguments = parser.parse_args()
    findings: dict[str, list[Finding]] = defaultdict(list)
    for made in (*made_resumes(CLEAR), *made_resumes(READ, read=True)):
        for kind, finding in findings_of(made):
            findings[kind].append(finding)
    kinds = sorted(kind for kind, found in findings.items() if len(found) >= _FEWEST)
    weighed = {kind: _out_of_fold(kind, findings[kind]) for kind in kinds}
    measured = {kind: _figures(weighed[kind]) for kind in kinds}
    pooled = _figures([each for kind in kinds for each in weighed[kind]])
    pooled |= _required(weighed[_REQUIRED])
    for kind, figures in {**measured, "all": pooled}.items():
        print(kind, json.dumps(figures))
    found = {
        "trained_by": f"benchmarks/train_resumes.py, seed {SEED}, on résumés made by code",
        "unseen_layouts": {"all": pooled, **measured},
        "calibration": {kind: _fit(kind, findings[kind]) for kind in kinds},
        "models": {},
    }
    arguments.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def findings_of(made: MadeResume) -> Iterator[tuple[str, Finding]]:
    """Every value found on a résumé that its truth says anything of, by its kind."""
    resume = Resume(Reading(made.pages, None), today())
    for kind, found, right in judged(resume, made.truth):
        yield (
            kind,
            Finding(told_features(found.told, found.tokens), found.tokens, right, made.layout),
        )


def judged(resume: Resume, truth: dict[str, Any]) -> Iterator[tuple[str, Found, bool]]:
    """Each value found with its kind, and whether it is right."""
    for spec in built_in()["resume"].fields:
        concept = spec.concept or spec.name
        if not spec.fields:
            found = resume_value(resume, concept)
            if found is not None and truth.get(spec.name) is not None:
                yield spec.name, found, is_same(spec.name, str(truth[spec.name]), found.value)
            continue
        names = {column.concept or column.name: column.name for column in spec.fields}
        rows = [
            {names[it]: found for it, found in row.items() if it in names}
            for row in resume_rows(resume, concept)
        ]
        if spec.name in _ENTRIES:
            yield from _of_entries(spec.name, rows, truth[spec.name])
        elif spec.name in LISTS:
            yield from _of_list(spec.name, rows, truth)


def _of_list(
    table: str, rows: list[FoundRow], truth: dict[str, Any]
) -> Iterator[tuple[str, Found, bool]]:
    column = LISTS[table]
    wanted = truth[table]
    for row in rows:
        found = row[column]
        same = [at for at, it in enumerate(wanted) if is_same(column, it, found.value)]
        yield f"{table}.{column}", found, bool(same)
        if table == "languages" and "level" in row:
            levels = truth["levels"]
            right = bool(same) and is_same("level", levels[same[0]], row["level"].value)
            yield "languages.level", row["level"], right
        for name in ("code", "name", "formatted", "country", "calling_code", "national", "site"):
            if name in row:  # as right as what it is worked out from
                yield f"{table}.{name}", row[name], bool(same)


def _of_entries(
    table: str, rows: list[FoundRow], wanted: list[dict[str, Any]]
) -> Iterator[tuple[str, Found, bool]]:
    keys = _ENTRIES[table]
    left = list(wanted)
    for row in rows:
        best = max(left, key=lambda it: _overlap(row, it, keys), default=None)
        if best is not None and _overlap(row, best, keys):
            left.remove(best)
        else:
            best = None
        for name, found in row.items():
            known = best is None or name in best
            if known and name not in {"text", "period", "country", "country_code", "accreditation",
                                      "grade_metric", "state"}:  # fmt: skip
                right = best is not None and is_same(name, told(best[name]), found.value)
                yield f"{table}.{name}", found, right


def _overlap(row: FoundRow, wanted: dict[str, Any], keys: tuple[str, ...]) -> int:
    return sum(it in row and is_same(it, told(wanted.get(it, "")), row[it].value) for it in keys)


def _fit(kind: str, found: list[Finding]) -> dict[str, float]:
    """Logistic weights; every value counts as wrong, too, with the kind's doubt."""
    counts = Counter(name for it in found for name in it.features)
    names = sorted(name for name, count in counts.items() if count >= 10)
    doubt = _DOUBTS.get(kind, _DOUBT)
    rows = np.array([[it.features.get(name, 0.0) for name in names] for it in found])
    right = np.array([float(it.right) * (1 - doubt) for it in found])
    model = LogisticRegression(C=_SMOOTHING, fit_intercept=False, max_iter=2_000)
    outcome = np.repeat([1, 0], len(found))
    model.fit(np.vstack([rows, rows]), outcome, np.concatenate([right, 1 - right]))
    return {
        name: round(float(weight), 4) for name, weight in zip(names, model.coef_[0], strict=True)
    }


def _out_of_fold(kind: str, found: list[Finding]) -> list[tuple[float, Finding]]:
    """The confidence in each, by the findings of other layouts."""
    layouts = sorted({it.layout for it in found})
    np.random.default_rng(SEED).shuffle(layouts)
    weighed: list[tuple[float, Finding]] = []
    for fold in range(FOLDS):
        out = set(layouts[fold::FOLDS])
        model = Linear(_fit(kind, [it for it in found if it.layout not in out]))
        weighed += [
            (finding_confidence(it.features, model, it.tokens), it)
            for it in found
            if it.layout in out
        ]
    return weighed


def _required(weighed: list[tuple[float, Finding]]) -> dict[str, float]:
    """Of the required field: the share that asks for no review, and how much of it is right."""
    trusted = [it.right for sure, it in weighed if sure >= _THRESHOLD]
    share, right = len(trusted) / len(weighed), sum(trusted) / max(1, len(trusted))
    return {"required_unflagged": round(share, 4), "of_these_right": round(right, 4)}


def _figures(weighed: list[tuple[float, Finding]]) -> dict[str, float]:
    calibration = Calibration()
    for sure, it in weighed:
        calibration.add("all", sure, right=it.right)
    figures = calibration.overall
    return {
        "values": len(weighed),
        "right": round(sum(it.right for _, it in weighed) / max(1, len(weighed)), 4),
        "ece": round(figures.ece, 4),
        "share_above_0.9": round(figures.share_above, 4),
        "right_above_0.9": round(figures.right_above, 4),
    }


if __name__ == "__main__":
    main()
