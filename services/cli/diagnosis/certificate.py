"""The certificate for HTTPS: the operator's, or the one that ``docstage up --tls`` has made."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from services.cli.connection import AUTHORITY_FILE
from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings
from shared.http.certificates import Certificate, CertificateError
from shared.models.time import utc_now

_SOON = timedelta(days=14)


def certificate(settings: Settings) -> Iterator[Finding]:
    """All findings; none where nothing is served over HTTPS."""
    if settings.tls_cert:
        yield _given(Path(settings.tls_cert), Path(settings.tls_key or settings.tls_cert))
        return
    authority = settings.data_dir.absolute() / AUTHORITY_FILE
    if authority.is_file():
        yield _made(authority)


def _given(chain: Path, key: Path) -> Finding:
    try:
        Certificate(chain, key).load()
        leaf = _first(chain)
    except (CertificateError, ValueError) as error:
        advice = "DOCSTAGE_TLS_CERT and DOCSTAGE_TLS_KEY name both."
        return local("certificate", Status.FAILURE, str(error), advice)
    left, what = leaf.not_valid_after_utc - utc_now(), _told(leaf)
    if left < timedelta():
        return local("certificate", Status.FAILURE, f"expired: {what}", "Renew it.")
    if leaf.not_valid_before_utc > utc_now():
        return local("certificate", Status.FAILURE, f"not valid yet: {what}", "Is the clock right?")
    if left < _SOON:
        advice = "Renew it: a running server takes it up by itself."
        return local("certificate", Status.WARNING, f"ends soon: {what}", advice)
    return local("certificate", Status.OK, what)


def _made(authority: Path) -> Finding:
    advice = "'docstage up --tls' makes it anew."
    try:
        leaf = _first(authority.parent / "server.pem")
    except (OSError, ValueError):
        what = f"the one for development beside {authority} cannot be read"
        return local("certificate", Status.WARNING, what, advice)
    if leaf.not_valid_after_utc < utc_now():
        what = f"the one for development has expired: {_told(leaf)}"
        return local("certificate", Status.WARNING, what, advice)
    return local("certificate", Status.OK, f"for development, by {authority}: {_told(leaf)}")


def _first(chain: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(chain.read_bytes())[0]


def _told(leaf: x509.Certificate) -> str:
    return f"for {', '.join(_names(leaf)) or 'no name'}, until {_day(leaf.not_valid_after_utc)}"


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        stated = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(it) for it in stated.get_values_for_type(x509.IPAddress)]
    return [*stated.get_values_for_type(x509.DNSName), *addresses]


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
