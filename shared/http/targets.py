"""Which addresses outgoing calls may reach: public ones, and networks an operator names.

The list is our own, after the IANA special-purpose address registries (RFC 6890 and its
updates), as the standard library's idea of "global" shifts between versions and calls the
IPv4-compatible ``::127.0.0.1`` global.
"""

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
_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024

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

    def __init__(self, allowed_networks: str = "") -> None:
        """``allowed_networks``: comma-separated; raises ``ValueError`` for what is none."""
        names = (it.strip() for it in allowed_networks.split(","))
        self._allowed = tuple(ip_network(it) for it in names if it)

    def allows(self, address: str, port: int) -> bool:
        """Whether a socket to this IP address and port may be opened."""
        try:
            ip = _unwrapped(ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        if any(ip in network for network in self._allowed if network.version == ip.version):
            return True
        return (port in _PORTS or port >= _FIRST_FREE_PORT) and _is_public(ip)

    def check_url(self, url: str) -> URL:
        """The parsed URL of a target.

        Raises ``Permanent(TARGET_BLOCKED)`` for what is no http(s) URL, has credentials, or
        names a forbidden address outright; names are looked at when they are dialled.
        """
        parsed = _parsed(url)
        host, port = parsed.host, parsed.port
        if host is None or port is None or parsed.user is not None or parsed.password is not None:
            raise Permanent(Code.TARGET_BLOCKED, "The URL must name a host and no credentials.")
        try:
            ip_address(host)
        except ValueError:
            return parsed
        if not self.allows(host, port):
            raise Permanent(Code.TARGET_BLOCKED)
        return parsed


def _parsed(url: str) -> URL:
    try:
        parsed = URL(url) if len(url) <= MAX_URL else None
    except ValueError:
        parsed = None
    if parsed is None or parsed.scheme not in {"http", "https"}:
        raise Permanent(Code.TARGET_BLOCKED, "The target must be an http or https URL.")
    return parsed


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _DENIED_V4)
    return ip in _UNICAST_V6 and not any(ip in network for network in _DENIED_V6)
