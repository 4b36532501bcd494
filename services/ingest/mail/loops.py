"""Mail that goes in circles, and mail that nobody is to be answered to.

The signs are those of RFC 3834 (automatic responses), RFC 2919 (``List-Id``), and the custom of
``Precedence`` and ``X-Loop``.
"""

from services.ingest.mail.raw_headers import RawField, RawHeader

LOOP_FIELD = "X-Loop"
MAX_HOPS = 30
_BULK = frozenset({"bulk", "list", "junk"})
_NULL_SENDERS = frozenset({"", "<>"})
_LISTS = ("list-id", "list-unsubscribe", "list-post")


def is_loop(header: RawHeader, domain: str) -> bool:
    """Whether a message has been here before, or has passed more hosts than honest mail does."""
    if len(header.named("received")) > MAX_HOPS:
        return True
    return any(domain.lower() == text_of(it).lower() for it in header.named(LOOP_FIELD.lower()))


def may_be_answered(header: RawHeader, envelope_sender: str) -> bool:
    """Whether an automatic answer to a message can neither loop nor reach a list's readers."""
    if envelope_sender in _NULL_SENDERS:
        return False
    if any(header.named(it) for it in (*_LISTS, LOOP_FIELD.lower())):
        return False
    if any(text_of(it).lower() in _BULK for it in header.named("precedence")):
        return False
    automatic = [text_of(it).partition(";")[0].strip() for it in header.named("auto-submitted")]
    return all(it.lower() == "no" for it in automatic)


def text_of(field: RawField) -> str:
    """A field's value; bytes that are no UTF-8 are replaced."""
    try:
        return field.value
    except UnicodeDecodeError:
        return field.raw.partition(b":")[2].decode(errors="replace").strip()
