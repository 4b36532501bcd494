"""Addresses and domains of mail as they are compared: one spelling for each.

A domain is compared as the DNS knows it (A-labels, RFC 5890), so that ``Bücher.example`` equals
``xn--bcher-kva.example``, and a letter that only looks like another one makes another domain.
"""

import re

import idna

_ADDRESS = re.compile(r"([^@\s<>()\[\],;:\"\\]{1,64})@([^@\s<>()\[\],;:\"\\]{1,253})")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Only these: Unicode's lower case, and its normal forms, make a ``k`` of the Kelvin sign."""


def domain_of(text: str) -> str:
    """A domain in its one spelling, or ``""`` for what is none."""
    name = text.strip().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    name = name.translate(_LOWER)
    labels = name.split(".")
    is_one = len(name) <= 253 and all(_LABEL.fullmatch(it) for it in labels)  # noqa: PLR2004 - RFC 1035
    return name if is_one else ""


def address_of(text: str) -> tuple[str, str]:
    """Local part and domain of an address in their one spelling; two empty ones for none.

    Local parts are compared without regard to the case of ASCII letters, as every mail system
    in use does. Quoted local parts are not taken.
    """
    found = _ADDRESS.fullmatch(text.strip())
    domain = domain_of(found[2]) if found else ""
    if found is None or not domain:
        return "", ""
    return found[1].translate(_LOWER), domain


def is_within(domain: str, parent: str) -> bool:
    """Whether ``domain`` is ``parent`` or lies beneath it."""
    return domain == parent or domain.endswith(f".{parent}")
