"""How sure a value of a résumé is: by what speaks for it, weighed by fitted weights.

The weights come from ``python -m benchmarks.train_resumes``. A value whose kind has none is as
sure as its finder sets by hand.
"""

from collections.abc import Iterable

from services.extract.calibrate import finding_confidence, legibility, reading_features
from services.extract.features import Features
from services.extract.finders import Found
from services.extract.linear import load
from services.extract.sheet import Token

WEIGHTS = "resume"


def told_features(told: Iterable[str], tokens: list[Token]) -> Features:
    """What the calibration of a value looks at."""
    return {"bias": 1.0, **dict.fromkeys(told, 1.0), **reading_features(tokens)}


def found_as(  # noqa: PLR0913 (what a value found is made of)
    kind: str,
    value: str,
    tokens: list[Token],
    told: Iterable[str] = (),
    *,
    by_hand: float,
    raw: str | None = None,
    derived: bool = False,
) -> Found:
    """A value of ``kind``, such as ``work_experience.company``.

    ``by_hand`` is its confidence on a text layer where ``kind`` is not calibrated.
    """
    cues = frozenset(told)
    model = load(WEIGHTS).calibration.get(kind)
    if model is None:
        sure = by_hand * legibility(tokens)
    else:
        sure = finding_confidence(told_features(cues, tokens), model, tokens)
    return Found(value, value if raw is None else raw, sure, tokens, derived, cues)
