"""How many sessions there are at a time, in all and per address."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from services.ingest.mail.networks import Network, is_within

_IPV6_CUSTOMER = 64


@dataclass(frozen=True, slots=True)
class SmtpLimits:
    """Times in seconds, sizes in bytes."""

    max_bytes: int
    max_recipients: int
    max_sessions: int
    max_sessions_per_ip: int
    idle_seconds: float
    session_seconds: float


class Sessions:
    """Counts sessions; one that would be too many is not let in.

    ``relays`` hand on the mail of many, so that each may have all sessions there are.
    """

    def __init__(self, limits: SmtpLimits, relays: Sequence[Network] = ()) -> None:
        self._limits = limits
        self._relays = relays
        self._by_peer: Counter[str] = Counter()
        self._count = 0

    def enter(self, peer_ip: str) -> bool:
        """Whether there is room for one more from there; who is let in must leave."""
        peer = _customer(peer_ip)
        if self._count >= self._limits.max_sessions:
            return False
        if self._by_peer[peer] >= self._limits.max_sessions_per_ip and not is_within(
            peer_ip, self._relays
        ):
            return False
        self._count += 1
        self._by_peer[peer] += 1
        return True

    def leave(self, peer_ip: str) -> None:
        """One that was let in has ended."""
        peer = _customer(peer_ip)
        self._count -= 1
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]


def plain_ip(text: str) -> str:
    """An address as text, IPv4 as such also where the socket is one for both."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _customer(peer_ip: str) -> str:
    """Who has it: of IPv6 everybody has 2**64 addresses."""
    address = ip_address(peer_ip)
    if isinstance(address, IPv6Address):
        return str(int(address) >> (128 - _IPV6_CUSTOMER))
    return peer_ip
