"""How this dialect's clients send their key."""

from collections.abc import Mapping

_SCHEME = "api_key"
_HEADERS = ("Authentication", "Authorization")


def key_of_headers(headers: Mapping[str, str]) -> str | None:
    """The key in ``Authentication`` or, without it, ``Authorization``.

    The value is ``API_KEY <key>``, the scheme in any case, or the bare key.
    """
    for name in _HEADERS:
        value = headers.get(name, "").strip()
        if value:
            scheme, _, rest = value.partition(" ")
            return (rest.strip() or None) if scheme.lower() == _SCHEME else value
    return None
