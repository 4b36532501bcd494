"""Whether a domain has signed a message: DKIM (RFC 6376, 8301 and 8463), with DNS handed in.

Of our own, as the one library for it squeezes white space with expressions whose time grows with
the square of a line's length: one mail could keep a gateway busy for hours. The body is read line
by line here, and each line looked at once.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from Crypto.Hash import SHA256
from Crypto.Hash.SHA256 import SHA256Hash

from services.ingest.mail.dkim_records import (
    DkimError,
    PublicKey,
    Signature,
    parse_key,
    parse_signature,
)
from services.ingest.mail.raw_headers import RawField, RawHeader
from services.ingest.mail.resolver import Resolver

MAX_SIGNATURES = 5
_BLANKS = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r?\n")
_BARE_END = re.compile(rb"(?<!\r)\n")
_OWN_SIGNATURE = re.compile(rb"(^|;)([ \t\r\n]*b[ \t\r\n]*=)[^;]*")


async def signed_by(
    resolver: Resolver, path: Path, header: RawHeader, wanted: Iterable[str]
) -> list[str]:
    """Those of the domains ``wanted`` that have signed the message in a file.

    Looks at the first five signatures of such domains. Raises ``TemporaryDnsError`` and
    ``OSError``.
    """
    domains = frozenset(wanted)
    candidates = [it for it in signatures_of(header) if it.domain in domains][:MAX_SIGNATURES]
    checks: list[tuple[Signature, PublicKey]] = []
    for signature in candidates:
        texts = await resolver.lookup(signature.key_name, "TXT")
        key = _only_key(texts)
        if key is not None:
            checks.append((signature, key))
    if not checks:
        return []
    return await asyncio.to_thread(_good_ones, path, header, checks)


def signatures_of(header: RawHeader) -> list[Signature]:
    """The signatures of a message that are well-formed and not expired."""
    found: list[Signature] = []
    for field in header.named("dkim-signature"):
        try:
            found.append(parse_signature(field, time.time()))
        except DkimError:
            continue
    return found


def _only_key(texts: list[str]) -> PublicKey | None:
    try:
        return parse_key(texts[0]) if len(texts) == 1 else None
    except DkimError:
        return None


def _good_ones(
    path: Path, header: RawHeader, checks: list[tuple[Signature, PublicKey]]
) -> list[str]:
    hashes: dict[bool, bytes] = {}
    good: list[str] = []
    for signature, key in checks:
        if not key.has_signed(signature, header_digest(header, signature)):
            continue
        way = signature.relaxed_body
        if way not in hashes:
            hashes[way] = _body_hash(path, header.body, relaxed=way)
        if hashes[way] == signature.body_hash:
            good.append(signature.domain)
    return good


def header_digest(header: RawHeader, signature: Signature) -> SHA256Hash:
    """SHA-256 of the signed fields, and of the signature's own without what it says (3.7)."""
    digest = SHA256.new()
    # From the last one upwards where a name is listed more than once.
    left: dict[str, list[RawField]] = {}
    for field in header.fields:
        left.setdefault(field.name, []).append(field)
    for name in signature.headers:
        if left.get(name):
            digest.update(_canonical(left[name].pop(), relaxed=signature.relaxed_header) + b"\r\n")
    start, _, value = signature.field.raw.partition(b":")
    bare = RawField("dkim-signature", start + b":" + _OWN_SIGNATURE.sub(rb"\1\2", value))
    digest.update(_canonical(bare, relaxed=signature.relaxed_header))
    return digest


def _canonical(field: RawField, *, relaxed: bool) -> bytes:
    if not relaxed:
        return _BARE_END.sub(b"\r\n", field.raw)
    value = _FOLD.sub(b"", field.raw.partition(b":")[2])
    return field.name.encode() + b":" + _BLANKS.sub(b" ", value).strip(b" ")


def _body_hash(path: Path, start: int, *, relaxed: bool) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        is_empty = True
        for line in _body_lines(file, relaxed=relaxed):
            digest.update(line)
            is_empty = False
    if is_empty and not relaxed:
        digest.update(b"\r\n")
    return digest.digest()


def _body_lines(file: BinaryIO, *, relaxed: bool) -> Iterator[bytes]:
    """The canonical lines of the body (3.4.3, 3.4.4), without empty ones at the end."""
    empty = 0
    for raw in file:
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if relaxed:
            line = _BLANKS.sub(b" ", line).rstrip(b" ")
        if not line:
            empty += 1
            continue
        for _ in range(empty):
            yield b"\r\n"
        empty = 0
        yield line + b"\r\n"
