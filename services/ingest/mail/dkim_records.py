"""DKIM's signatures and keys as they are written (RFC 6376, 3.5 and 3.6.1)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from Crypto.Hash.SHA256 import SHA256Hash
from Crypto.PublicKey import ECC, RSA
from Crypto.Signature import eddsa, pkcs1_15

from services.ingest.mail.domains import domain_of, is_within
from services.ingest.mail.raw_headers import RawField

_ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})
"""Not rsa-sha1, which nobody is to accept any more (RFC 8301)."""

_WAYS = ("simple", "relaxed")
_MIN_BITS, _MAX_BITS = 1024, 8192
_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9_])?")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MAX_HEADERS = 200


class DkimError(ValueError):
    """The signature or its key is none that counts."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that could be a good one; ``headers`` are the names of the signed fields."""

    field: RawField
    algorithm: str
    domain: str
    selector: str
    identity: str
    relaxed_header: bool
    relaxed_body: bool
    headers: tuple[str, ...]
    body_hash: bytes
    signed: bytes

    @property
    def key_name(self) -> str:
        """Where the DNS has its key."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of the DNS. ``strict``: it is for that very domain, not for names beneath it."""

    key: RSA.RsaKey | ECC.EccKey
    strict: bool

    def has_signed(self, signature: Signature, digest: SHA256Hash) -> bool:
        """Whether the signature is this key's, over the data that was hashed."""
        if self.strict and signature.identity != signature.domain:
            return False
        try:
            if isinstance(self.key, RSA.RsaKey) and signature.algorithm == "rsa-sha256":
                pkcs1_15.new(self.key).verify(digest, signature.signed)
                return True
            if isinstance(self.key, ECC.EccKey) and signature.algorithm == "ed25519-sha256":
                eddsa.new(self.key, "rfc8032").verify(digest.digest(), signature.signed)
                return True
        except ValueError:  # a signature that is none of this key
            return False
        return False


def parse_signature(field: RawField, now: float) -> Signature:
    """A ``DKIM-Signature`` field at ``now`` (seconds since 1970); raises ``DkimError``.

    One that covers only the beginning of the body (``l=``) does not count: anything could
    stand behind it.
    """
    try:
        tags = parse_tags(field.value)
    except UnicodeDecodeError:
        raise DkimError from None
    if tags.get("v") != "1" or tags.get("a") not in _ALGORITHMS or "l" in tags:
        raise DkimError
    domain = domain_of(tags.get("d", ""))
    identity = domain_of(tags.get("i", f"@{domain}").rpartition("@")[2])
    selector = tags.get("s", "")
    if not domain or not is_within(identity, domain) or not _SELECTOR.fullmatch(selector):
        raise DkimError
    header_way, _, body_way = tags.get("c", "simple").lower().partition("/")
    body_way = body_way or "simple"
    names = tuple(it.lower() for it in tags.get("h", "").split(":"))
    if header_way not in _WAYS or body_way not in _WAYS or "from" not in names:
        raise DkimError
    if len(names) > _MAX_HEADERS or _is_over(tags.get("x"), now):
        raise DkimError
    return Signature(
        field=field,
        algorithm=tags["a"],
        domain=domain,
        selector=selector,
        identity=identity,
        relaxed_header=header_way == "relaxed",
        relaxed_body=body_way == "relaxed",
        headers=names,
        body_hash=_decoded(tags.get("bh", "")),
        signed=_decoded(tags.get("b", "")),
    )


def parse_key(text: str) -> PublicKey:
    """The key of a TXT record; raises ``DkimError``, also for revoked keys and ones on trial."""
    tags = parse_tags(text)
    flags = tags.get("t", "").lower().split(":")
    hashes = tags.get("h", "sha256").lower().split(":")
    services = tags.get("s", "*").lower().split(":")
    if tags.get("v", "DKIM1") != "DKIM1" or "y" in flags or "sha256" not in hashes:
        raise DkimError
    if not {"*", "email"} & set(services):
        raise DkimError
    return PublicKey(_key(tags.get("k", "rsa").lower(), _decoded(tags.get("p", ""))), "s" in flags)


def parse_tags(text: str) -> Mapping[str, str]:
    """A tag list, without white space; raises ``DkimError`` where it is malformed."""
    tags: dict[str, str] = {}
    for entry in text.rstrip(" \t\r\n;").split(";"):
        name, equals, value = entry.partition("=")
        name = name.strip()
        if not equals or not _TAG.fullmatch(name) or name in tags:
            raise DkimError
        tags[name] = "".join(value.split())
    return tags


def _key(kind: str, data: bytes) -> RSA.RsaKey | ECC.EccKey:
    try:
        if kind == "ed25519":
            return eddsa.import_public_key(data)
        key = RSA.import_key(data)
    except (ValueError, IndexError, TypeError):
        raise DkimError from None
    if kind != "rsa" or not _MIN_BITS <= key.size_in_bits() <= _MAX_BITS:
        raise DkimError
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DkimError from None


def _is_over(moment: str | None, now: float) -> bool:
    if moment is None:
        return False
    if not moment.isascii() or not moment.isdigit():
        raise DkimError
    return int(moment[:12]) < now
