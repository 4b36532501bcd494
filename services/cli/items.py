"""What can be submitted: a file of this machine, or one at a URL that the server fetches."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.cli.printable import path_name

_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file at a URL."""

    url: str

    @property
    def name(self) -> str:
        """The end of the URL's path, else the URL."""
        try:
            path = urlsplit(self.url).path
        except ValueError:
            path = ""
        return unquote(path.rstrip("/").rpartition("/")[2]) or self.url


Item = Path | WebFile


def as_item(word: str) -> Item:
    """What a word of the command line stands for."""
    return WebFile(word) if word.lower().startswith(_SCHEMES) else Path(word)


def full_name(item: Item) -> str:
    """The item as it was given."""
    return path_name(item) if isinstance(item, Path) else item.url


def short_name(item: Item) -> str:
    """The item's own name, without where it is."""
    return path_name(Path(item.name)) if isinstance(item, Path) else item.name
