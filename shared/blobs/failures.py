"""What a failure of the store means to those who use it."""

import errno

from shared.errors import Code, Transient

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def unavailable(error: BaseException) -> Transient:
    """The error to raise from one of the operating system's or the client's."""
    full = isinstance(error, OSError) and error.errno in _FULL
    return Transient(Code.INSUFFICIENT_STORAGE if full else Code.DEPENDENCY_DOWN)
