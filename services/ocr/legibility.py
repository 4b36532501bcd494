"""What a page's reading is worth: warnings about letters and scripts that no engine reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.ocr.confidence import Weights, calibrated, mean_confidence
from services.ocr.language import language_of
from services.ocr.layout import Token
from services.ocr.quality import described, rescan_reasons, score
from services.ocr.recognition import Recognised
from shared.models.languages import LANGUAGES, special_letters

_ILLEGIBLE = 0.53  # mean confidence by character
_UNCOVERED = 0.2  # of the lines' ink is explained by legible words
_FEWEST = 40  # characters: fewer do not tell
_DISCOUNT = 0.4  # what confidences are worth on such a page

UNREAD = (
    "Hardly anything was read with confidence: the print is too poor, "
    "or in a script that no installed engine reads."
)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Words with the confidences they deserve, the page's language, and what to warn of.

    ``quality`` is the word F1 to be expected, 0..1; nothing of a blank page. ``rescan`` says
    why the page should be scanned again.
    """

    tokens: list[Token]
    language: str | None
    quality: float | None = None
    rescan: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def appraise(
    found: Recognised, languages: Sequence[str], weights: Weights | None = None
) -> Appraisal:
    """Judge what was read of a page that may be in one of ``languages``.

    ``weights`` are those of the engine, if its confidences have been calibrated.

    Pages drawn in Chinese, Japanese, Korean, Russian, Greek and Arabic stay well below one of the
    two limits: with ``fast`` at a mean of 0.37 or less, or at a coverage of 0.01. Of 80 real
    receipts and forms 2 are below one of them with ``fast``, and 1 with ``auto``; of none was
    more than a third read. The others have a mean of 0.55 and a coverage of 0.34 at least
    (0.62 and 0.23 with ``auto``).
    """
    tokens = calibrated(found.tokens, weights)
    unread = _is_unread(found)
    if unread:
        tokens = [it._replace(confidence=it.confidence * _DISCOUNT) for it in tokens]
    quality = _quality(tokens, found, weights)
    rescan = [] if quality is None else rescan_reasons(quality, found.coverage, found.look)
    if unread:
        return Appraisal(tokens, None, quality, rescan, [UNREAD])
    language = language_of((token.text for token in tokens), languages) if tokens else None
    missing = _letters_missing(language, languages, found) if tokens else []
    return Appraisal(tokens, language, quality, rescan, missing)


def _is_unread(found: Recognised) -> bool:
    said = mean_confidence(found.tokens)
    doubtful = said is not None and said < _ILLEGIBLE and _length(found.tokens) >= _FEWEST
    return doubtful or found.coverage < _UNCOVERED


def _quality(tokens: Sequence[Token], found: Recognised, weights: Weights | None) -> float | None:
    if not tokens and not found.look.lines:
        return None
    if weights is None:
        return mean_confidence(tokens) or 0.0
    sure = [token.confidence for token in tokens]
    return score(described(sure, found.coverage, found.look), weights)


def _length(tokens: Iterable[Token]) -> int:
    return sum(len(token.text) for token in tokens)


def _letters_missing(
    language: str | None, languages: Sequence[str], found: Recognised
) -> list[str]:
    asked = (language,) if language else tuple(languages)
    known = (LANGUAGES[code] for code in asked)
    names = ", ".join(it.name for it in known if not it.is_in_script(found.letters))
    missing = "".join(sorted(special_letters(asked) - found.letters))
    said = [f"The engine {found.engine} does not read {names}."] * bool(names)
    return said + [f"The engine {found.engine} cannot write these letters: {missing}"] * bool(
        missing
    )
