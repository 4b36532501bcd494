"""Taking a container apart, all the way down: what a child process of the unpack stage does."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from services.ingest.archive_kind import ZIP, archive_kind
from services.ingest.compound_kind import compound_kind
from services.ingest.names import display_name
from services.ingest.sniff import SNIFF_BYTES, media_type
from services.ingest.unpacking import tnef
from services.ingest.unpacking.archive import BROKEN, archive_entries
from services.ingest.unpacking.budget import Budget, Place, UnpackLimits
from services.ingest.unpacking.entries import Entry
from services.ingest.unpacking.items import (
    PIECE_BYTES,
    FileBegun,
    FileEnded,
    Item,
    MessageFacts,
    Omitted,
)
from services.ingest.unpacking.mime import message_entries
from services.ingest.unpacking.outlook import outlook_entries
from shared.errors import Code, Permanent

MAIL, OUTLOOK, TNEF = "message/rfc822", "application/vnd.ms-outlook", "application/ms-tnef"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


def unpack(path: str, kind: str, limits: UnpackLimits) -> Iterator[Item]:
    """What the container at ``path`` holds; ``kind`` is its media type.

    Raises ``Permanent``: FILE_CORRUPT, CONTAINER_TOO_LARGE, CONTAINER_TOO_MANY.
    """
    with Path(path).open("rb") as file:
        place = Place(messages=int(kind != ZIP), archives=int(kind == ZIP))
        yield from _Unpacking(Budget(limits)).container(file, kind, place)


class _Unpacking:
    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def container(self, file: BinaryIO, kind: str, place: Place) -> Iterator[Item]:
        """Everything in a container that is open."""
        try:
            for found in _entries(file, kind, self._budget, place):
                if isinstance(found, Entry):
                    yield from self._entry(found, place)
                else:
                    yield found
        except (Permanent, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - whatever a parser stumbles over is the file's fault
            raise Permanent(Code.FILE_CORRUPT) from None

    def _entry(self, entry: Entry, place: Place) -> Iterator[Item]:
        """One entry: handed over, or taken apart itself if it is a container."""
        name = display_name(entry.name)
        try:
            with closing(_opened(entry)) as file:
                head = file.read(SNIFF_BYTES)
                if not head:
                    yield Omitted(name, Code.FILE_EMPTY)
                elif not entry.stand_in and _may_hold_more(head):
                    yield from self._perhaps_container(entry, name, head, file, place)
                else:
                    yield from self._file(entry, name, head, file)
        except Permanent as error:
            yield Omitted(name, error.code, error.detail)
        except (*BROKEN, RuntimeError):  # RuntimeError: an archive's entry that needs a password
            yield Omitted(name, Code.FILE_CORRUPT)
        except NotImplementedError:
            yield Omitted(name, Code.FILE_TYPE_NOT_SUPPORTED, "Packed in a way not known.")

    def _perhaps_container(
        self, entry: Entry, name: str, head: bytes, file: BinaryIO, place: Place
    ) -> Iterator[Item]:
        data = head + file.read(self._budget.limits.nested_bytes + 1)
        if len(data) > self._budget.limits.nested_bytes:
            raise Permanent(Code.FILE_TOO_LARGE)
        kind = _container_kind(data)
        if kind is None:
            yield from self._file(entry, name, b"", io.BytesIO(data))
            return
        self._budget.spend(len(data))
        inside = Place(
            entry.part,
            place.messages + (kind in {MAIL, OUTLOOK}),
            place.archives + (kind == ZIP),
        )
        for item in self.container(io.BytesIO(data), kind, inside):
            yield _within(item, entry) if isinstance(item, FileBegun) else item

    def _file(self, entry: Entry, name: str, head: bytes, file: BinaryIO) -> Iterator[Item]:
        if not entry.stand_in:
            self._budget.begin_document()
        yield FileBegun(name, entry.part, entry.email, entry.stand_in, entry.message)
        try:
            piece = head or file.read(PIECE_BYTES)
            while piece:
                self._budget.spend(len(piece))
                yield piece
                piece = file.read(PIECE_BYTES)
        except Permanent as error:
            yield FileEnded(error.code, error.detail)
        except (*BROKEN, RuntimeError, NotImplementedError):
            yield FileEnded(Code.FILE_CORRUPT)
        else:
            yield FileEnded()


def _entries(
    file: BinaryIO, kind: str, budget: Budget, place: Place
) -> Iterator[Entry | Omitted | MessageFacts]:
    if kind == ZIP:
        return archive_entries(file, budget, place)
    if kind == OUTLOOK:
        return outlook_entries(file, budget, place)
    if kind == TNEF:
        return _tnef_entries(file.read(), place)
    return message_entries(file, budget, place)


def _tnef_entries(data: bytes, place: Place) -> Iterator[Entry]:
    for count, (name, held) in enumerate(tnef.tnef_files(data), start=1):
        yield Entry(name, place.inside(f"t{count}"), held)


def _opened(entry: Entry) -> BinaryIO:
    return io.BytesIO(entry.content) if isinstance(entry.content, bytes) else entry.content()


def _may_hold_more(head: bytes) -> bool:
    signed = head.startswith((_OLE_MAGIC, tnef.SIGNATURE, *_ZIP_MAGIC))
    return signed or media_type(head) == MAIL


def _container_kind(data: bytes) -> str | None:
    """The media type of a container by its content, ``None`` for anything else."""
    if data.startswith(tnef.SIGNATURE):
        return TNEF
    if data.startswith(_OLE_MAGIC):
        return OUTLOOK if compound_kind(io.BytesIO(data)) == OUTLOOK else None
    if data.startswith(_ZIP_MAGIC):
        return ZIP if archive_kind(io.BytesIO(data)) == ZIP else None
    return MAIL


def _within(item: FileBegun, entry: Entry) -> FileBegun:
    """A file of a container that came with a message knows that message, unless its own."""
    if item.email is not None or entry.email is None:
        return item
    return FileBegun(item.name, item.part, entry.email, item.stand_in, item.message)
