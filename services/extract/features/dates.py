"""Features of dates: their labels, their place, a time beside them."""

import re

from services.extract.candidates.candidate import Candidate
from services.extract.features import Choice, Features
from services.extract.reading import Reading
from services.extract.surroundings import Surroundings

CONCEPTS = ("date", "invoice_date", "due_date", "order_date", "delivery_date")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\b")


def date_choices(
    reading: Reading, candidates: list[Candidate], around: list[Surroundings]
) -> list[Choice]:
    """One choice for each date, for the question whether it is the document's own."""
    places: dict[str, list[int]] = {}
    for at, candidate in enumerate(candidates):
        places.setdefault(candidate.value, []).append(at)
    years = sorted(candidate.value[:4] for candidate in candidates)
    usual = years[len(years) // 2] if years else ""
    choices = []
    for value, indexes in places.items():
        features: Features = {}
        for i in indexes:
            for name, score in _own(reading, candidates[i], around[i]).items():
                features[name] = max(features.get(name, 0.0), score)
        features["first"] = float(indexes[0] == 0)
        features["odd_year"] = float(value[:4] != usual)
        features["repeated"] = min(len(indexes) - 1, 2) / 2
        best = max(indexes, key=lambda i: (around[i].of("date"), candidates[i].quality, -i))
        choices.append(Choice(candidates[best], features, [candidates[i] for i in indexes]))
    return choices


def _own(reading: Reading, candidate: Candidate, labels: Surroundings) -> Features:
    row = reading.sheet.rows[candidate.segment.row]
    own: Features = {}
    for concept in CONCEPTS:
        own[f"left:{concept}"] = labels.left.get(concept, 0.0)
        own[f"above:{concept}"] = labels.above.get(concept, 0.0)
    others = [score for name, score in labels.left.items() if name not in CONCEPTS]
    own["left:other"] = max(others, default=0.0)
    own["time_beside"] = float(bool(_TIME.search(row.text.replace(candidate.raw, ""))))
    own["low"] = reading.sheet.depth(row.index)
    own["quality"] = candidate.quality
    own["short_year"] = float("short_year" in candidate.traits)
    return {name: score for name, score in own.items() if score}
