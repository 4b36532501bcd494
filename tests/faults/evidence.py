"""What is left after a fault has passed, as plain data: the checker judges by this alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.models.delivery import Delivery, Subscription
from shared.models.document import Document
from shared.models.extraction import Extraction


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload as its sender knows it: what it was, and the last answer to it.

    All with one ``key`` are one upload, however often it was sent. ``sha256`` is in hex, or
    ``None`` where a ``url`` was sent; ``status`` is ``None`` where no answer ever came.
    """

    key: str | None
    sha256: str | None
    status: int | None = None
    document: str | None = None
    url: str | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether its sender was promised that it is safe."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """One call that a webhook receiver got, and the status that it answered."""

    path: str
    webhook_id: str
    timestamp: str
    signature: str
    body: bytes
    status: int = 204


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process and its children use: ``at`` in seconds, ``rss`` in bytes."""

    process: str
    at: float
    rss: int
    fds: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. ``blobs`` has the SHA-256 in hex by key, for those that are there.

    ``queues`` are the messages that wait, by queue; ``spool`` names what lies in spools.
    ``dead`` are the documents that dead letters tell of.
    """

    uploads: Sequence[Upload] = ()
    documents: Sequence[Document] = ()
    extractions: Sequence[Extraction] = ()
    deliveries: Sequence[Delivery] = ()
    subscriptions: Sequence[Subscription] = ()
    blobs: Mapping[str, str] = field(default_factory=dict)
    receipts: Sequence[Receipt] = ()
    queues: Mapping[str, int] = field(default_factory=dict)
    dead: Sequence[str] = ()
    spool: Sequence[str] = ()
    samples: Sequence[Sample] = ()


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A promise that was not kept: V1 to V8, of which document (or process), and how."""

    invariant: str
    document: str
    what: str
