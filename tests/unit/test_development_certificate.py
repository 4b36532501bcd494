"""The certificate that ``docstage up --tls`` makes, and what the doctor says of any."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from services.cli import development_certificate as development
from services.cli.development_certificate import development_certificate
from services.cli.diagnosis.certificate import certificate
from services.cli.diagnosis.finding import Status
from shared.config import Settings
from shared.http.certificates import Certificate, CertificateError
from tests.samples.certificates import CERTIFICATE, KEY

NOW = datetime.now(UTC)


def shaken(shown: ssl.SSLContext, authority: Path, name: str) -> bytes:
    """Shake hands over a real socket as a client that trusts ``authority``; the leaf shown."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with shown.wrap_socket(theirs, server_side=True):
                pass
        except OSError:
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        trust = ssl.create_default_context(cafile=authority)
        with trust.wrap_socket(ours, server_hostname=name) as connection:
            leaf = connection.getpeercert(binary_form=True)
            assert leaf is not None
            return leaf
    finally:
        server.join()


def test_clients_that_trust_the_authority_reach_this_machine_by_all_its_names(
    tmp_path: Path,
) -> None:
    made = development_certificate(tmp_path, ["10.1.2.3", "box.example"], NOW)
    shown = Certificate(made.chain, made.key).following_context()
    for name in ("localhost", "127.0.0.1", "::1", "10.1.2.3", "box.example"):
        assert shaken(shown, made.authority, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(shown, made.authority, "other.example")
    modes = {it.name: it.stat().st_mode & 0o777 for it in made.authority.parent.iterdir()}
    assert modes == {
        "ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600,
    }  # fmt: skip


def test_it_is_kept_and_renewed_in_time_by_the_same_authority(tmp_path: Path) -> None:
    first = development_certificate(tmp_path, [], NOW)
    again = development_certificate(tmp_path, [], NOW + timedelta(days=50))
    assert again == first
    later = development_certificate(tmp_path, [], NOW + timedelta(days=70))
    assert (later.fingerprint, later.expires > first.expires) == (first.fingerprint, True)
    at_last = development_certificate(tmp_path, [], NOW + timedelta(days=720))
    assert at_last.fingerprint != first.fingerprint


@pytest.mark.parametrize("broken", ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"])
def test_what_is_damaged_or_foreign_is_made_anew(tmp_path: Path, broken: str) -> None:
    made = development_certificate(tmp_path, [], NOW)
    (made.authority.parent / broken).write_text(KEY if "key" in broken else CERTIFICATE)
    mended = development_certificate(tmp_path, [], NOW)
    shown = Certificate(mended.chain, mended.key).following_context()
    assert shaken(shown, mended.authority, "localhost")


def test_a_stolen_authority_vouches_for_no_other_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = development_certificate(tmp_path, [], NOW)
    signer = development._stored(made.authority.parent, "ca")
    assert signer is not None
    development._new_leaf(made.authority.parent, signer, ["bank.example"], NOW)
    shown = Certificate(made.chain, made.key).following_context()
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shaken(shown, made.authority, "bank.example")
    # Another name of this machine is one more reason for a new authority.
    other = development_certificate(tmp_path, ["box.example"], NOW)
    assert other.fingerprint != made.fingerprint


def test_a_renewed_certificate_is_shown_to_the_next_client(tmp_path: Path) -> None:
    made = development_certificate(tmp_path, [], NOW)
    shown = Certificate(made.chain, made.key).following_context()
    before = shaken(shown, made.authority, "localhost")
    made.chain.write_text("half written")
    with capture_logs() as logged:
        for _ in range(2):
            assert shaken(shown, made.authority, "localhost") == before
        development_certificate(tmp_path, [], NOW)
        renewed = shaken(shown, made.authority, "localhost")
    assert renewed != before
    assert [it["event"] for it in logged] == ["certificate_not_renewed", "certificate_renewed"]
    assert f"in {made.chain}" in logged[0]["reason"]
    stated = x509.load_pem_x509_certificates(made.chain.read_bytes())[0]
    assert renewed == stated.public_bytes(serialization.Encoding.DER)


def test_what_no_server_can_show_is_named(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    with pytest.raises(CertificateError, match=r"chain\.pem cannot be read: No such file"):
        Certificate(chain, key).load()
    chain.write_text(CERTIFICATE)
    with pytest.raises(CertificateError, match=r"key\.pem cannot be read: No such file"):
        Certificate(chain, key).load()
    made = development_certificate(tmp_path, [], NOW)
    key.write_bytes(made.key.read_bytes())
    with pytest.raises(CertificateError, match=r"key in .*key\.pem is not that of .*chain\.pem"):
        Certificate(chain, key).load()
    key.write_text("no key")
    with pytest.raises(CertificateError, match="no certificate with its key, in PEM"):
        Certificate(chain, key).load()
    locked = serialization.load_pem_private_key(KEY.encode(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"word"),
    )
    key.write_bytes(locked)
    with pytest.raises(CertificateError, match="without a password"):
        Certificate(chain, key).load()
    key.write_text(KEY)
    Certificate(chain, key).load()


@pytest.mark.parametrize(
    ("days", "status", "word"),
    [
        (0, Status.OK, "for localhost, 127.0.0.1, ::1, until "),
        (80, Status.WARNING, "ends soon"),
        (100, Status.FAILURE, "expired"),
        (-2, Status.FAILURE, "not valid yet"),
    ],
)
def test_the_doctor_looks_how_long_a_certificate_is_good(
    tmp_path: Path, days: int, status: Status, word: str
) -> None:
    made = development_certificate(tmp_path, [], NOW - timedelta(days=days))
    settings = Settings(
        _env_file=None, data_dir=tmp_path, tls_cert=str(made.chain), tls_key=str(made.key)
    )
    (seen,) = certificate(settings)
    assert (seen.status, word in seen.detail) == (status, True), seen


def test_the_doctor_says_what_is_wrong_with_files(tmp_path: Path) -> None:
    made = development_certificate(tmp_path, [], NOW)
    foreign = made.authority.parent / "ca-key.pem"
    for key, word in ((foreign, "is not that of"), (tmp_path / "none.pem", "cannot be read")):
        settings = Settings(_env_file=None, tls_cert=str(made.chain), tls_key=str(key))
        (seen,) = certificate(settings)
        assert (seen.status, word in seen.detail) == (Status.FAILURE, True), seen
    (kept,) = certificate(Settings(_env_file=None, data_dir=tmp_path))
    assert (kept.status, str(made.authority) in kept.detail) == (Status.OK, True)
    made.chain.write_text("half written")
    (broken,) = certificate(Settings(_env_file=None, data_dir=tmp_path))
    assert broken.status is Status.WARNING
    assert list(certificate(Settings(_env_file=None, data_dir=tmp_path / "other"))) == []


def test_a_key_without_a_certificate_is_no_setting() -> None:
    with pytest.raises(ValueError, match="DOCSTAGE_TLS_CERT"):
        Settings(_env_file=None, tls_key="key.pem")
