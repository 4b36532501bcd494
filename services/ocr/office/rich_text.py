"""Rich Text Format (Microsoft's specification 1.9.1): its text, paragraphs and table rows.

Pictures, fonts and whatever else is no text are passed over, as are destinations that a reader
may ignore.
"""

import codecs
import re
from pathlib import Path

from services.ocr.office.script import Script, Section, escaped, paragraph, table
from shared.errors import Code, Permanent

_MOST_BYTES = 64 * 1024 * 1024
_DEEPEST = 500
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    rb"|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SILENT = frozenset(
    {
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "themedata",
        "colorschememapping", "listtable", "listoverridetable", "rsidtbl", "generator", "datastore",
        "latentstyles", "xmlnstbl", "fldinst", "nonshppict", "bkmkstart", "bkmkend", "filetbl",
        "revtbl", "atnid", "atnauthor", "annotation", "private", "mmathPr", "wgrffmtfilter",
        "pnseclvl", "operator", "author", "sp", "shprslt",
    }
)  # fmt: skip
_HEARD = frozenset({"shpinst"})  # may be ignored, and holds the text of boxes all the same
_SYMBOLS = {
    "tab": "\t", "line": "\n", "emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
    "shptxt": " ", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_CHARSETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_GAP = "\u00a0" * 4


def read_rich_text(path: str) -> Script:
    """The file at ``path``.

    Raises:
        Permanent: ``FILE_TOO_LARGE``, ``FILE_CORRUPT`` (groups in groups without end).
    """
    file = Path(path)
    if file.stat().st_size > _MOST_BYTES:
        raise Permanent(Code.FILE_TOO_LARGE, "A text of that size is no document.")
    reader = _Reader()
    reader.read(file.read_bytes())
    return Script([Section(reader.markup())])


class _Reader:
    def __init__(self) -> None:
        self._done: list[str] = []
        self._rows: list[list[str]] = []
        self._cells: list[str] = []
        self._text: list[str] = []
        self._pending = bytearray()
        self._encoding = "cp1252"
        # Of each group: whether it is silent, and how many bytes stand in for a \u character.
        self._groups: list[tuple[bool, int]] = [(False, 1)]
        self._skip = 0
        self._is_first = False
        self._is_starred = False
        self._in_table = False

    def read(self, content: bytes) -> None:
        """Take over all of ``content``."""
        for found in _TOKEN.finditer(content):
            word, parameter, coded, symbol, brace, text = found.groups()
            if brace:
                self._group(opens=brace == b"{")
            elif coded is not None:
                self._bytes(bytes([int(coded, 16)]))
            elif text is not None:
                self._bytes(text)
            elif symbol is not None:
                self._symbol(symbol)
            elif word is not None:
                self._word(word.decode("ascii"), parameter)
            self._is_first = brace == b"{" or (symbol == b"*" and self._is_first)
        self._paragraph()

    def markup(self) -> str:
        """All there was."""
        self._end_table()
        return "".join(self._done)

    def _group(self, *, opens: bool) -> None:
        self._flush()
        if opens:
            if len(self._groups) > _DEEPEST:
                raise Permanent(Code.FILE_CORRUPT)
            self._groups.append(self._groups[-1])
        elif len(self._groups) > 1:
            self._groups.pop()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._is_starred = True
        elif symbol in (b"\\", b"{", b"}"):
            self._bytes(symbol)
        elif symbol == b"~":
            self._say("\u00a0")
        elif symbol == b"_":
            self._say("-")
        elif symbol in (b"\n", b"\r"):
            self._paragraph()

    def _word(self, word: str, parameter: bytes | None) -> None:
        value = int(parameter) if parameter else None
        if self._is_starred:
            self._is_starred = False
            if word not in _HEARD:
                self._silence()
            return
        if self._is_first and word in _SILENT:
            self._silence()
        elif word in _SYMBOLS:
            self._say(_SYMBOLS[word])
        elif word == "u" and value is not None:
            self._unicode(value)
        elif word == "uc" and value is not None:
            self._groups[-1] = (self._groups[-1][0], max(value, 0))
        elif word == "ansicpg" and value:
            self._encoding = _known(f"cp{value}")
        elif word in _CHARSETS:
            self._encoding = _CHARSETS[word]
        elif word == "bin":
            self._silence()
        else:
            self._structure(word)

    def _structure(self, word: str) -> None:
        match word:
            case "par" | "sect" | "page":
                self._paragraph()
            case "intbl":
                self._in_table = True
            case "pard":
                self._in_table = False
            case "cell" | "nestcell":
                self._flush()
                self._cells.append(self._taken())
            case "row" | "nestrow":
                self._flush()
                if self._cells:
                    self._rows.append(self._cells)
                self._cells = []

    def _unicode(self, value: int) -> None:
        self._flush()
        if not self._groups[-1][0]:
            unit = value & 0xFFFF
            self._text.append(chr(unit))
        self._skip = self._groups[-1][1]

    def _bytes(self, text: bytes) -> None:
        skipped, self._skip = min(self._skip, len(text)), max(self._skip - len(text), 0)
        if not self._groups[-1][0]:
            self._pending += text[skipped:]

    def _say(self, text: str) -> None:
        self._flush()
        if not self._groups[-1][0]:
            self._text.append(text)

    def _silence(self) -> None:
        self._groups[-1] = (True, self._groups[-1][1])

    def _flush(self) -> None:
        if self._pending:
            self._text.append(self._pending.decode(self._encoding, "replace"))
            self._pending.clear()

    def _taken(self) -> str:
        text, self._text = "".join(self._text), []
        # Characters beyond the first plane come as two halves.
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip(" ")
        return escaped(whole).replace("\t", _GAP).replace("\n", "<br/>")

    def _paragraph(self) -> None:
        self._flush()
        if self._in_table or self._cells:
            self._text.append("\n")
            return
        said = self._taken()
        if said.strip():
            self._end_table()
            self._done.append(paragraph(said))

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
        if self._rows:
            self._done.append(table(self._rows))
        self._rows, self._cells = [], []


def _known(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding
