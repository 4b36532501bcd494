"""What people read for the words of the model."""

from dataclasses import dataclass

from shared.errors import Code, DocstageError
from shared.models.document import DocumentState
from shared.models.schema import LIST_ITEM

_KILO, _ROUND = 1024, 10
_ABBREVIATIONS = frozenset(
    [
        "bic",
        "ean",
        "gtin",
        "iban",
        "id",
        "ip",
        "po",
        "sku",
        "ssn",
        "swift",
        "tin",
        "uri",
        "url",
        "vat",
    ]
)


@dataclass(frozen=True, slots=True)
class Label:
    """A word and its ``tone``, how it is coloured: calm, busy, ask, good or bad."""

    word: str
    tone: str


STATES = {
    DocumentState.RECEIVED: Label("Waiting", "busy"),
    DocumentState.READING: Label("Reading", "busy"),
    DocumentState.EXTRACTING: Label("Finding data", "busy"),
    DocumentState.READY: Label("Ready", "good"),
    DocumentState.NEEDS_REVIEW: Label("To review", "ask"),
    DocumentState.FAILED: Label("Failed", "bad"),
    DocumentState.REJECTED: Label("Rejected", "calm"),
    DocumentState.CANCELLED: Label("Called off", "calm"),
    DocumentState.EXPIRED: Label("Removed", "calm"),
}


def state_label(state: DocumentState | str) -> Label:
    """How a document's state is shown."""
    return STATES[DocumentState(state)]


_PLAIN = {
    Code.FILE_TYPE_NOT_SUPPORTED: (
        "Files of this kind cannot be read here. PDF, pictures, Word, Excel, OpenDocument, text, "
        "e-mails and ZIP archives can."
    ),
    Code.FILE_EMPTY: "It is empty.",
    Code.FILE_TOO_LARGE: "It is larger than this server takes.",
}


def plain(error: DocstageError) -> str:
    """What is wrong with a file, for people who know nothing of media types."""
    return _PLAIN.get(error.code, error.detail)


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    if size < _KILO:
        return f"{size} bytes"
    amount, units = size / _KILO, ["KB", "MB", "GB"]
    while amount >= _KILO and len(units) > 1:
        amount /= _KILO
        units.pop(0)
    digits = 0 if amount >= _ROUND else 1
    return f"{amount:.{digits}f} {units[0]}"


def percent(share: float | None) -> str:
    """A confidence 0..1 as people say it; a dash for none."""
    return "-" if share is None else f"{100 * share:.0f}%"


def field_label(name: str) -> str:
    """A field's name or place as people say it: ``items/0/net_price`` is ``Items 1, net price``."""
    if name == LIST_ITEM:
        return "Value"
    whole, _, cell = name.partition("/")
    label = _words(whole.replace(".", ", "))
    label = label[:1].upper() + label[1:]
    number, _, column = cell.partition("/")
    return f"{label} {int(number) + 1}, {_words(column)}" if number.isdigit() else label


def _words(name: str) -> str:
    words = name.replace("_", " ").split()
    return " ".join(it.upper() if it.lower() in _ABBREVIATIONS else it for it in words)
