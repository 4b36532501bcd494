"""What is stored of a workspace's ingest address: never the address itself."""

from datetime import datetime

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.time import Timestamp

MAX_FORMER = 10
"""Former addresses of a workspace that still work; older ones end early."""


class FormerAddress(StoredModel):
    """An address that was replaced, and works until a moment."""

    generation: int
    until: Timestamp


class AddressState(StoredModel):
    """Which addresses of a workspace are good.

    Each is derived of the server's secret, the workspace and a ``generation``, which counts
    the rotations; so whoever reads the database knows none. ``receipts``: senders are told
    that their mail came in.
    """

    generation: int = 0
    former: list[FormerAddress] = Field(default_factory=list)
    receipts: bool = False

    def rotated(self, now: datetime, until: datetime) -> "AddressState":
        """With a new address; the present one works until a moment, if that is to come."""
        present = FormerAddress(generation=self.generation, until=until)
        former = [it for it in (present, *self.former) if it.until > now]
        return self.copy_with(generation=self.generation + 1, former=former[:MAX_FORMER])

    def is_good(self, generation: int, now: datetime) -> bool:
        """Whether mail to the address of a generation is taken."""
        return generation == self.generation or any(
            it.generation == generation and it.until > now for it in self.former
        )
