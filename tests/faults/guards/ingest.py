"""Guards of the ways in: the order of writes, keys, limits, one file apart from the other."""

from typing import Any

from services.ingest import intake as intake_module
from services.ingest.doors import unpack
from services.ingest.mail import messages
from shared.errors import DocstageError
from shared.http import downloads
from shared.models.document import Document
from shared.models.ids import new_id
from tests.faults.guards.registry import Guard


def _record_before_file() -> None:
    """The record is stored, and its stages woken, before its file is."""

    async def accept(
        self: Any, principal: Any, file: Any, order: Any, idempotency_key: Any = None,
        channel: str = "upload",
    ) -> Document:  # fmt: skip
        now = await self._store.now()
        document = intake_module.document_of_file(principal, file, order, idempotency_key, now)
        document = await self._governed(document, order.policies)
        document = await self._insert(document, keeps_refused=order.keeps_refused)
        await self._wake(document, 0)
        reach = self._outbox.failpoints.reach
        await reach("ingest.spooled", document.id)
        await self._blobs.put_file(document.blob, file.path, document.media_type)
        await reach("ingest.stored", document.id)
        return document

    intake_module.Intake.accept = accept  # type: ignore[method-assign]


def _keys_are_forgotten() -> None:
    """No document has the key that its sender chose; nor is that looked for."""
    make, make_of_url = intake_module.document_of_file, intake_module.document_of_url

    def without_key(principal: Any, file: Any, order: Any, key: Any, *rest: Any) -> Document:
        return make(principal, file, order, None, *rest)

    def url_without_key(principal: Any, url: Any, order: Any, key: Any, *rest: Any) -> Document:
        return make_of_url(principal, url, order, None, *rest)

    intake_module.document_of_file = without_key
    intake_module.document_of_url = url_without_key


def _every_message_is_new() -> None:
    """A message that comes again is known by nothing."""
    messages.derived_id = lambda *_: new_id()


def _downloads_without_limits() -> None:
    """A server of files may be silent for ever, send for ever, and lead round in circles."""
    make = downloads.Downloads.__init__

    def unlimited(self: Any, client: Any, limits: Any) -> None:
        endless = downloads.DownloadLimits(max_bytes=2**60, total_seconds=1e6, idle_seconds=1e6)
        make(self, client, endless)

    downloads.Downloads.__init__ = unlimited  # type: ignore[method-assign]


def _one_bad_file_spoils_all() -> None:
    """What is wrong with one file in a container ends the unpacking of all."""

    async def file(self: Any, begun: Any, items: Any) -> None:
        await self._accept(begun, unpack._Pieces(items))

    def leave_out(self: Any, name: str, code: Any, detail: str) -> None:
        raise DocstageError(code, detail)

    unpack._Taking._file = file  # type: ignore[method-assign]
    unpack._Taking._leave_out = leave_out  # type: ignore[method-assign]


GUARDS = {
    "file before record": Guard(
        "a record is written when its file is stored", _record_before_file, ("ingest",)
    ),
    "idempotency keys": Guard(
        "a key is unique among the documents of a tenant", _keys_are_forgotten, ("ingest",)
    ),
    "message keys": Guard(
        "a message is known by recipient, Message-ID and bytes", _every_message_is_new, ("ingest",)
    ),
    "download limits": Guard(
        "size and time of a download are counted", _downloads_without_limits, ("ingest",)
    ),
    "files apart": Guard(
        "a bad file in a container is left out, and named", _one_bad_file_spoils_all, ("ingest",)
    ),
}
