"""Codes by which senders say what they know of a document."""

import re

_REGION = re.compile(r"[A-Za-z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2})?")


def region_code(text: str) -> str:
    """A country as ISO 3166 alpha-2, in capitals; raises ``ValueError`` for what is none."""
    if _REGION.fullmatch(text) is None:
        raise ValueError(text)
    return text.upper()


def language_code(text: str) -> str:
    """A language as ISO 639-1, such as ``en`` or ``zh-cn``; raises ``ValueError``."""
    code = text.lower()
    if _LANGUAGE.fullmatch(code) is None:
        raise ValueError(text)
    return code
