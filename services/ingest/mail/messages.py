"""Putting a received message down for a workspace: once, however often it is sent.

Mail systems send a message again when they did not hear that it was taken. It is known by its
``Message-ID``, its other fields that nobody changes on the way, and its body: by what stays the
same when it comes over another relay, which writes its own lines in front.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

from services.ingest.intake import Intake, Order
from services.ingest.mail.loops import text_of
from services.ingest.mail.raw_headers import RawHeader, UnreadableHeaderError, read_header
from services.ingest.names import display_name
from services.ingest.spool import SpooledFile
from shared.errors import Code, DocstageError
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.ids import derived_id, new_id
from shared.models.source_email import SourceEmail
from shared.models.tenancy import Scope, Workspace
from shared.store.port import Tenant

MEDIA_TYPE = "message/rfc822"
UNREADABLE = RawHeader((), 0)
_CONSTANT = (
    *("message-id", "from", "to", "date", "subject"),
    *("content-type", "content-transfer-encoding"),  # what the body's bytes mean
)
_MAX_MESSAGE_ID = 998
_MAX_SUBJECT = 400
_SLASHES = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the spool. ``header`` is empty where it cannot be read unambiguously.

    ``digest`` is equal for what is the same message, sent again.
    """

    file: SpooledFile
    header: RawHeader
    digest: str

    @property
    def message_id(self) -> str:
        """What its sender calls it; empty for none."""
        found = self.header.named("message-id")
        return text_of(found[0])[:_MAX_MESSAGE_ID] if found else ""


async def look_at(file: SpooledFile) -> Message:
    """Read a spooled message's header, and what it is known by; it is named by its subject."""
    return await asyncio.to_thread(_look_at, file)


async def store_message(
    intake: Intake,
    workspace: Workspace,
    message: Message,
    email: SourceEmail,
    warnings: Sequence[str] = (),
) -> Document | None:
    """Store a message as a document of a workspace, durably, unless it is there already.

    Returns the document, or ``None`` where it came over another way before.

    ``email.door`` is the door it came through. The spooled file may be moved away. Raises what
    ``Intake.accept`` raises, but for ``IDEMPOTENCY_KEY_REUSED``: it came over another way.
    """
    tenant = Tenant(workspace.organization, frozenset({workspace.id}))
    principal = Principal(email.door, tenant, frozenset({Scope.WRITE}))
    key = f"mail:{derived_id('mail', workspace.id, message.message_id, message.digest)}"
    order = Order(workspace.id, source_email=email, warnings=tuple(warnings))
    try:
        return await intake.accept(principal, message.file, order, key, channel=email.door)
    except DocstageError as error:
        if error.code is not Code.IDEMPOTENCY_KEY_REUSED:
            raise
        return None


def for_each(message: Message, count: int) -> list[Message]:
    """The same message so many times, each with a file of its own, the first with the given.

    Whoever made them discards their files. Raises ``OSError``.
    """
    copies = [message]
    try:
        for _ in range(count - 1):
            path = message.file.path.with_name(f"{new_id()}.part")
            _copy(message.file.path, path)
            copies.append(replace(message, file=replace(message.file, path=path)))
    except OSError:
        for copy in copies[1:]:
            copy.file.discard()
        raise
    return copies


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        shutil.copyfile(source, target)


def _named(file: SpooledFile, header: RawHeader) -> SpooledFile:
    found = header.named("subject")
    subject = text_of(found[0])[:_MAX_SUBJECT] if found else ""
    with contextlib.suppress(ValueError, LookupError, HeaderParseError):
        subject = str(make_header(decode_header(subject)))
    shown = display_name(_SLASHES.sub("-", subject))
    return replace(file, name=display_name(f"{shown}.eml")) if subject.strip() else file


def _look_at(given: SpooledFile) -> Message:
    try:
        header = read_header(given.path)
    except UnreadableHeaderError:
        return Message(given, UNREADABLE, given.sha256)
    file = _named(given, header)
    if not header.named("message-id"):
        return Message(file, header, file.sha256)
    digest = hashlib.sha256()
    for name in _CONSTANT:
        for field in header.named(name):
            digest.update(field.raw + b"\n")
    with file.path.open("rb") as stored:
        stored.seek(header.body)
        while chunk := stored.read(256 * 1024):
            digest.update(chunk)
    return Message(file, header, digest.hexdigest())
