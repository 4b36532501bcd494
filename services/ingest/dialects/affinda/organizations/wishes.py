"""What an organization is to be changed to: a form, or JSON."""

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_request import FileField

from services.ingest.sniff import SNIFF_BYTES
from services.ingest.sniff import media_type as sniffed
from shared.errors import Code, Permanent
from shared.http.json import media_type, parse_object

MAX_NAME, MAX_KEY, MIN_KEY = 200, 512, 16
_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_NAME, _KEY, _AVATAR, _TOOL = "name", "resthookSignatureKey", "avatar", "validationToolConfig"


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture that was sent."""

    content: bytes
    media_type: str

    @property
    def sha256(self) -> str:
        """Its digest in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class OrganizationWish:
    """What to change, by our own names; what is absent stays. ``signing_key`` is not sealed."""

    changes: dict[str, Any] = field(default_factory=dict)
    signing_key: str | None = None
    avatar: NewPicture | None = None


async def read_wish(request: web.Request) -> OrganizationWish:
    """The wish in a request; raises ``Permanent(BAD_REQUEST)``, which names the field."""
    given: dict[str, Any] = {}
    if media_type(request) in _FORMS:
        try:
            given = dict(await request.post())
        except (ValueError, AssertionError, RuntimeError, BadHttpMessage, web.RequestPayloadError):
            # aiohttp's reader raises all of these for bodies that are malformed or cut short.
            raise Permanent(Code.BAD_REQUEST, "The form is malformed.") from None
    else:
        given = parse_object(await request.text(), "The body")
    changes: dict[str, Any] = {}
    if _NAME in given:
        changes["name"] = _text(given, _NAME, 1, MAX_NAME)
    if given.get(_KEY) == "":
        changes["signing_key"] = None
    if _TOOL in given:
        changes["review_tool"] = _tool(given[_TOOL])
    if _AVATAR in given and not isinstance(given[_AVATAR], FileField) and not given[_AVATAR]:
        changes["avatar"] = None
    return OrganizationWish(
        changes,
        _text(given, _KEY, MIN_KEY, MAX_KEY) if given.get(_KEY) else None,
        _picture(given[_AVATAR]) if _AVATAR in given and "avatar" not in changes else None,
    )


def _text(given: dict[str, Any], name: str, least: int, most: int) -> str:
    value = given[name]
    if isinstance(value, bytes | bytearray):
        value = bytes(value).decode(errors="replace")
    if not isinstance(value, str) or not least <= len(value.strip()) <= most:
        detail = f"Must be a text of {least} to {most} characters."
        raise Permanent(Code.BAD_REQUEST, detail, field=name)
    return value.strip()


def _tool(value: object) -> dict[str, Any] | None:
    if isinstance(value, str):
        text = value.strip() or "null"
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(text)
    if value is not None and not isinstance(value, dict):
        raise Permanent(Code.BAD_REQUEST, "Must be a JSON object.", field=_TOOL)
    return value


def _picture(value: object) -> NewPicture:
    """Clients that have a stream in memory send no file name, and so no file."""
    content = b""
    if isinstance(value, FileField):
        content = value.file.read()
    elif isinstance(value, bytes | bytearray):
        content = bytes(value)
    kind = sniffed(content[:SNIFF_BYTES])
    if kind not in _PICTURES:
        detail = "Must be a PNG, JPEG, GIF or WebP picture."
        raise Permanent(Code.BAD_REQUEST, detail, field=_AVATAR)
    return NewPicture(content, kind)
