"""Whether two domains belong together: DMARC's alignment (RFC 9989), with DNS handed in.

The organizational domain is found by walking up the DNS, not by a list of public suffixes that
would have to be kept up to date.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.ingest.mail.dkim_records import DkimError, parse_tags
from services.ingest.mail.domains import is_within
from services.ingest.mail.resolver import Resolver

_MAX_QUERIES = 8


class Identity(StrEnum):
    """What is compared with the author's domain; the value is its tag in a policy."""

    SPF = "aspf"
    DKIM = "adkim"


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record: where it stands, and its tags."""

    domain: str
    tags: dict[str, str]

    def is_strict(self, identity: Identity) -> bool:
        """Whether only the very domain counts."""
        return self.tags.get(identity.value, "r").lower() == "s"


class Alignment:
    """Compares domains with one author's; asks the DNS only where they differ."""

    def __init__(self, resolver: Resolver, author: str) -> None:
        self._resolver = resolver
        self._author = author
        self._walked: dict[str, list[Policy]] = {}

    def may_hold(self, domain: str) -> bool:
        """Whether it could hold at all: two domains of one owner end alike."""
        return bool(domain) and domain.split(".")[-2:] == self._author.split(".")[-2:]

    async def holds(self, domain: str, identity: Identity) -> bool:
        """Whether ``domain`` speaks for the author's; raises ``TemporaryDnsError``.

        The same domain always does. Others do where a policy says where the organization
        begins: without one nothing is known of who owns what.
        """
        if domain == self._author:
            return True
        if not self.may_hold(domain):
            return False
        policies = await self._walk(self._author)
        own = _organization(self._author, policies)
        policy = next((it for it in policies if it.domain in {self._author, own}), None)
        if not policies or (policy is not None and policy.is_strict(identity)):
            return False
        return is_within(domain, own) and own == _organization(domain, await self._walk(domain))

    async def _walk(self, domain: str) -> list[Policy]:
        """The policies from a domain upwards (RFC 9989, 4.10)."""
        if domain not in self._walked:
            found = [await self._policy(it) for it in _ways_up(domain)]
            self._walked[domain] = [it for it in found if it is not None]
        return self._walked[domain]

    async def _policy(self, domain: str) -> Policy | None:
        texts = await self._resolver.lookup(f"_dmarc.{domain}", "TXT")
        records = [it for it in texts if it.startswith("v=DMARC1") and it[8:9] in {"", ";", " "}]
        if len(records) != 1:
            return None
        try:
            return Policy(domain, dict(parse_tags(records[0])))
        except DkimError:
            return None


def _ways_up(domain: str) -> list[str]:
    labels = domain.split(".")
    if len(labels) > _MAX_QUERIES:
        shorter = labels[-(_MAX_QUERIES - 1) :]
        return [domain, *(".".join(shorter[it:]) for it in range(len(shorter)))]
    return [".".join(labels[it:]) for it in range(len(labels))]


def _organization(domain: str, policies: list[Policy]) -> str:
    """The organizational domain (RFC 9989, 4.10.2); the domain itself where nothing is known."""
    for policy in policies:
        if policy.tags.get("psd") == "n":
            return policy.domain
        if policy.tags.get("psd") == "y" and policy.domain != domain:
            beneath = domain.removesuffix(f".{policy.domain}").rpartition(".")[2]
            return f"{beneath}.{policy.domain}"
    return policies[-1].domain if policies else domain
