"""A link that opens the review of one document for whoever holds it."""

from shared.models.base import Record
from shared.models.time import Timestamp


class ReviewLink(Record):
    """It is good until ``expires``, unless it was ``revoked`` or its key is no more.

    ``key`` is the id of the API key that made it, ``by`` whose word it was, as in ``Stamp.by``;
    ``name`` is what others are told of who works by it.
    """

    workspace: str
    document: str
    key: str
    by: str
    name: str = ""
    expires: Timestamp
    revoked: Timestamp | None = None
