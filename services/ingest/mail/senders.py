"""Whose mail a workspace takes: its policy and allow-list, on what is known of the sender."""

import re
from dataclasses import dataclass

from services.ingest.mail.authentication import SenderVerdict
from services.ingest.mail.domains import address_of, domain_of
from shared.errors import Code
from shared.models.senders import SenderPolicy, Senders

_ANY = "*"
_MAX_STARS = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a mail is taken, whether its sender is one to trust, and what speaks against it.

    ``problem`` is ``SENDER_NOT_AUTHENTICATED``, ``SENDER_NOT_ALLOWED``, or nothing.
    ``temporary``: refused, but only as a name server did not answer; it may come again.
    """

    accepted: bool
    trusted: bool
    problem: Code | None = None
    temporary: bool = False


def judge(rules: Senders, verdict: SenderVerdict) -> Judgement:
    """What a workspace's rules make of a mail."""
    problem: Code | None = None
    if not verdict.aligned:
        problem = Code.SENDER_NOT_AUTHENTICATED
    elif rules.allowed and not any(matches(it, verdict.sender) for it in rules.allowed):
        problem = Code.SENDER_NOT_ALLOWED
    if problem is None:
        return Judgement(accepted=True, trusted=True)
    accepted = rules.policy is not SenderPolicy.ENFORCE
    return Judgement(accepted, False, problem, not accepted and verdict.temporary)  # noqa: FBT003


def matches(pattern: str, sender: str) -> bool:
    """Whether an address is one of a pattern's.

    ``*`` stands for any text before the ``@``, and, as a whole first label, for names beneath a
    domain (not for the domain itself). Everything else must be the same, letter by letter, but
    for the case of ASCII letters.
    """
    local, domain = address_of(sender)
    wanted_local, _, wanted_domain = pattern.rpartition("@")
    beneath = wanted_domain.startswith("*.")
    wanted = domain_of(wanted_domain.removeprefix("*."))
    if not domain or not wanted:
        return False
    is_domain = domain.endswith(f".{wanted}") if beneath else domain == wanted
    return is_domain and _matches_local(wanted_local, local)


def is_pattern(text: str) -> bool:
    """Whether an allow-list can hold it."""
    local, _, domain = text.rpartition("@")
    known, _ = address_of(f"{local}@{domain.removeprefix('*.')}")
    return bool(known) and local.count(_ANY) <= _MAX_STARS


def _matches_local(wanted: str, local: str) -> bool:
    known, _ = address_of(f"{wanted}@x.x")
    pattern = ".*".join(re.escape(it) for it in known.split(_ANY))
    return bool(known) and re.fullmatch(pattern, local) is not None
