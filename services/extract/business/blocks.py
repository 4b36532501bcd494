"""Blocks: a name with its address, below a label or beside it."""

from dataclasses import replace

from services.extract.business.asked import Asked, found_at
from services.extract.finders import Found
from services.extract.labels import Hit
from services.extract.sheet import Segment, Sheet, Token
from services.extract.wording import count_digits

_CUSTOMER = "customer_name"
_MOST_LINES = 6
_EDGE = 1.2  # line heights between left edges of a block's lines
_NEAR = 2.4  # line heights from a label down to its block
_WIDEST_GAP = 1.8  # line heights between the lines of a block
_FURTHEST = 22.0  # line heights from a label to what stands beside it
_SURE, _BELOW_OTHER = 0.9, 0.75
_DASHES = ":-\u2013\u2014="

Lines = list[list[Token]]


def find_name(asked: Asked, *, closed: bool = False) -> Found | None:
    """The name that opens the block of the field's label; ``closed`` wants a label by itself."""
    for lines, hit in _blocks(asked):
        tokens = _name(lines[0])
        if tokens and (hit.closes or not closed):
            sure = _SURE if hit.closes else _BELOW_OTHER
            return found_at(_text(tokens), tokens, sure)
    return None


def find_address(asked: Asked) -> Found | None:
    """All lines of the block of the field's label, with commas between them."""
    return _address(asked, first=0)


def find_delivery(asked: Asked) -> Found | None:
    """Where to deliver: the recipient's block where no other is labelled."""
    found = find_address(asked)
    customer = asked.sibling(_CUSTOMER)
    return found or (find_address(replace(asked, spec=customer)) if customer else None)


def find_address_of_name(asked: Asked) -> Found | None:
    """The same without the name that opens it."""
    return _address(asked, first=1)


def _address(asked: Asked, first: int) -> Found | None:
    for lines, _ in _blocks(asked):
        name = _name(lines[0])
        rest = lines[0][len(name) :]
        parts = [line for line in (name, rest, *lines[1:]) if line][first:]
        if parts:
            text = ", ".join(_text(part) for part in parts)
            return found_at(text, [token for part in parts for token in part], _SURE)
    return None


def _blocks(asked: Asked) -> list[tuple[Lines, Hit]]:
    """The blocks at the field's labels, the fullest first."""
    found = [
        (lines, hit)
        for hit in asked.hits()
        if hit.opens and (lines := _lines(asked, hit)) and _is_name(lines[0])
    ]
    return sorted(found, key=lambda it: (not it[1].closes, -min(len(it[0]), 2), -it[1].length))


def _is_name(line: list[Token]) -> bool:
    text = _text(line)
    return sum(map(str.isalpha, text)) > max(1, count_digits(text))


def _lines(asked: Asked, hit: Hit) -> Lines:
    """The lines of the block that ``hit`` heads."""
    sheet = asked.reading.sheet
    last = hit.tokens[-1].index
    rest = [it for it in hit.segment.tokens if it.index > last and _text([it])]
    if rest:
        return [rest, *_following(asked, rest[0].x0, hit.segment, also=hit.x0)]
    below = _below(asked, hit)
    if below is not None:
        return [list(below.tokens), *_following(asked, below.x0, below)]
    beside = _beside(sheet, hit)
    if beside is None or asked.labels.opening & {it.index for it in beside.tokens}:
        return []
    return [list(beside.tokens), *_following(asked, beside.x0, beside)]


def _beside(sheet: Sheet, hit: Hit) -> Segment | None:
    row = sheet.rows[hit.segment.row]
    right = [it for it in row.segments if it.x0 > hit.x1 and it is not hit.segment]
    if not right or right[0].x0 - hit.x1 > _FURTHEST * sheet.line_height:
        return None
    return right[0]


def _below(asked: Asked, hit: Hit) -> Segment | None:
    """The line right below a label, at the same left edge."""
    sheet = asked.reading.sheet
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 4]:
        if row.page != hit.segment.page or row.y0 - hit.segment.y1 > _NEAR * sheet.line_height:
            return None
        for segment in row.segments:
            if abs(segment.x0 - hit.x0) < _EDGE * sheet.line_height:
                is_label = asked.labels.opening & {it.index for it in segment.tokens}
                return None if is_label else segment
    return None


def _following(asked: Asked, x0: float, first: Segment, also: float | None = None) -> Lines:
    """The lines below ``first`` at the left edge ``x0``, or all at ``also``."""
    sheet = asked.reading.sheet
    lines: Lines = []
    bottom, edge = first.y1, x0
    for row in sheet.rows[first.row + 1 :]:
        near = [it for it in row.segments if _is_at(it, edge, sheet)]
        if not near and also is not None and not lines:
            near = [it for it in row.segments if _is_at(it, also, sheet)]
            edge = also if near else edge
        if row.page != first.page or row.y0 - bottom > _WIDEST_GAP * sheet.line_height:
            break
        if not near:
            continue
        before = [it for it in row.segments if it.x0 <= near[0].x0]
        if any(it.tokens[0].index in asked.labels.opening for it in before):
            break
        lines.append(list(near[0].tokens))
        bottom = near[0].y1
        if len(lines) == _MOST_LINES - 1:
            break
    return lines


def _is_at(segment: Segment, edge: float, sheet: Sheet) -> bool:
    return abs(segment.x0 - edge) < 0.5 * _EDGE * sheet.line_height


def _name(line: list[Token]) -> list[Token]:
    """The words before a comma where an address follows on the same line."""
    for at, token in enumerate(line[:-1], start=1):
        if token.text.endswith((",", ";")) and count_digits(_text(line[at:])):
            return line[:at]
    return line


def _text(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens).strip(f" ,;|{_DASHES}")
