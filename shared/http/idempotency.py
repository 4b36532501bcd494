"""The ``Idempotency-Key`` header."""

import re

from aiohttp import web

from shared.errors import Code, Permanent

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(request: web.Request) -> str | None:
    """The caller's key, or ``None``.

    Raises ``Permanent(BAD_REQUEST)`` unless it is 1 to 255 visible ASCII characters.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    if _KEY.fullmatch(key) is None:
        raise Permanent(Code.BAD_REQUEST, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    return key
