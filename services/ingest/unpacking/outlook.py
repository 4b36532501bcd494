"""Outlook's .msg files ([MS-OXMSG]): the message, its attachments, messages in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from typing import BinaryIO

import olefile

from services.ingest.unpacking import wording
from services.ingest.unpacking.budget import Budget, Place
from services.ingest.unpacking.compressed_rtf import rtf_of
from services.ingest.unpacking.entries import Entry
from services.ingest.unpacking.items import MessageFacts, Omitted
from shared.errors import Code, Permanent

_SUBJECT, _SENDER, _SENDER_SMTP, _SENDER_ADDRESS = "0037", "0C1A", "5D01", "0C1F"
_TO, _CC, _MESSAGE_ID, _HEADERS = "0E04", "0E03", "1035", "007D"
_TEXT, _HTML, _RTF = "1000", "1013", "1009"
_DATA, _LONG_NAME, _SHORT_NAME, _CONTENT_ID, _TYPE = "3701", "3707", "3704", "3712", "370E"
_ATTACHMENT = "__attach_version1.0_#"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SENT, _DELIVERED = 0x00390040, 0x0E060040
Folder = tuple[str, ...]


def outlook_entries(
    file: BinaryIO, budget: Budget, place: Place
) -> Iterator[Entry | Omitted | MessageFacts]:
    """What a .msg file holds; raises ``Permanent(FILE_CORRUPT)`` for a damaged one."""
    try:
        held = olefile.OleFileIO(file)
    except Exception:  # noqa: BLE001 - it raises many kinds for files that are damaged
        raise Permanent(Code.FILE_CORRUPT) from None
    yield from _Message(held, (), budget, place).entries()


class _Message:
    """One message of the file: its own, or one in an attachment."""

    def __init__(
        self, held: "olefile.OleFileIO[str]", folder: Folder, budget: Budget, place: Place
    ) -> None:
        budget.check_depth(place)
        self._held = held
        self._folder = folder
        self._budget = budget
        self._place = place

    def entries(self) -> Iterator[Entry | Omitted | MessageFacts]:
        known = self._facts()
        yield known
        for count, folder in enumerate(self._attachments(), start=1):
            if count > self._budget.limits.attachments:
                yield Omitted(self._name(folder, count), Code.CONTAINER_TOO_MANY)
                continue
            for found in self._attachment(folder, count):
                mine = isinstance(found, Entry) and found.email is None
                yield found.in_message(known, self._place.part) if mine else found  # type: ignore[union-attr]
        ending, text = self._body()
        if text.strip():
            inside = self._place.inside("text")
            yield Entry(
                wording.text_name(known.subject, ending),
                inside,
                text,
                known,
                stand_in=True,
                message=self._place.part,
            )

    def _attachments(self) -> list[Folder]:
        depth = len(self._folder)
        found = {
            tuple(it[: depth + 1])
            for it in self._held.listdir(streams=True, storages=True)
            if tuple(it[:depth]) == self._folder
            and len(it) > depth
            and it[depth].startswith(_ATTACHMENT)
        }
        return sorted(found)

    def _attachment(self, folder: Folder, count: int) -> Iterator[Entry | Omitted | MessageFacts]:
        name, part = self._name(folder, count), self._place.inside(str(count))
        message = (*folder, f"__substg1.0_{_DATA}000D")
        if self._held.exists([*message, "__properties_version1.0"]):
            inside = Place(part, self._place.messages + 1, self._place.archives)
            try:
                yield from _Message(self._held, message, self._budget, inside).entries()
            except Permanent as error:
                yield Omitted(name, error.code, error.detail)
            return
        data = self._stream(folder, f"{_DATA}0102")
        if data is None:
            yield Omitted(name, Code.FILE_TYPE_NOT_SUPPORTED)
            return
        shown_inside = (
            self._text(folder, _CONTENT_ID) and len(data) <= self._budget.limits.inline_bytes
        )
        if shown_inside and _is_image(data, self._text(folder, _TYPE)):
            yield Omitted(name, Code.INLINE_IMAGE)
            return
        yield Entry(name, part, data)

    def _name(self, folder: Folder, count: int) -> str:
        return self._text(folder, _LONG_NAME) or self._text(folder, _SHORT_NAME) or f"part-{count}"

    def _facts(self) -> MessageFacts:
        headers = self._text(self._folder, _HEADERS)
        if headers:
            said = wording.facts(HeaderParser().parsestr(headers))
            if said.sender:
                return said
        sender = self._text(self._folder, _SENDER)
        address = self._text(self._folder, _SENDER_SMTP) or self._text(
            self._folder, _SENDER_ADDRESS
        )
        people = f"{self._text(self._folder, _TO)};{self._text(self._folder, _CC)}".split(";")
        return MessageFacts(
            sender=f"{sender} <{address}>" if sender and "@" in address else sender or address,
            recipients=[it.strip() for it in people if it.strip()][: wording.MAX_RECIPIENTS],
            subject=self._text(self._folder, _SUBJECT)[: wording.MAX_HEADER],
            date=self._date(),
            message_id=self._text(self._folder, _MESSAGE_ID)[: wording.MAX_HEADER],
        )

    def _date(self) -> datetime | None:
        """When it was sent, of the fixed properties: 16 bytes each, behind a head of 32 or 24."""
        data = self._named((*self._folder, "__properties_version1.0")) or b""
        start = 24 if self._folder else 32
        for place in range(start, len(data) - 15, 16):
            tag = int.from_bytes(data[place : place + 4], "little")
            if tag in {_SENT, _DELIVERED}:
                ticks = int.from_bytes(data[place + 8 : place + 16], "little")
                try:
                    return _EPOCH + timedelta(microseconds=ticks // 10)
                except OverflowError:
                    return None
        return None

    def _body(self) -> tuple[str, bytes]:
        """HTML if there is some (its own charset said in it), else plain text, else RTF."""
        data = self._stream(self._folder, f"{_HTML}0102")
        if data:
            return ".html", wording.marked_up(data)
        plain = self._text(self._folder, _TEXT)
        packed = self._stream(self._folder, f"{_RTF}0102")
        if packed and not plain.strip():
            return ".rtf", rtf_of(packed, self._budget.limits.nested_bytes)
        return ".txt", plain.encode()

    def _text(self, folder: Folder, number: str) -> str:
        wide = self._stream(folder, f"{number}001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\x00")
        return wording.as_text(self._stream(folder, f"{number}001E") or b"", None).rstrip("\x00")

    def _stream(self, folder: Folder, number: str) -> bytes | None:
        return self._named((*folder, f"__substg1.0_{number}"))

    def _named(self, path: Folder) -> bytes | None:
        if (
            not self._held.exists(list(path))
            or self._held.get_size(list(path)) > self._budget.limits.nested_bytes
        ):
            return None
        try:
            data: bytes = self._held.openstream(list(path)).read()
        except Exception:  # noqa: BLE001 - a chain of sectors that leads nowhere
            return None
        return data


def _is_image(data: bytes, declared: str) -> bool:
    return declared.startswith("image/") or data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"))
