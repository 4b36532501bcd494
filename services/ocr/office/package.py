"""A ZIP file with parts, as Office Open XML and OpenDocument are; from a stranger.

What it unpacks to is bounded before and while it is unpacked: by number of entries, by what all
entries say they hold, and by how many times its size a large entry unpacks to. Entries must not
lie in one another. Python's ``zipfile`` gives no more of an entry than it declares.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import IO
from xml.etree.ElementTree import Element

from services.ocr.office.trees import parse
from shared.errors import Code, Permanent

MOST_ENTRIES = 5_000
MOST_BYTES = 256 * 1024 * 1024
"""Of all entries together, unpacked."""
MOST_PART_BYTES = 48 * 1024 * 1024
"""Of one XML part: as a tree it takes ten times as much."""
MOST_TIMES = 100
_SMALL = 4 * 1024 * 1024  # unpacked: text repeats itself, and this much hurts nobody
_ENCRYPTED = 0x1


class Package:
    """An open package."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos = {it.filename: it for it in archive.infolist()}

    @classmethod
    @contextmanager
    def open(cls, path: str) -> Iterator["Package"]:
        """The file at ``path``, closed at the end of the block.

        Raises:
            Permanent: ``FILE_CORRUPT``, ``FILE_ENCRYPTED``, ``CONTAINER_TOO_LARGE``,
                ``CONTAINER_TOO_MANY``.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                _check(archive.infolist())
                yield cls(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Permanent(Code.FILE_CORRUPT) from error

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    @property
    def names(self) -> list[str]:
        """Of all parts."""
        return list(self._infos)

    def xml(self, name: str) -> Element | None:
        """The root of a part, or nothing where there is no such part.

        Raises:
            Permanent: ``FILE_CORRUPT`` (it is no XML, or declares a document type, which no
                such file has a reason to), ``CONTAINER_TOO_LARGE``.
        """
        if name not in self._infos:
            return None
        return parse(self.read(name))

    def read(self, name: str, most: int = MOST_PART_BYTES) -> bytes:
        """A part.

        Raises:
            Permanent: ``FILE_CORRUPT``, ``CONTAINER_TOO_LARGE`` (it has more than ``most`` bytes).
        """
        with self.stream(name) as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            raise Permanent(Code.CONTAINER_TOO_LARGE, "A part of the file is larger than allowed.")
        return content

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """A part, to be read piece by piece; raises ``Permanent(FILE_CORRUPT)``."""
        try:
            with self._archive.open(self._infos[name]) as stream:
                yield stream
        except (KeyError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise Permanent(Code.FILE_CORRUPT, "A part cannot be unpacked.") from error

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: by id, the last word of the type and the target's name.

        Nothing that lies elsewhere is among them: it is not fetched.
        """
        folder, base = posixpath.split(name)
        root = self.xml(f"{folder}/_rels/{base}.rels".lstrip("/"))
        found = {}
        for each in root if root is not None else ():
            if each.get("TargetMode") == "External":
                continue
            target = each.get("Target", "")
            place = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = each.get("Type", "").rpartition("/")[2]
            found[each.get("Id", "")] = (kind, posixpath.normpath(place))
        return found


def _check(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_ENTRIES:
        raise Permanent(Code.CONTAINER_TOO_MANY, "The file has more parts than allowed.")
    if sum(it.file_size for it in infos) > MOST_BYTES:
        raise Permanent(Code.CONTAINER_TOO_LARGE, "The file unpacks to more than allowed.")
    for it in infos:
        if it.flag_bits & _ENCRYPTED:
            raise Permanent(Code.FILE_ENCRYPTED)
        if it.file_size > _SMALL and it.file_size > MOST_TIMES * max(1, it.compress_size):
            raise Permanent(Code.CONTAINER_TOO_LARGE, "A part unpacks to many times its size.")
    in_place = sorted(infos, key=lambda it: it.header_offset)
    for it, following in pairwise(in_place):
        if it.header_offset + it.compress_size > following.header_offset:
            raise Permanent(Code.FILE_CORRUPT, "Parts of the file lie in one another.")
