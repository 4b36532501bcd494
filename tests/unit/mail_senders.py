"""A DNS made of a dict, and mails signed by somebody else's implementation of DKIM."""

import base64
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import dkim
from Crypto.PublicKey import RSA

from services.ingest.mail.authentication import SenderAuthentication, SenderVerdict
from services.ingest.mail.resolver import RecordKind, TemporaryDnsError

PEER = "192.0.2.10"


@dataclass
class Zone:
    """A ``Resolver`` by ``NAME KIND``; names under ``down`` do not answer."""

    records: dict[str, list[str]] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    async def lookup(self, name: str, kind: RecordKind) -> list[str]:
        self.asked.append(f"{name} {kind}")
        if name.endswith(self.down) and self.down:
            raise TemporaryDnsError(name)
        return self.records.get(f"{name} {kind}", [])

    def has(self, name: str, *texts: str, kind: str = "TXT") -> "Zone":
        self.records[f"{name} {kind}"] = list(texts)
        return self


@cache
def rsa(bits: int = 1024) -> RSA.RsaKey:
    return RSA.generate(bits)


def key_record(key: RSA.RsaKey | None = None, **tags: str) -> str:
    der = (key or rsa()).public_key().export_key("DER")
    more = "".join(f"{name}={value}; " for name, value in tags.items())
    return f"v=DKIM1; {more}k=rsa; p={base64.b64encode(der).decode()}"


def mail(author: str = "Ann <ann@example.com>", text: str = "Please find it.\n\n\n") -> bytes:
    message = EmailMessage()
    message["To"] = "in@docs.example"
    message["Subject"] = "Invoice  4711"
    message["Message-ID"] = "<1@example.com>"
    message.set_content(text)
    head = b"From: " + author.encode() + b"\r\n"
    return head + message.as_bytes().replace(b"\n", b"\r\n")


def signed(
    message: bytes,
    domain: str = "example.com",
    way: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    key: RSA.RsaKey | None = None,
    **more: object,
) -> bytes:
    pem = (key or rsa()).export_key("PEM", pkcs=1)
    line = dkim.sign(message, b"s1", domain.encode(), pem, canonicalize=way, **more)
    return line + message


@dataclass
class Post:
    """Where messages are looked at: ``zone`` is the DNS, ``folder`` where they lie."""

    zone: Zone
    folder: Path

    async def look(
        self,
        message: bytes,
        peer_ip: str | None = None,
        mail_from: str = "",
        helo: str = "",
        authserv_ids: tuple[str, ...] = (),
        seconds: float = 10.0,
    ) -> SenderVerdict:
        path = self.folder / "message"
        path.write_bytes(message)
        authentication = SenderAuthentication(self.zone, seconds)
        return await authentication.verdict(
            path, peer_ip=peer_ip, helo=helo, mail_from=mail_from, authserv_ids=authserv_ids
        )
