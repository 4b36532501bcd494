"""Files that are there, whole, once the call has returned, whatever happens after."""

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_COPY_BYTES = 1024 * 1024
_RACES = 100


def write_file(target: Path, write: Callable[[BinaryIO], object], scratch: Path) -> None:
    """Put what ``write`` writes at ``target``, at once and whole.

    ``scratch`` is an unused path on the target's file system.
    """
    try:
        with scratch.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        _rename(scratch, target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def move_file(source: Path, target: Path, scratch: Path) -> None:
    """Move ``source`` to ``target``; copied by way of ``scratch`` from another device.

    Raises:
        ValueError: there is no file at ``source``.
    """
    try:
        file = source.open("rb")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ValueError("there is no such local file") from error
    with file:
        os.fsync(file.fileno())
        try:
            _rename(source, target)
        except OSError as error:
            # Not decided by device numbers: a bind mount has its own rules.
            if error.errno != errno.EXDEV:
                raise
            write_file(target, lambda copy: shutil.copyfileobj(file, copy, _COPY_BYTES), scratch)
            source.unlink(missing_ok=True)


def prune(folder: Path, root: Path) -> None:
    """Remove empty folders from ``folder`` upwards, below ``root``."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent


def _rename(source: Path, target: Path) -> None:
    changed = {target.parent}
    for race in range(_RACES):
        try:
            _make_folder(target.parent, changed)
            source.replace(target)
            break
        except FileNotFoundError:
            # Someone prunes the folders as we make them; or it is the source that is gone.
            if race == _RACES - 1 or not source.exists():
                raise
    # Not before: the file keeps its folders from being pruned meanwhile. Where one is gone all
    # the same, the file has been deleted since.
    for folder in changed:
        with suppress(FileNotFoundError):
            _sync_folder(folder)


def _make_folder(folder: Path, changed: set[Path]) -> None:
    """Make ``folder`` where it is missing, and note which folders were changed by it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent, changed)
    with suppress(FileExistsError):
        folder.mkdir()
        changed.add(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
