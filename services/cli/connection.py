"""Which server to speak to, and with which key."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from services.cli.failures import CliError

DEFAULT_URL = "http://127.0.0.1:8080"
KEY_FILE = "admin-key"
AUTHORITY_FILE = "tls/ca.pem"
_LONGEST_KEY = 512

Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="DOCSTAGE_URL",
        metavar="URL",
        help="The server's address.",
        rich_help_panel="Server",
        show_default=True,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar="DOCSTAGE_KEY",
        metavar="KEY",
        help="An API key. Without one, and for a server on this machine, the key that "
        "'docstage up' left in its data folder (DOCSTAGE_DATA_DIR, else ./data) is used.",
        rich_help_panel="Server",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Server:
    """A server's base URL, without a slash at its end, and the key for it.

    ``authority`` is who else vouches for its certificate, beside those that the system trusts.
    """

    url: str
    key: str | None
    authority: Path | None = None


def find_server(url: str, key: str | None, *, needs_key: bool = True) -> Server:
    """The server at ``url`` with ``key``, else with the local data folder's.

    The local key is for this machine only: it is never sent anywhere else. So is the authority
    that ``docstage up --tls`` has made. Raises ``CliError``.
    """
    base = _base(url)
    found = key.strip() if key else None
    if not found and needs_key and _is_local(base):
        found = _local_key()
    if not found and needs_key:
        raise CliError("No API key: give one with --key or DOCSTAGE_KEY.")
    if found and not (found.isascii() and found.isprintable() and len(found) <= _LONGEST_KEY):
        raise CliError("An API key has only printable ASCII characters, 512 at most.")
    return Server(base, found, _local_authority(base))


def _base(url: str) -> str:
    parts = urlsplit(url.strip())
    try:
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or parts.username:
        raise CliError(f"{url!r} is no server address; one looks like {DEFAULT_URL}.")
    return url.strip().rstrip("/").removesuffix("/api/v1")


def _is_local(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _local_authority(base: str) -> Path | None:
    if not (base.startswith("https:") and _is_local(base)):
        return None
    folder = _data_dir()
    path = folder / AUTHORITY_FILE if folder else None
    return path if path and path.is_file() else None


def _data_dir() -> Path | None:
    # Only who needs the settings pays for loading them.
    from shared.config import Settings  # noqa: PLC0415

    try:
        return Settings().data_dir
    except ValidationError:
        return None  # settings of a server that runs elsewhere are not our business


def _local_key() -> str | None:
    folder = _data_dir()
    if folder is None:
        return None
    path = folder / KEY_FILE
    try:
        return path.read_text(encoding="ascii").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"The key in {path} cannot be read: {error}") from None
