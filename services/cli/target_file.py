"""The file that an export is written to: all of it, or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from services.cli.failures import CliError
from services.cli.printable import path_name, printable


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """A stream to ``path``, which gets its name in the end; without one standard output.

    Raises ``CliError`` when it cannot be written.
    """
    if path is None:
        sys.stdout.flush()
        yield cast("BinaryIO", sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with _whole(path) as file:
        yield cast("BinaryIO", file)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _failure(path, error) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise _failure(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _failure(path: Path, error: OSError) -> CliError:
    return CliError(f"{printable(path_name(path))} cannot be written: {error.strerror or error}")
