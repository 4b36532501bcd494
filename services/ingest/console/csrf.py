"""Requests that change something come from our own pages, or are refused.

Three checks, each enough by itself in most browsers: what the browser says of where the request
comes from (``Sec-Fetch-Site``), the page's origin, and a secret of the session that only our
pages hold. The token is another on each page, so that a compressed page does not betray it.
"""

import base64
import binascii
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from shared.errors import Code, Permanent

HEADER = "X-CSRF-Token"
FIELD = "csrf"
SECRET_BYTES = 32
_REFUSED = "This form was not sent from a page of this console. Load the page again."


def new_secret() -> str:
    """A session's secret, in hex."""
    return secrets.token_hex(SECRET_BYTES)


def masked(secret: str) -> str:
    """A token for a page: the secret under a random mask."""
    mask = secrets.token_bytes(SECRET_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, bytes.fromhex(secret))).decode()


def check_token(secret: str, token: str) -> None:
    """Raise ``Permanent(NOT_ENOUGH_PERMISSIONS)`` unless the token is of this secret."""
    try:
        both = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        both = b""
    mask, rest = both[:SECRET_BYTES], both[SECRET_BYTES:]
    is_ours = len(both) == 2 * SECRET_BYTES
    if not is_ours or not hmac.compare_digest(_xor(mask, rest), bytes.fromhex(secret)):
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS, _REFUSED)


def check_site(request: web.Request, public_url: str) -> None:
    """Raise ``Permanent(NOT_ENOUGH_PERMISSIONS)`` for what another site's page has sent.

    ``public_url`` is where people reach the console, empty if that is nowhere configured: then
    it is where this request went, as behind a proxy the scheme is not known.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin"):
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS, _REFUSED)
    if origin is not None and not _is_ours(origin, request.host, public_url):
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS, _REFUSED)


def _is_ours(origin: str, host: str, public_url: str) -> bool:
    if not public_url:
        return urlsplit(origin).netloc == host
    ours = urlsplit(public_url)
    return origin == f"{ours.scheme}://{ours.netloc}"


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))
