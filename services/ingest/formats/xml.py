"""Text of strangers as XML."""

import re
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (its section 2.2, ``Char``)."""

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def content(text: str) -> str:
    """``text`` between tags; what XML cannot hold becomes U+FFFD.

    A carriage return is escaped, or else a parser would make a line feed of it.
    """
    return escape(_FORBIDDEN.sub("\ufffd", text), {"\r": "&#13;"})


def attribute(text: str) -> str:
    """``text`` as an attribute's value, with its quotes."""
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))


def language(name: str, tag: str | None) -> str:
    """An attribute that tells a language, or nothing where ``tag`` is no language tag."""
    return f' {name}="{tag}"' if tag and _LANGUAGE.fullmatch(tag) else ""
