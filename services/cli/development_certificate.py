"""A certificate for one machine, by an authority of its own, for whoever develops against us.

The authority may vouch for the names of this machine and nothing else (RFC 5280, 4.2.1.10), so
that a browser or a program that trusts it trusts no stranger who steals its key.
"""

import ipaddress
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "tls"
AUTHORITY = "ca.pem"
ALWAYS = ("localhost", "127.0.0.1", "::1")
AUTHORITY_DAYS, LEAF_DAYS = 730, 90
RENEW_DAYS = 30
"""At a start with less than this left it is made anew, so that it lasts until the next."""

_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DevelopmentCertificate:
    """Files in PEM; ``fingerprint`` is the authority's, SHA-256 in hexadecimal pairs."""

    authority: Path
    chain: Path
    key: Path
    fingerprint: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def development_certificate(
    data_dir: Path, hosts: Sequence[str], now: datetime
) -> DevelopmentCertificate:
    """The certificate of ``hosts`` and this machine's own names, kept in the data folder.

    What is there is used while it is good for another month and has all names; else a leaf is
    made by the same authority, or by a new one where that one is over or may not name them.
    Raises ``OSError``.
    """
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = list(dict.fromkeys([*ALWAYS, *hosts]))
    signer = _stored(folder, "ca") or _new_authority(folder, wanted, now)
    if not (_lasts(signer, now) and _may_name(signer.certificate, wanted)):
        signer = _new_authority(folder, wanted, now)
    leaf = _stored(folder, "server")
    if leaf is None or not (_lasts(leaf, now) and _is_by(leaf, signer) and _has(leaf, wanted)):
        leaf = _new_leaf(folder, signer, wanted, now)
    return DevelopmentCertificate(
        authority=folder / AUTHORITY,
        chain=folder / "server.pem",
        key=folder / "server-key.pem",
        fingerprint=signer.certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        expires=leaf.certificate.not_valid_after_utc,
    )


def _new_authority(folder: Path, names: Sequence[str], now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named("Docstage development authority")
    certificate = (
        _builder(subject, subject, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(_constraints(names), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _store(folder, "ca", _Signer(certificate, key), [certificate])


def _new_leaf(folder: Path, by: _Signer, names: Sequence[str], now: datetime) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject
    authority = by.key.public_key()
    certificate = (
        _builder(_named("Docstage development server"), issuer, key, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(it) for it in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False
        )
        .sign(by.key, hashes.SHA256())
    )
    return _store(folder, "server", _Signer(certificate, key), [certificate, by.certificate])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(names: Sequence[str]) -> x509.NameConstraints:
    return x509.NameConstraints([_permitted(it) for it in names], None)


def _permitted(name: str) -> x509.GeneralName:
    address = _address(name)
    if address is None:
        return x509.DNSName(name)
    return x509.IPAddress(ipaddress.ip_network(address))


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _may_name(authority: x509.Certificate, names: Sequence[str]) -> bool:
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return {_permitted(it) for it in names} <= set(allowed.permitted_subtrees or [])


def _has(leaf: _Signer, names: Sequence[str]) -> bool:
    stated = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {_general(it) for it in names} <= set(stated.value)


def _is_by(leaf: _Signer, signer: _Signer) -> bool:
    try:
        leaf.certificate.verify_directly_issued_by(signer.certificate)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _lasts(signer: _Signer, now: datetime) -> bool:
    return signer.certificate.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)


def _stored(folder: Path, name: str) -> _Signer | None:
    """What is there and belongs together, else nothing."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        private = (folder / f"{name}-key.pem").read_bytes()
        key = serialization.load_pem_private_key(private, None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    fits = key.public_key() == certificate.public_key()
    return _Signer(certificate, key) if fits else None


def _store(folder: Path, name: str, made: _Signer, chain: Sequence[x509.Certificate]) -> _Signer:
    private = made.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    shown = b"".join(it.public_bytes(serialization.Encoding.PEM) for it in chain)
    _write(folder / f"{name}-key.pem", private, 0o600)
    _write(folder / f"{name}.pem", shown, 0o644)
    return made


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    Path(temporary).replace(path)
