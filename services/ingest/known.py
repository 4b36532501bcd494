"""What an ``Idempotency-Key`` has made already, of the documents."""

from collections.abc import Callable

from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.remembered import KEPT
from shared.models.time import utc_now
from shared.store.port import Repository


async def winner(
    documents: Repository[Document],
    principal: Principal,
    key: str | None,
    is_same: Callable[[Document], bool],
) -> Document:
    """The document that was faster with the key; raises as ``known``, and ``Transient``."""
    existing = await known(documents, principal, key, is_same)
    if existing is None:  # deleted between the two looks
        raise Transient(Code.UNAVAILABLE, retry_after=1)
    return existing


async def known(
    documents: Repository[Document],
    principal: Principal,
    key: str | None,
    is_same: Callable[[Document], bool],
) -> Document | None:
    """The document that a key has made; that of a caller is forgotten after a day.

    Raises ``Permanent(IDEMPOTENCY_KEY_REUSED)`` unless ``is_same``.
    """
    existing = await documents.find("idempotency_key", key) if key is not None else None
    if existing is None:
        return None
    if _is_of_a_caller(key) and existing.created + KEPT <= utc_now():
        await documents.change(existing.id, lambda it: it.copy_with(idempotency_key=None))
        return None
    if not is_same(existing) or not principal.sees_workspace(existing.workspace):
        raise Permanent(Code.IDEMPOTENCY_KEY_REUSED)
    return existing


def _is_of_a_caller(key: str | None) -> bool:
    """Callers' keys are numbered, file by file; those of doors hold as long as the document."""
    return key is not None and key.partition(":")[0].isdigit()
