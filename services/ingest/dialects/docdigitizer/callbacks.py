"""What an upload's form and headers ask for beside the annotations: callbacks and tags."""

import re
from collections.abc import Mapping

from yarl import URL

from shared.errors import Code, Permanent
from shared.models.document import Callback, CallbackMethod

TAG_HEADER = "X-Docdigitizer-Tag"
MAX_TAGS = 50
MAX_TAG = 100
MAX_URL = 2048
MAX_HEADERS = 20
MAX_HEADER_VALUE = 1024
_HEADER_FIELD = re.compile(r"callback_headers\[([^\]]*)\]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def read_callback(fields: Mapping[str, str]) -> Callback | None:
    """The callback that a form asks for; whether its address may be called shows later.

    Raises ``Permanent(BAD_REQUEST)``.
    """
    url = fields.get("callback_url", "").strip()
    if not url:
        return None
    _check_url(url)
    method = fields.get("callback_method", "").strip().upper() or CallbackMethod.GET.value
    if method not in set(CallbackMethod):
        raise Permanent(Code.BAD_REQUEST, "callback_method must be GET or POST.")
    return Callback(url=url, method=CallbackMethod(method), headers=_headers(fields))


def read_tags(value: str) -> list[str]:
    """The tags of a header, comma-separated, each once; raises ``Permanent(BAD_REQUEST)``."""
    tags = list(dict.fromkeys(it.strip() for it in value.split(",") if it.strip()))
    if len(tags) > MAX_TAGS or any(len(it) > MAX_TAG or not it.isprintable() for it in tags):
        detail = f"{TAG_HEADER} takes up to {MAX_TAGS} tags of up to {MAX_TAG} characters."
        raise Permanent(Code.BAD_REQUEST, detail)
    return tags


def _check_url(url: str) -> None:
    try:
        parsed = URL(url)
        sound = parsed.scheme in {"http", "https"} and bool(parsed.host) and bool(parsed.port)
        sound = sound and parsed.user is None and parsed.password is None
    except (ValueError, IndexError):  # the latter, too, is yarl's for some brackets
        sound = False
    if not sound or len(url) > MAX_URL:
        raise Permanent(Code.BAD_REQUEST, "callback_url must be an http or https URL.")


def _headers(fields: Mapping[str, str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for field, value in fields.items():
        named = _HEADER_FIELD.fullmatch(field)
        if named is not None:
            headers[named[1]] = value.strip()
    for name, value in headers.items():
        fit = _TOKEN.fullmatch(name) and name.lower() not in _OURS
        if not fit or len(value) > MAX_HEADER_VALUE or not value.isprintable():
            raise Permanent(Code.BAD_REQUEST, "A callback header cannot be sent like that.")
    if len(headers) > MAX_HEADERS:
        raise Permanent(Code.BAD_REQUEST, f"At most {MAX_HEADERS} callback headers are sent.")
    return headers
