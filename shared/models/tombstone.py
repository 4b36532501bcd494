"""What is left of a document whose time is over."""

from shared.models.base import StoredModel
from shared.models.time import Timestamp


class Tombstone(StoredModel):
    """Proof that it was removed: from when to when, what, and how much.

    ``sha256`` (hex) and ``size`` (bytes) are those of its file. The numbers are ``None`` until
    they are counted, and what they count is gone once ``finished`` is set.
    """

    begun: Timestamp
    finished: Timestamp | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    files: int | None = None
    extractions: int | None = None
    deliveries: int | None = None
