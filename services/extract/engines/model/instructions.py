"""Finds text on a page that addresses a machine: attempts to tell a model what to answer.

It need not be complete, and is not what protects: no answer can do more than fill a field, and
a value that only one model saw is not believed by itself. But what stands in such text bears no
value out, though its words are on the page.
"""

import re

from services.extract.sheet import Row, Sheet, boxes_of
from services.extract.wording import plain
from shared.models.page import Box

_BELOW = 5  # rows below such a text that still belong to it
_PITCH = 2.2  # of the line height: what is further below is another block
_EVENLY = 1.15  # times the first pitch
# In the languages that we read; on text in lower case without accents.
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}"
    r"\b(?:instructions?|prompts?|rules|directions|schema|guidelines|(?:all|everything) above)\b"
    r"|\b(?:ignore|disregard|forget) (?:all|any|everything)\b.{0,20}\b(?:previous|prior|above)\b"
    r"|\b(?:ignorier\w*|vergiss|vergessen sie|missacht\w*)\b.{0,60}"
    r"\b(?:anweisung\w*|vorgabe\w*|alles? (?:vorherig\w*|obig\w*|bisherig\w*))\b"
    r"|\b(?:ignor(?:e|ez|er)|oubli(?:e|ez|er))\b.{0,60}"
    r"\b(?:instructions?|consignes?|tout ce qui precede)\b"
    r"|\b(?:ignor[ae]|olvid[ae]|desconsider[ae]|esquec[ae])\b.{0,60}"
    r"\b(?:instruccion\w*|instruc(?:ao|oes)|reglas|regras|todo lo anterior)\b"
    r"|\b(?:ignora\w*|dimentica\w*)\b.{0,60}\b(?:istruzion\w*|regole|tutto quanto precede)\b"
    r"|\b(?:negeer|vergeet)\b.{0,60}\b(?:instructies?|opdracht\w*|regels|al het voorgaande)\b"
    r"|\b(?:you are|du bist|tu es|eres|jij bent) (?:now )?(?:an?|ein|une?|een|in) .{0,30}"
    r"\b(?:assistant|assistent|ai|ki|ia|language model|chatbot|parser|extractor|mode)\b"
    r"|\b(?:notes?|notice|message|attention|dear|hinweis|nota|avis)\b.{0,40}"
    r"\b(?:language models?|llms?|ai|chatgpt|chatbot)\b"
    r"|\bsystem prompt\b|\b(?:respond|reply|answer|output|return) (?:with )?exactly this\b"
    r"|<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>|^#{2,} ?(?:instruction|system)"
)


def rows_addressing_machines(sheet: Sheet) -> frozenset[int]:
    """The indexes of rows in text that tells a machine what to do."""
    rows = sheet.rows
    texts = [plain(row.text) for row in rows]
    found: set[int] = set()
    own = [_ADDRESSED.search(text) is not None for text in texts]
    for at, text in enumerate(texts):
        goes_on = at + 1 < len(rows) and rows[at + 1].page == rows[at].page and not own[at + 1]
        if own[at] or (goes_on and _ADDRESSED.search(f"{text} {texts[at + 1]}")):
            found.update(_block(rows, at, sheet.line_height))
    return frozenset(found)


def boxes_addressing_machines(sheet: Sheet) -> list[Box]:
    """Where such text stands: the words of each of its rows."""
    rows = sorted(rows_addressing_machines(sheet))
    return [box for row in rows for box in boxes_of(sheet.rows[row].tokens)]


def _block(rows: list[Row], at: int, line_height: float) -> list[int]:
    """The row and those below, as running text goes on: evenly spaced, without columns."""
    block, pitch = [at], _PITCH * line_height
    for below in range(at + 1, min(at + 1 + _BELOW, len(rows))):
        row, last = rows[below], rows[below - 1]
        if row.page != last.page or len(row.segments) > 1 or row.y0 - last.y0 > pitch:
            break
        if len(block) == 1:
            pitch = _EVENLY * (row.y0 - last.y0)
        block.append(below)
    return block
