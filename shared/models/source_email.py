"""The message that a document came with."""

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.time import Timestamp


class SourceEmail(StoredModel):
    """Facts of a message. Its header's are its writer's word; see ``authenticated``.

    ``door`` is ``smtp``, ``imap`` or, for files that were uploaded, empty; ``received`` is when
    it came through. ``envelope_sender`` and ``envelope_recipient`` are those of the SMTP session.
    ``authenticated`` says whether the sender's domain was proved, by ``authentication`` (the
    method), with ``detail`` for a person; it is ``None`` where nobody looked.
    """

    sender: str = ""
    recipients: list[str] = Field(default_factory=list)
    subject: str = ""
    date: Timestamp | None = None
    message_id: str = ""
    door: str = ""
    received: Timestamp | None = None
    envelope_sender: str | None = None
    envelope_recipient: str | None = None
    authenticated: bool | None = None
    authentication: str = ""
    authenticated_domain: str = ""
    detail: str = ""
