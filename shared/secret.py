"""The secret that cursors, links and sealed values are signed with."""

import contextlib
import os
import secrets
from pathlib import Path

from shared.config import Settings


def load_secret(settings: Settings) -> bytes:
    """The configured secret, else one kept in the data folder, made at first use."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = settings.data_dir / "secret"
    with contextlib.suppress(FileExistsError):
        _write_new(path, secrets.token_hex(32))
    return path.read_bytes().strip()


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
