"""From files, folders and URLs on the command line to the files to send."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.cli.failures import CliError
from services.cli.items import Item
from services.cli.printable import path_name

NO_DOCUMENTS = frozenset(
    {
        # data and configuration
        *(".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"),
        *(".db", ".sqlite", ".sqlite3", ".parquet", ".npy", ".npz", ".pkl", ".onnx", ".lock"),
        # programs
        *(".py", ".pyc", ".js", ".ts", ".css", ".sh", ".c", ".h", ".cpp", ".go", ".rs", ".java"),
        *(".o", ".so", ".dll", ".exe", ".bin", ".bat", ".ps1", ".jar", ".class"),
        # notes, traces, sound and film
        *(".md", ".rst", ".log", ".tmp", ".bak", ".part", ".crdownload"),
        *(".mp3", ".mp4", ".wav", ".avi", ".mov", ".mkv", ".ttf", ".woff", ".woff2"),
    }
)
"""Endings that no document has; the server decides on all others."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The files to send, each once, in the order given; ``skipped`` counts by ending."""

    files: list[Item] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)


def select_files(items: Iterable[Item], *, everything: bool = False) -> Selection:
    """Walk ``items``: files and URLs named are taken as they are, folders with all below them.

    In folders hidden files are skipped and, unless ``everything``, those that are clearly
    no documents; links to folders are not followed. Raises ``CliError`` for a path that
    does not exist and when nothing is left.
    """
    selection = Selection()
    seen: set[Item] = set()
    for item in items:
        found: Iterable[Item] = [item]
        if isinstance(item, Path) and item.is_dir():
            found = _sift(_walk(item), selection.skipped, everything)
        elif isinstance(item, Path) and not item.exists():
            raise CliError(f"There is no file or folder {path_name(item)}.")
        for file in found:
            real = file.resolve() if isinstance(file, Path) else file
            if real not in seen:
                seen.add(real)
                selection.files.append(file)
    if not selection.files:
        hint = " --all sends the others too." if selection.skipped else ""
        raise CliError(f"There are no documents in these folders.{hint}")
    return selection


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        name = path_name(Path(error.filename or folder))
        raise CliError(f"The folder {name} cannot be read: {error.strerror}") from None

    for where, folders, files in os.walk(folder, onerror=fail):
        folders[:] = sorted(it for it in folders if not it.startswith("."))
        for name in sorted(files):
            path = Path(where, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _sift(files: Iterable[Path], skipped: dict[str, int], everything: bool) -> Iterator[Path]:
    for file in files:
        ending = file.suffix.lower()
        if ending in NO_DOCUMENTS and not everything:
            skipped[ending] = skipped.get(ending, 0) + 1
        else:
            yield file
