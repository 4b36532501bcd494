"""SPF records: their terms and macros (RFC 7208, sections 5, 7 and 12)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import quote

_TERM = re.compile(
    r"(?P<qualifier>[-+?~])?(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<argument>[^\s/][^\s]*?))?"
    r"(?:/(?P<bits4>[0-9]{1,2}))?(?://(?P<bits6>[0-9]{1,3}))?",
    re.IGNORECASE,
)
_NETWORK = re.compile(r"(?P<qualifier>[-+?~])?(?P<name>ip[46]):(?P<argument>\S+)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>\S*)")
_MACRO = re.compile(r"%(?:%|_|-|\{([A-Za-z])([0-9]{0,3})(r?)([-.+,/_=]*)\})", re.IGNORECASE)
_NEEDS_ARGUMENT = frozenset({"include", "exists", "ip4", "ip6"})
_TAKES_BITS = frozenset({"a", "mx"})
_MAX_RECORD = 8_192
_MAX_NAME = 253


class SpfSyntaxError(ValueError):
    """The record is no valid one, or asks for more than the limits allow."""


class Qualifier(StrEnum):
    """What a match means."""

    PASS = "+"  # noqa: S105 - SPF's word
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism; ``bits4`` and ``bits6`` are prefix lengths."""

    qualifier: Qualifier
    name: str
    argument: str
    bits4: int = 32
    bits6: int = 128


@dataclass(frozen=True, slots=True)
class Macros:
    """What macros stand for."""

    local: str
    domain: str
    helo: str
    peer: IPv4Address | IPv6Address

    def value(self, letter: str, current: str) -> str:
        """The value of a macro letter while the record of ``current`` is looked at."""
        values = {
            "s": f"{self.local}@{self.domain}",
            "l": self.local,
            "o": self.domain,
            "d": current,
            "i": _dotted(self.peer),
            "p": "unknown",
            "v": "in-addr" if self.peer.version == 4 else "ip6",  # noqa: PLR2004 - IP's
            "h": self.helo,
        }
        if letter not in values:  # c, r and t belong into explanations
            raise SpfSyntaxError(letter)
        return values[letter]


def parse_record(text: str) -> tuple[list[Term], str | None]:
    """Mechanisms in their order, and the target of ``redirect``; raises ``SpfSyntaxError``."""
    if len(text) > _MAX_RECORD or not text.isascii():
        raise SpfSyntaxError(text[:80])
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text.split()[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier is None:
            terms.append(_term(word))
            continue
        name = modifier["name"].lower()
        if name in modifiers and name in {"redirect", "exp"}:
            raise SpfSyntaxError(word)
        modifiers[name] = modifier["value"]
    redirect = modifiers.get("redirect")
    if redirect == "":
        raise SpfSyntaxError("redirect")
    has_all = any(it.name == "all" for it in terms)
    return terms, None if has_all else redirect


def expand(spec: str, macros: Macros, current: str) -> str:
    """The name that a domain-spec stands for; raises ``SpfSyntaxError``."""

    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return {"%%": "%", "%_": " ", "%-": "%20"}[found[0]]
        value = macros.value(found[1].lower(), current)
        parts = re.split(f"[{re.escape(found[4] or '.')}]", value)
        if found[3]:
            parts.reverse()
        if found[2]:
            if int(found[2]) == 0:
                raise SpfSyntaxError(spec)
            parts = parts[-int(found[2]) :]
        joined = ".".join(parts)
        return quote(joined, safe="") if found[1].isupper() else joined

    if "%" in _MACRO.sub("", spec):
        raise SpfSyntaxError(spec)
    name = _MACRO.sub(one, spec).removesuffix(".")
    while len(name) > _MAX_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _term(word: str) -> Term:
    found = _NETWORK.fullmatch(word) or _TERM.fullmatch(word)
    if found is None:
        raise SpfSyntaxError(word)
    groups = found.groupdict()
    name, argument = groups["name"].lower(), groups["argument"] or ""
    bits4, bits6 = groups.get("bits4"), groups.get("bits6")
    if (name in _NEEDS_ARGUMENT and not argument) or (name == "all" and argument):
        raise SpfSyntaxError(word)
    if (bits4 or bits6) and name not in _TAKES_BITS:
        raise SpfSyntaxError(word)
    if name in {"ip4", "ip6"}:
        _check_network(argument, int(name[2]))
    term = Term(
        Qualifier(groups["qualifier"] or "+"), name, argument, int(bits4 or 32), int(bits6 or 128)
    )
    if term.bits4 > 32 or term.bits6 > 128:  # noqa: PLR2004 - IP's
        raise SpfSyntaxError(word)
    return term


def _check_network(text: str, version: int) -> None:
    try:
        found = ip_network(text, strict=False).version
    except ValueError:
        raise SpfSyntaxError(text) from None
    if found != version:
        raise SpfSyntaxError(text)


def _dotted(peer: IPv4Address | IPv6Address) -> str:
    return str(peer) if peer.version == 4 else ".".join(peer.exploded.replace(":", ""))  # noqa: PLR2004 - IP's
