"""Reads a weight file that must be the very one that was expected."""

import hashlib
from pathlib import Path

from shared.errors import Code, Permanent


def checked_content(path: Path, md5: str) -> bytes:
    """The bytes of the file at ``path``, whose MD5 sum in hexadecimal is ``md5``.

    Raises:
        Permanent: ``MODEL_MISSING``, where the file is not there or another one.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise Permanent(Code.MODEL_MISSING, f"There is no {path.name}.") from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise Permanent(Code.MODEL_MISSING, f"{path.name} is not the file it should be.")
    return content
