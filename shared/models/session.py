"""A browser that has signed in with an API key."""

from shared.models.base import Record
from shared.models.time import Timestamp


class Session(Record):
    """What is kept of it until ``expires``; its ``id`` is a digest of the cookie's.

    ``key`` is the id of the API key that it acts for and ``key_digest`` what is stored of that
    key, so that it ends with it. ``csrf`` is the secret that its forms prove themselves by.
    ``workspace`` is the one that was chosen, ``None`` for all that the key reaches. One with a
    ``document`` was begun by a signed link: it has no key, and is for that document alone, as long
    as ``link`` holds, the id of a ``ReviewLink``, where it is one.
    """

    key: str
    key_digest: str
    csrf: str
    expires: Timestamp
    workspace: str | None = None
    document: str | None = None
    link: str | None = None
