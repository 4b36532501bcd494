"""Lists of single values: behind their label with commas between, or one below the other."""

import re
from collections.abc import Iterator

from services.extract.calibrate import legibility
from services.extract.finders import Found, FoundRow
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import phrases
from services.extract.pieces import Piece, pieces_of
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.tables.typing import typed_value
from services.extract.wording import split_name
from shared.models.schema import LIST_ITEM, FieldSpec

_SURE = 0.7
_BETWEEN = re.compile(r"[,;|/]$")
_BULLETS = frozenset("-–•*·▪►o")
_AND = frozenset({"and", "und", "et", "y", "e", "en"})
_EDGE = 3.0  # line heights to the right of the label that an item may begin
_GAP = 1.2  # line heights between items
_MOST = 100


def find_list(reading: Reading, spec: FieldSpec) -> list[FoundRow]:
    """The items of the list that the name or a label of ``spec`` heads."""
    item = spec.fields[0]
    words = (split_name(spec.name), *spec.synonyms, *item.synonyms)
    labels = LabelMap(reading.sheet, phrases((label, spec.name) for label in words))
    rows = pieces_of(reading.sheet)
    for hit in labels.all():
        if not (hit.opens and hit.closes):
            continue
        found = [
            {LIST_ITEM: Found(value, _raw(tokens), _SURE * legibility(tokens), tokens)}
            for tokens in _items(reading, rows, hit)
            if tokens and (value := typed_value(reading, item.type, tokens)) is not None
        ]
        if found:
            return found[:_MOST]
    return []


def _items(reading: Reading, rows: list[list[Piece]], hit: Hit) -> Iterator[list[Token]]:
    own = {token.index for token in hit.tokens}
    beside = [
        token
        for piece in rows[hit.segment.row]
        for token in piece.tokens
        if token.x0 > hit.x1 and token.index not in own
    ]
    if beside:
        yield from _split(beside)
    else:
        yield from _below(reading, rows, hit)


def _split(tokens: list[Token]) -> Iterator[list[Token]]:
    """The words between commas; a last "and" is one as well."""
    run: list[Token] = []
    for token in tokens:
        if token.text.lower() in _AND or token.text in {",", ";", "|", "/"}:
            yield run
            run = []
            continue
        run.append(token)
        if _BETWEEN.search(token.text):
            yield run
            run = []
    yield run


def _below(reading: Reading, rows: list[list[Piece]], hit: Hit) -> Iterator[list[Token]]:
    """The lines right below the label, without their bullets."""
    line = reading.sheet.line_height
    bottom = hit.segment.y1
    for row in rows[hit.segment.row + 1 :]:
        under = [piece for piece in row if -line < piece.x0 - hit.x0 < _EDGE * line]
        if not under or under[0].tokens[0].page != hit.segment.page:
            return
        if under[0].y0 - bottom > _GAP * line or under[0].text.endswith(":"):
            return
        bottom = under[0].y1
        tokens = [token for piece in row for token in piece.tokens if token.x0 >= under[0].x0]
        yield tokens[1:] if tokens[0].text in _BULLETS else tokens


def _raw(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)
