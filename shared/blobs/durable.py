"""Files that are there, whole, once the call has returned, whatever happens after."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_COPY_BYTES = 1024 * 1024
_RACES = 10


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
    for race in range(_RACES):
        _make_folder(target.parent)
        try:
            source.replace(target)
            break
        except FileNotFoundError:
            # Someone pruned the folder between the two calls; or the source is gone.
            if race == _RACES - 1 or not source.exists():
                raise
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    for _ in range(_RACES):
        _make_folder(folder.parent)
        try:
            folder.mkdir()
        except FileExistsError:
            return
        except FileNotFoundError:
            continue
        _sync_folder(folder.parent)
        return
    raise FileNotFoundError(errno.ENOENT, "the folder is removed as fast as it is made")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
