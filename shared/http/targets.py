"""Which addresses outgoing calls may reach: public ones, and networks an operator names.

An operator may also name networks that are never reached, such as those of a cluster's pods
and services where they lie among the public ones.

The list is our own, after the IANA special-purpose address registries (RFC 6890 and its
updates), as the standard library's idea of "global" shifts between versions and calls the
IPv4-compatible ``::127.0.0.1`` global.
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from yarl import URL

from shared.errors import Code, Permanent

MAX_URL = 2048
MAX_FETCH_URL = 8000
"""Signed URLs of object stores are long; servers take about 8 KB."""
_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_OTHER_PROTOCOLS = frozenset(
    # WHATWG Fetch, "bad port", from 1024 on
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679}
    | {6697, 10080}
    # databases and caches, which some requests in HTTP make sense to
    | {1433, 1521, 3306, 5432, 5672, 6379, 9042, 9200, 9300, 11211, 27017, 27018, 27019}
)
"""Ports that no web server has; an operator's own networks are reached on any."""

Network = IPv4Network | IPv6Network
_QUOTED = re.compile(r"(?:[!#$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})+")
"""Characters that need no quoting in a URL (RFC 3986, section 2), and what was quoted."""

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")

_DENIED_V4 = tuple(
    IPv4Network(it)
    for it in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    IPv6Network(it) for it in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


class TargetPolicy:
    """Says yes or no to an address that is about to be dialled."""

    def __init__(self, allowed_networks: str = "", denied_networks: str = "") -> None:
        """Networks, comma-separated; denied goes before allowed.

        Raises ``ValueError`` for what is no network.
        """
        self._allowed = _networks(allowed_networks)
        self._denied = _networks(denied_networks)

    def allows(self, address: str, port: int, ports: frozenset[int] = _PORTS) -> bool:
        """Whether a socket to this IP address and port may be opened.

        ``ports`` are the privileged ones of the protocol that is to be spoken.
        """
        if self.is_named(address):
            return True
        ip = _parsed_address(address)
        if ip is None or _is_in(ip, self._denied):
            return False
        is_free = port >= _FIRST_FREE_PORT and port not in _OTHER_PROTOCOLS
        return (port in ports or is_free) and _is_public(ip)

    def is_named(self, address: str) -> bool:
        """Whether an operator has named a network of this address as one to be reached."""
        ip = _parsed_address(address)
        return ip is not None and not _is_in(ip, self._denied) and _is_in(ip, self._allowed)

    def check_url(self, url: str, max_length: int = MAX_URL) -> URL:
        """The parsed URL of a target, which goes out as it was written.

        Raises ``Permanent(TARGET_BLOCKED)`` for what is no http(s) URL, has credentials, or
        names a forbidden address outright; names are looked at when they are dialled.
        """
        parsed = _parsed(url, max_length)
        host, port = parsed.host, parsed.port
        if host is None or port is None or parsed.user is not None or parsed.password is not None:
            raise Permanent(Code.TARGET_BLOCKED, "The URL must name a host and no credentials.")
        try:
            ip_address(host)
        except ValueError:
            if _is_like_ipv4(host):
                raise Permanent(Code.TARGET_BLOCKED) from None
            return parsed
        if not self.allows(host, port):
            raise Permanent(Code.TARGET_BLOCKED)
        return parsed


def _networks(names: str) -> tuple[Network, ...]:
    return tuple(ip_network(name) for it in names.split(",") if (name := it.strip()))


def _is_in(ip: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)


def _parsed(url: str, max_length: int) -> URL:
    try:
        # Quoting anew what is quoted could break the signature in a signed URL.
        is_quoted = _QUOTED.fullmatch(url) is not None
        parsed = URL(url, encoded=is_quoted) if len(url) <= max_length else None
        if parsed is not None and parsed.scheme in {"http", "https"} and parsed.port is not None:
            return parsed
    except (ValueError, IndexError):  # the latter, too, is yarl's for some brackets
        pass
    raise Permanent(Code.TARGET_BLOCKED, "The target must be an http or https URL.")


def _is_like_ipv4(host: str) -> bool:
    """Whether some resolver would read it as an address: ``2130706433``, ``0x7f.1``, ``127.1``.

    That is, if it ends in a number (WHATWG URL standard, "ends-in-a-number checker").
    """
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def _parsed_address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _DENIED_V4)
    return ip in _UNICAST_V6 and not any(ip in network for network in _DENIED_V6)
