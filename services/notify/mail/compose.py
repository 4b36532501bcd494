"""The message of a notice: its headers, and its words as text and as HTML.

``Message-ID`` and ``Date`` are the delivery's, so that a mail that is sent again, as nobody knows
whether it was taken, is the same one to whoever gets it twice. Marked as automatic (RFC 3834);
``List-Unsubscribe`` after RFC 2369 and, for one click, RFC 8058.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from shared.mail.templates import Words
from shared.models.delivery import Delivery

LOOP_FIELD = "X-Loop"
_NAME = "Docstage"
_POLICY = SMTP.clone(refold_source="none")
_ONE_LINE = re.compile(r"https?://[!-;=?-~]{1,900}")
"""A URL that a header can hold as it is."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who mail is from, and the mark by which our own mail door knows it again."""

    sender: str
    loop: str

    @property
    def domain(self) -> str:
        """Right of the sender's ``@``."""
        return self.sender.rpartition("@")[2]


def compose(head: Letterhead, delivery: Delivery, words: Words, unsubscribe: str) -> EmailMessage:
    """The mail of a delivery; ``unsubscribe`` is a URL, or empty.

    The words are set by the library's rules, which refuse whatever would begin another header.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(_NAME, addr_spec=head.sender)
    mail["To"] = Address(addr_spec=delivery.recipient)
    mail["Subject"] = words.subject
    mail["Date"] = format_datetime(delivery.created)
    mail["Message-ID"] = f"<{delivery.id}@{head.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_FIELD] = head.loop
    if _ONE_LINE.fullmatch(unsubscribe):
        # Raw: else it is encoded, being long and without blanks, and no mail program reads that.
        mail.set_raw("List-Unsubscribe", f"<{unsubscribe}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    else:
        mail["List-Unsubscribe"] = f"<mailto:{head.sender}?subject=unsubscribe>"
    mail.set_content(words.text)
    mail.add_alternative(words.html, subtype="html")
    mail.set_boundary(f"=_{delivery.id}")  # no text that is encoded holds "=_"
    return mail
