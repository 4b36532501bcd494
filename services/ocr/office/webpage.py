"""HTML as a document: its text, headings, lists and tables; nothing is loaded, styled or run."""

import re
from html.parser import HTMLParser

from services.ocr.office.plain import content_of, decoded
from services.ocr.office.script import Script, Section, escaped, table

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_\-]{1,30})""", re.IGNORECASE
)
_SILENT = frozenset({"script", "style", "head", "template", "svg", "math"})
_OF_HEADS = frozenset(
    {"title", "meta", "link", "base", "style", "script", "noscript", "template", "object"}
)
_OF_TABLES = frozenset({"table", "tr", "td", "th"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset(
    {
        "p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "ul", "ol",
        "li", "dl", "dt", "dd", "blockquote", "address", "form", "fieldset", "figure", "pre", "hr",
        "center", "body", "title", *_HEADINGS,
    }
)  # fmt: skip
_BREAK = "\x1e"  # in text under way; never in a file, as it is no character of HTML
_SPACE = re.compile(r"[ \t\r\n\x00-\x1d\x1f]+")


def read_webpage(path: str) -> Script:
    """The file at ``path``; raises ``Permanent(FILE_TOO_LARGE)``."""
    content = content_of(path)
    declared = _DECLARED.search(content[:2048])
    text = _in(declared[1].decode("ascii"), content) if declared else None
    reader = _Reader()
    reader.feed(decoded(content) if text is None else text)
    reader.close()
    return Script([Section(reader.markup())])


def _in(encoding: str, content: bytes) -> str | None:
    try:
        return content.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


class _Reader(HTMLParser):
    """Collects blocks; tables in tables, which lay a page out, become blocks of the outer one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[str] = []
        self._text: list[str] = []
        self._heading = ""
        self._silent: list[str] = []
        self._tables = 0
        self._rows: list[list[str]] = []

    def markup(self) -> str:
        """All there was."""
        self._end_table()
        self._end_block()
        return "".join(self._done)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        if self._silent == ["head"] and tag not in _OF_HEADS:
            self._silent.clear()  # the end of a head need not be said
        if tag in _SILENT:
            self._silent.append(tag)
        elif self._silent:
            return
        elif tag == "br":
            self._text.append(_BREAK)
        elif tag == "input":
            self._text.append(f" {dict(attrs).get('value') or ''} ")
        elif tag in _OF_TABLES:
            self._start_of_table(tag)
        elif tag in _BLOCKS:
            self._start_block(tag)

    def _start_of_table(self, tag: str) -> None:
        if tag == "table":
            self._tables += 1
            if self._tables == 1:
                self._end_block()
        elif self._tables != 1:
            self._start_block(tag)
        else:
            self._end_cell()
            if tag == "tr":
                self._rows.append([])
            elif self._rows:
                self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """See ``HTMLParser``."""
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
        elif tag == "table" and self._tables:
            self._tables -= 1
            if not self._tables:
                self._end_table()
        elif tag in _BLOCKS:
            self._end_block() if not self._tables else self._text.append(_BREAK)

    def handle_data(self, data: str) -> None:
        """See ``HTMLParser``."""
        if not self._silent:
            self._text.append(data.replace(_BREAK, " "))

    def _start_block(self, tag: str) -> None:
        if self._tables:
            self._text.append(_BREAK)
            return
        self._end_block()
        self._heading = tag if tag in _HEADINGS else ""
        if tag == "li":
            self._text.append("\u2022 ")

    def _said(self) -> str:
        text, self._text = "".join(self._text), []
        lines = (_SPACE.sub(" ", line).strip() for line in text.split(_BREAK))
        return "<br/>".join(escaped(line) for line in lines if line)

    def _end_block(self) -> None:
        said, tag = self._said(), self._heading or "p"
        self._heading = ""
        if said:
            self._done.append(f"<{tag}>{said}</{tag}>")

    def _end_cell(self) -> None:
        said = self._said()
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] += said
        elif said:
            self._done.append(f"<p>{said}</p>")

    def _end_table(self) -> None:
        self._end_cell()
        rows = [row for row in self._rows if any(row)]
        self._rows, self._tables = [], 0
        if rows:
            self._done.append(table(rows))
