"""What a workspace wants done with its documents beside reading them."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import StoredModel


class DuplicatePolicy(StrEnum):
    """What becomes of a file that its workspace has already.

    ``off``: it is a document like any other. ``reject``: it is refused. ``link``: it becomes a
    document that names its twin and is not read. ``reprocess``: it becomes a document that names
    its twin and is processed like any other.
    """

    OFF = "off"
    REJECT = "reject"
    LINK = "link"
    REPROCESS = "reprocess"


class SplitPolicy(StrEnum):
    """Whether a file that holds several documents becomes several."""

    OFF = "off"
    AUTO = "auto"


class Policies(StoredModel):
    """A workspace's policies; a document keeps those that it came in under.

    ``reject_invalid`` rejects documents of no type that is known, or of none of ``types`` where
    there are some. ``retention_days`` after it came in, a document expires, or before that if
    its sender wants so.
    """

    duplicates: DuplicatePolicy = DuplicatePolicy.OFF
    reject_invalid: bool = False
    types: list[str] = Field(default_factory=list)
    split: SplitPolicy = SplitPolicy.OFF
    retention_days: int | None = None
