"""What is fuzzed with atheris: ``python -m tests.fuzz.targets mail|names|urls --seconds 60``.

Each target begins with the seeds of ``seeds.py``, keeps what reaches new code under
``build/fuzz/TARGET``, and leaves what broke it as ``build/fuzz/crash-TARGET-…``.
"""

import argparse
import io
import sys
import unicodedata
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services.ingest", "shared.http", "email", "yarl"]):
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


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "mail": (mail, seeds.mail),
    "names": (names, seeds.names),
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
