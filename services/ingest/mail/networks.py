"""Networks of peers."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an IP address is in one of some networks."""
    ip = ip_address(address)
    return any(ip in it for it in networks if it.version == ip.version)
