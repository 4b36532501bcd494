"""What is fuzzed with atheris: ``python -m tests.fuzz.targets TARGET --seconds 60``.

Each target begins with the seeds of ``seeds.py``, keeps what reaches new code under
``build/fuzz/TARGET``, and leaves what broke it as ``build/fuzz/crash-TARGET-…``.
"""

import argparse
import io
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services.ingest", "shared.http", "email", "yarl"]):
    from services.ingest.mail.authentication_results import trusted_results
    from services.ingest.mail.dkim import header_digest, signatures_of
    from services.ingest.mail.dkim_records import DkimError, parse_key
    from services.ingest.mail.domains import address_of
    from services.ingest.mail.raw_headers import UnreadableHeaderError, parse_header, sender_of
    from services.ingest.mail.senders import is_pattern, matches
    from services.ingest.mail.spf_records import Macros, SpfSyntaxError, expand, parse_record
    from services.ingest.names import MAX_BYTES, display_name
    from services.ingest.unpacking.budget import Budget, Place, UnpackLimits
    from services.ingest.unpacking.items import FileBegun, FileEnded
    from services.ingest.unpacking.mime import message_entries
    from services.ingest.unpacking.unpack import MAIL, _Unpacking
    from shared.errors import Permanent
    from shared.http.targets import MAX_FETCH_URL, TargetPolicy
    from tests.fuzz import seeds

FOLDER = Path("build/fuzz")
_LIMITS = UnpackLimits()


def mail(data: bytes) -> None:
    """Walking a message ends, says only what is meant, and every file that begins ends."""
    try:
        for _ in message_entries(io.BytesIO(data), Budget(_LIMITS), Place(messages=1)):
            pass
    except Permanent:
        pass
    is_open = False
    try:
        for item in _Unpacking(Budget(_LIMITS)).container(
            io.BytesIO(data), MAIL, Place(messages=1)
        ):
            if isinstance(item, FileBegun):
                assert not is_open
                assert item.name == display_name(item.name)
                is_open = True
            elif isinstance(item, FileEnded):
                assert is_open
                is_open = False
    except Permanent:
        pass


def names(data: bytes) -> None:
    """A name to show is short, has no character that is not seen, and stays as it is."""
    shown = display_name(data.decode(errors="surrogateescape"))
    assert 0 < len(shown.encode()) <= MAX_BYTES
    assert shown not in {".", ".."}
    assert not {"/", "\\"} & set(shown)
    assert not any(unicodedata.category(it) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for it in shown)
    assert display_name(shown) == shown


def urls(data: bytes) -> None:
    """A URL that is let through is http, has no login, and is no forbidden address."""
    policy = TargetPolicy()
    try:
        url = policy.check_url(data.decode(errors="surrogateescape"), MAX_FETCH_URL)
    except Permanent:
        return
    assert url.scheme in {"http", "https"}
    assert url.user is None
    assert url.host
    assert url.port is not None
    try:
        literal = ip_address(url.host)
    except ValueError:
        return
    assert policy.allows(str(literal), url.port)
    assert not literal.is_loopback
    assert not literal.is_private or literal.is_global


def senders(data: bytes) -> None:
    """What says who sent a mail is understood in one way, or refused with an error of its own."""
    try:
        header = parse_header(io.BytesIO(data))
        local, domain = sender_of(header)
        assert bool(local) == bool(domain)
        assert not domain or address_of(f"{local}@{domain}") == (local, domain)
        for signature in signatures_of(header):
            header_digest(header, signature)
        for result in trusted_results(header, [seeds.AUTHSERV]):
            result.domain("header.d", "header.from")
    except UnreadableHeaderError:
        pass
    text = data.decode(errors="replace")
    macros = Macros("ann", "example.com", "mail.example.com", ip_address("192.0.2.1"))
    try:
        terms, redirect = parse_record(f"v=spf1 {text}")
        for name in (*(it.argument for it in terms), redirect or ""):
            expand(name, macros, "example.com")
    except SpfSyntaxError:
        pass
    with suppress(DkimError):
        parse_key(text)
    if is_pattern(text[:320]):
        matches(text[:320], "ann@example.com")


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "mail": (mail, seeds.mail),
    "names": (names, seeds.names),
    "senders": (senders, seeds.senders),
    "urls": (urls, seeds.urls),
}


def main() -> None:
    """Fuzz one target for a while; atheris ends the process with a status of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    one, made = TARGETS[arguments.target]
    corpus = FOLDER / arguments.target
    seeds.write(corpus, made())
    options = [
        f"-max_total_time={arguments.seconds}",
        f"-artifact_prefix={FOLDER}/crash-{arguments.target}-",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=4096",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
