"""What people can do about a failure, by its code, or else by its kind."""

from shared.errors import Code
from shared.models.failure import FailureKind

_BY_CODE = {
    Code.FILE_ENCRYPTED: "Ask for the file without its password, and send it anew.",
    Code.FILE_CORRUPT: "Ask for the file anew: it is damaged.",
    Code.FILE_TYPE_NOT_SUPPORTED: "Have it saved as PDF or as a picture, and send it anew.",
    Code.NO_PAGE_READABLE: "Look at the file: nothing can be read on it. A better scan may help.",
    Code.TIMED_OUT: "Try it again when there is less to do. If it fails again, look at the file.",
    Code.CRASHED: "Try it again. If it fails again, tell the operator: the log has the request.",
    Code.OUT_OF_MEMORY: "It is too large for this server as it is set up: ask the operator.",
    Code.MODEL_MISSING: "A model is not installed here: ask the operator.",
    Code.CONVERTER_MISSING: "What turns such files into PDF is not installed: send a PDF.",
    Code.FETCH_UNREACHABLE: "Look whether the address is right, then try it again.",
    Code.FETCH_REFUSED: "The address has no such file, or asks for a login. Send the file itself.",
    Code.TARGET_UNREACHABLE: "Look whether the receiver runs, then try it again.",
    Code.TARGET_REFUSED: "Look at what the receiver answered, mend it there, then try it again.",
    Code.TARGET_DISABLED: "Resume the webhook, then try it again.",
    Code.DEPENDENCY_DOWN: "Try it again now that what was away is back.",
    Code.TARGET_BLOCKED: "The address may not be called from here. Correct it.",
    Code.TARGET_GONE: "The receiver says that it is gone. Correct the address, then resume it.",
}
_BY_KIND = {
    FailureKind.TRANSIENT_EXHAUSTED: "Try it again: what was away for long may be back.",
    FailureKind.ATTEMPTS_SPENT: "Find out what was wrong, then try it again.",
    FailureKind.PERMANENT: "Trying it again as it is cannot help. Mend the cause, or discard it.",
}
_ELSE = "Look at its timeline, then try it again."


def advice(code: str, kind: FailureKind | None = None) -> str:
    """A sentence."""
    known = _BY_CODE.get(Code(code)) if code in set(Code) else None
    return known or (_BY_KIND.get(kind) if kind else None) or _ELSE
