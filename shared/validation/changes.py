"""Rules that rewrite a value."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from rapidfuzz import fuzz, process

from shared.models.rules import FormatRule, LookupRule
from shared.wording import compact


def formatted(rule: FormatRule, value: str) -> str:
    """The value as the rule writes it."""
    text = value.translate(dict.fromkeys(map(ord, rule.remove))) if rule.remove else value
    if rule.case is not None:
        text = getattr(text, rule.case)()
    if rule.decimals is not None:
        text = _rounded(text, rule.decimals)
    return text


def _rounded(text: str, decimals: int) -> str:
    try:
        return str(Decimal(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    except InvalidOperation:
        return text


def looked_up(rule: LookupRule, value: str) -> str | None:
    """What the nearest entry stands for; ``None`` when none is near enough, or two are."""
    entries = rule.entries
    meaning: Mapping[str, str] = (
        entries if isinstance(entries, dict) else {entry: entry for entry in entries}
    )
    wanted, names = compact(value), list(meaning)
    exact = {meaning[name] for name in names if compact(name) == wanted}
    if exact:
        return exact.pop() if len(exact) == 1 else None
    near = process.extract(
        wanted,
        [compact(name) for name in names],
        scorer=fuzz.ratio,
        score_cutoff=100 * rule.similarity,
        limit=2,
    )
    if not near:
        return None
    best = [place for _, score, place in near if score == near[0][1]]
    meant = {meaning[names[place]] for place in best}
    return meant.pop() if len(meant) == 1 else None
