"""Lists of skills and of languages."""

from services.extract.resume.lines import Line, heading_kind
from services.extract.resume.parts import Part, make_part
from services.extract.resume.words import resume_words
from services.extract.sheet import Token
from services.extract.wording import compact, plain

_MOST_WORDS = 5
_MOST_WORDS_EACH = 4
_FEWEST_PROSE = 9
_MOST_SKILLS = 150
_BETWEEN = frozenset(
    {"|", "/", "•", "·", "-", "–", "—", "~", "◦", "●", "▪", "*", "■", ";", ",", "+"}
)
_FULL = 0.93  # of the widest line: what stands at its end may go on in the next line
_LEAST_ITEMS = 3


def find_skills(lines: list[Line]) -> list[Part]:
    """The items of a section of skills, each once; sentences are none."""
    items: list[Part] = []
    for tokens in _runs(lines):
        items.extend(_items(tokens))
    return _unique(items)[:_MOST_SKILLS]


def find_inline(lines: list[Line]) -> list[Part]:
    """Skills in lines such as ``Tools: Git, Jira, Eclipse`` of sections about other things."""
    items: list[Part] = []
    for line in lines:
        text = line.text
        if text.count(",") + 1 < _LEAST_ITEMS or text.endswith("."):
            continue
        found = _items(line.tokens)
        if len(found) >= _LEAST_ITEMS:
            items.extend(found)
    return _unique(items)


def find_languages(lines: list[Line]) -> list[Part]:
    """The languages of a section of languages: known names, else what is no level."""
    known, unknown = [], []
    for line in lines:
        for cell in line.cells:
            for run in _split(cell, keep_heads=True):
                part = make_part(run)
                if part is None:
                    continue
                named = _language_in(run)
                if named is not None:
                    known.append(named)
                elif _may_be_language(part):
                    unknown.append(part)
    return _unique(known + unknown) if known else _unique(unknown)


def only_languages(tokens: list[Token]) -> list[Part]:
    """The languages of a cell that names nothing else, such as ``English, Spanish``."""
    parts = [part for run in _split(tokens) if (part := make_part(run)) is not None]
    known = resume_words().languages
    if parts and all(plain(part.text) in known for part in parts):
        return parts
    return []


def _language_in(run: list[Token]) -> Part | None:
    """The language that ``run`` begins with, alone or with its level behind it."""
    known = resume_words().languages
    for count in (3, 2, 1):
        part = make_part(run[:count])
        if part is not None and plain(part.text).strip(" :()") in known:
            return Part(part.tokens, part.text.strip(" :()"))
    return None


def _may_be_language(part: Part) -> bool:
    text = plain(part.text).strip(" ()")
    words = text.split()
    levels = resume_words().levels
    return (
        len(words) == 1
        and part.text[:1].isupper()
        and text.isalpha()
        and len(text) > 3
        and text not in levels
    )


def _runs(lines: list[Line]) -> list[list[Token]]:
    """Cells of lines, those of wrapped lists joined."""
    widest = max((line.x1 for line in lines), default=0.0)
    runs: list[list[Token]] = []
    goes_on = False
    for line in lines:
        if heading_kind(line.text) == "inside":
            goes_on = False
            continue
        first, *rest = line.cells
        if goes_on and not line.has_mark and not _names_list(first):
            runs[-1].extend(first)
        else:
            runs.append(list(first))
        runs.extend(rest)
        is_list = "," in line.text
        goes_on = is_list and not rest and (line.text.endswith(",") or line.x1 >= _FULL * widest)
    return runs


def _names_list(tokens: list[Token]) -> bool:
    """Whether a cell begins with what its list is called: ``Tools: Git, Jira``."""
    return any(token.text.endswith(":") for token in tokens[:_MOST_WORDS_EACH])


def _items(tokens: list[Token]) -> list[Part]:
    runs = _split(tokens)
    words = sum(len(_without_duration(run)) for run in runs)
    if words > max(_FEWEST_PROSE, _MOST_WORDS_EACH * len(runs)):  # a sentence with commas
        return []
    found = []
    for run in runs:
        part = make_part(_without_duration(run))
        if part is None or (len(part.text) < 2 and part.text not in {"C", "R", "D"}):
            continue
        count = len(part.text.split())
        if count > _MOST_WORDS or (part.text.endswith(".") and count > 2):
            continue
        if "@" in part.text or "http" in part.text or part.text.replace(".", "").isdigit():
            continue
        if plain(part.text) in resume_words().levels:
            continue
        found.append(part)
    return found


def _split(tokens: list[Token], *, keep_heads: bool = False) -> list[list[Token]]:
    """Runs between commas and other signs; what ends in a colon only names the list.

    ``keep_heads`` keeps that as a run of its own.
    """
    runs: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        text = token.text
        if depth <= 0 and text in _BETWEEN:
            runs.append([])
            continue
        runs[-1].append(token)
        depth += text.count("(") - text.count(")")
        if text.endswith(":") and depth <= 0:
            runs[-1:] = [runs[-1], []] if keep_heads else [[]]
        elif depth <= 0 and text.endswith((",", ";", "|", "•")):
            runs.append([])
    return [run for run in runs if run]


def _without_duration(run: list[Token]) -> list[Token]:
    """``Git (3 years)`` as ``Git``."""
    for at, token in enumerate(run):
        if at and token.text.startswith("("):
            inside = [compact(each.text) for each in run[at:]]
            known = resume_words()
            if all(
                word in known.durations or word in known.levels or word.isdigit()
                for word in inside
                if word
            ):
                return run[:at]
    return run


def _unique(parts: list[Part]) -> list[Part]:
    seen: set[str] = set()
    kept = []
    for part in parts:
        key = plain(part.text)
        if key not in seen:
            seen.add(key)
            kept.append(part)
    return kept
