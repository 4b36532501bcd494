"""Whether recognition read a value as it is printed: what extraction can be held to."""

from datetime import date

from benchmarks.scores import number, plain
from shared.models.page import Page

_AMOUNTS = ("total", "amount")
_WAYS = (
    "%d%m%Y", "%d%m%y", "%Y%m%d", "%m%d%Y", "%m%d%y", "%d%b%Y", "%d%b%y", "%d%B%Y", "%B%d%Y",
    "%b%d%Y",
)  # fmt: skip


def is_legible(name: str, wanted: object, pages: list[Page]) -> bool:
    """Whether ``wanted`` stands among the words read, in one of the usual ways to print it."""
    words = [word.text for page in pages for word in page.words]
    if any(part in name for part in _AMOUNTS):
        return any(_is_amount(word, wanted) for word in words)
    text = plain("".join(words))
    if name.endswith("date"):
        return any(form in text for form in _dates(str(wanted)))
    return plain(wanted) in text


def _is_amount(word: str, wanted: object) -> bool:
    digits = "".join(char for char in word if char.isdigit())
    value = number(wanted)
    return bool(digits) and value is not None and digits.lstrip("0") == str(int(value * 100))


def _dates(iso: str) -> list[str]:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return [plain(iso)]
    printed = [day.strftime(way).upper() for way in _WAYS]
    bare = [f"{day.day}{day.month}{day.year}", f"{day.day}{day.strftime('%B%Y').upper()}"]
    return printed + bare
