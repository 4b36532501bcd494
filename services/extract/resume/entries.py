"""Entries of a section that are each around a period of time, with the lines of their head."""

from dataclasses import dataclass, field

from services.extract.resume.lines import Line, heading_kind
from services.extract.resume.parts import is_place, parts_of, role_score, without_period
from services.extract.resume.periods import Period, find_period

_MOST_WORDS = 11
_MOST_HEAD = 3
_MOST_TITLE_WORDS = 6
_INDENT = 0.5  # of the height
_TALLER = 1.2
_WIDE = 1.1  # of the height: a gap between lines that parts blocks


@dataclass(eq=False)
class Entry:
    """``head`` are the lines that say what the entry is about, ``line`` has its period.

    ``body`` is what follows until the next entry.
    """

    period: Period
    line: Line
    head: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)


def cut_entries(lines: list[Line]) -> list[Entry]:
    """The entries of a section in order."""
    anchors = _anchors(lines)
    if not anchors:
        return []
    below = _heads_below(lines, anchors)
    # Above the first period nothing stands but the head of its own entry.
    usual = min(anchors[0][0], _MOST_HEAD)
    entries: list[Entry] = []
    free_from = 0
    for number, (at, period) in enumerate(anchors):
        stop = anchors[number + 1][0] if number + 1 < len(anchors) else len(lines)
        entry = Entry(period, lines[at])
        beside = without_period(lines[at])
        if not below:
            entry.head.extend(_above(lines, max(free_from, at - usual), at))
        if beside is not None and not _is_duration(beside):
            entry.head.append(lines[at])
        if below or (len(entry.head) == 1 and beside is not None and not _is_full(beside)):
            room = _MOST_HEAD - 1 if below else 1
            entry.head.extend(_below(lines, at, stop, room))
        elif len(entry.head) == 1 and beside is not None and not _says_role(beside):
            entry.head.extend(it for it in _below(lines, at, stop, 1) if _says_role(it))
        entries.append(entry)
        free_from = at + 1
    _give_bodies(lines, entries)
    return entries


def _give_bodies(lines: list[Line], entries: list[Entry]) -> None:
    """To each entry the lines after it that are no head; a margin's line may come again."""
    places = {id(line): at for at, line in enumerate(lines)}
    owned = [{places[id(it)] for it in (*entry.head, entry.line)} for entry in entries]
    taken = set().union(*owned)
    for number, entry in enumerate(entries):
        start = min(owned[number])
        stop = min(owned[number + 1]) if number + 1 < len(entries) else len(lines)
        entry.body.extend(lines[at] for at in range(start, stop) if at not in taken)


def _anchors(lines: list[Line]) -> list[tuple[int, Period]]:
    """The lines that hold a period and little else; single dates only where no range is."""
    found = []
    for at, line in enumerate(lines):
        period = find_period(line.text)
        if period is None or (line.has_mark and not period.is_range):
            continue
        rest = f"{line.text[: period.begin]} {line.text[period.stop :]}".split()
        is_sentence = len(rest) > _MOST_TITLE_WORDS and rest[-1].endswith(".")
        if len(rest) <= _MOST_WORDS and not is_sentence:
            found.append((at, period))
    ranges = [each for each in found if each[1].is_range]
    return ranges or [each for each in found if _is_alone(lines[each[0]], each[1])]


def _is_alone(line: Line, period: Period) -> bool:
    """Whether a single date is at the end or the beginning of its line."""
    return period.begin == 0 or period.stop >= len(line.text) - 1


def _is_duration(line: Line) -> bool:
    """Whether a line is but ``(2 years 3 months)``."""
    words = line.text.split()
    return len(words) <= 5 and words[0].strip("(").isdigit()


def _is_full(line: Line) -> bool:
    """Whether a line may name both position and company."""
    return len(line.cells) > 1 or any(
        sign in line.text for sign in (",", "|", " - ", " – ", " at ")
    )


def _says_role(line: Line) -> bool:
    return any(role_score(part) for part in parts_of(line))


def _names_both(line: Line) -> bool:
    """Whether a line names a position and, beside places, something else."""
    parts = [part for part in parts_of(line) if not is_place(part)]
    roles = [part for part in parts if role_score(part)]
    return bool(roles) and len(parts) > len(roles)


def _heads_below(lines: list[Line], anchors: list[tuple[int, Period]]) -> bool:
    """Whether the heads of entries stand below their periods."""
    first = anchors[0][0]
    if without_period(lines[first]) is not None:
        return False
    return first == 0 or not _above(lines, 0, first)


def _above(lines: list[Line], start: int, at: int) -> list[Line]:
    """The lines of a head above ``lines[at]``, none before ``start``."""
    head: list[Line] = []
    for index in range(at - 1, start - 1, -1):
        line, under = lines[index], lines[index + 1]
        if not _may_head(line) or len(head) == _MOST_HEAD:
            break
        if _is_inner(line, under) or (head and _is_apart(line, under)):
            break
        if index > start and _goes_on(lines[index - 1], line):
            break
        head.insert(0, line)
    return head


def _below(lines: list[Line], at: int, stop: int, most: int) -> list[Line]:
    head: list[Line] = []
    for index in range(at + 1, stop):
        line = lines[index]
        if not _may_head(line) or len(head) == most or (head and _is_apart(head[-1], line)):
            break
        if head and _names_both(head[-1]):
            break
        head.append(line)
    return head


def _may_head(line: Line) -> bool:
    text = line.text
    return (
        not line.has_mark
        and len(text.split()) <= _MOST_WORDS
        and not text.endswith(";")
        and not (text.endswith(".") and len(text.split()) > _MOST_TITLE_WORDS)
        and ":" not in text
        and not (text[0].islower() and line.page == 0 and len(text.split()) > 4)
        and heading_kind(text) is None
        and "http" not in text
    )


def _is_inner(line: Line, under: Line) -> bool:
    """Whether ``line`` is the end of the entry before: indented, or smaller than a title."""
    if line.x0 > under.x0 + _INDENT * line.height and line.x0 < under.x1:
        return True
    is_long = len(line.text.split()) > _MOST_TITLE_WORDS
    return is_long and under.height > _TALLER * line.height


def _is_apart(upper: Line, lower: Line) -> bool:
    return upper.page != lower.page or lower.y0 - upper.y1 > _WIDE * min(upper.height, lower.height)


def _goes_on(upper: Line, lower: Line) -> bool:
    """Whether ``lower`` is the end of a paragraph that ``upper`` has begun."""
    return (
        lower.text[0].islower()
        and len(upper.text.split()) > _MOST_WORDS
        and not upper.text.endswith((".", ":"))
    )
