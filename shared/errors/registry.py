"""The registry of error codes: what each means, over HTTP and for retries."""

from dataclasses import dataclass
from enum import StrEnum


class RetryClass(StrEnum):
    """What a stage does after an error.

    ``transient``: a dependency is down; tried again for up to a day, no attempt spent.
    ``attempt``: spends one of the attempts (crash, timeout). ``permanent``: never retried.
    ``quota``: refused for now, at our door or at another's; a stage comes back later, as
    after ``transient``.
    """

    TRANSIENT = "transient"
    ATTEMPT = "attempt"
    PERMANENT = "permanent"
    QUOTA = "quota"


class Code(StrEnum):
    """Stable error codes; their meaning never changes, new ones are added."""

    BAD_REQUEST = "BAD_REQUEST"
    WRONG_AUTH = "WRONG_AUTH"
    NOT_ENOUGH_PERMISSIONS = "NOT_ENOUGH_PERMISSIONS"
    NO_CREDITS = "NO_CREDITS"
    NO_LICENCE = "NO_LICENCE"
    EXPIRED_LICENCE = "EXPIRED_LICENCE"
    NOT_FOUND = "NOT_FOUND"
    INVALID_OUTPUT_FORMAT = "INVALID_OUTPUT_FORMAT"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    STALE_REVISION = "STALE_REVISION"
    LOCKED = "LOCKED"
    OPEN_FLAGS = "OPEN_FLAGS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    NOT_READY = "NOT_READY"
    DUPLICATE_DOCUMENT = "DUPLICATE_DOCUMENT"
    TYPE_NOT_ACCEPTED = "TYPE_NOT_ACCEPTED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    TOO_MANY_FILES = "TOO_MANY_FILES"
    FILE_TYPE_NOT_SUPPORTED = "FILE_TYPE_NOT_SUPPORTED"
    FILE_EMPTY = "FILE_EMPTY"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    UNKNOWN_WORKSPACE = "UNKNOWN_WORKSPACE"
    INCOHERENT_DATA = "INCOHERENT_DATA"
    UNEXPECTED_ERROR = "UNEXPECTED_ERROR"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    INSUFFICIENT_STORAGE = "INSUFFICIENT_STORAGE"
    FILE_ENCRYPTED = "FILE_ENCRYPTED"
    FILE_CORRUPT = "FILE_CORRUPT"
    CONVERTER_MISSING = "CONVERTER_MISSING"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    PAGE_FAILED = "PAGE_FAILED"
    NO_PAGE_READABLE = "NO_PAGE_READABLE"
    REVIEW_REJECTED = "REVIEW_REJECTED"
    PREVIEW_PENDING = "PREVIEW_PENDING"
    PREVIEW_FAILED = "PREVIEW_FAILED"
    ARTIFACT_PENDING = "ARTIFACT_PENDING"
    ARTIFACT_FAILED = "ARTIFACT_FAILED"
    BLOB_MISSING = "BLOB_MISSING"
    BLOB_CORRUPT = "BLOB_CORRUPT"
    CRASHED = "CRASHED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    DEPENDENCY_DOWN = "DEPENDENCY_DOWN"
    MODEL_MISSING = "MODEL_MISSING"
    TARGET_BLOCKED = "TARGET_BLOCKED"
    TARGET_UNREACHABLE = "TARGET_UNREACHABLE"
    TARGET_TIMED_OUT = "TARGET_TIMED_OUT"
    TARGET_REFUSED = "TARGET_REFUSED"
    TARGET_GONE = "TARGET_GONE"
    TARGET_DISABLED = "TARGET_DISABLED"
    FETCH_UNREACHABLE = "FETCH_UNREACHABLE"
    FETCH_FAILED = "FETCH_FAILED"
    FETCH_TIMED_OUT = "FETCH_TIMED_OUT"
    FETCH_REFUSED = "FETCH_REFUSED"
    FETCH_REDIRECTED = "FETCH_REDIRECTED"
    FETCH_TOO_LARGE = "FETCH_TOO_LARGE"
    CONTAINER_EMPTY = "CONTAINER_EMPTY"
    CONTAINER_TOO_LARGE = "CONTAINER_TOO_LARGE"
    CONTAINER_TOO_DEEP = "CONTAINER_TOO_DEEP"
    CONTAINER_TOO_MANY = "CONTAINER_TOO_MANY"
    ENTRY_UNSAFE = "ENTRY_UNSAFE"
    INLINE_IMAGE = "INLINE_IMAGE"
    SENDER_NOT_AUTHENTICATED = "SENDER_NOT_AUTHENTICATED"
    SENDER_NOT_ALLOWED = "SENDER_NOT_ALLOWED"
    MAILBOX_UNREACHABLE = "MAILBOX_UNREACHABLE"
    MAILBOX_INSECURE = "MAILBOX_INSECURE"
    MAILBOX_LOGIN_REFUSED = "MAILBOX_LOGIN_REFUSED"
    MAILBOX_FOLDER_MISSING = "MAILBOX_FOLDER_MISSING"
    MAILBOX_FAILED = "MAILBOX_FAILED"
    MAIL_REFUSED = "MAIL_REFUSED"
    LLM_UNAVAILABLE = "LLM_UNAVAILABLE"
    LLM_BUSY = "LLM_BUSY"
    LLM_TIMED_OUT = "LLM_TIMED_OUT"
    LLM_REFUSED = "LLM_REFUSED"
    LLM_ANSWER_INVALID = "LLM_ANSWER_INVALID"


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What a code means. ``status`` is the HTTP status when it answers a request."""

    status: int
    retry: RetryClass
    summary: str


def _specs() -> dict[Code, ErrorSpec]:
    permanent, attempt = RetryClass.PERMANENT, RetryClass.ATTEMPT
    transient, quota = RetryClass.TRANSIENT, RetryClass.QUOTA
    rows: list[tuple[Code, int, RetryClass, str]] = [
        (Code.BAD_REQUEST, 400, permanent, "The request is malformed."),
        (Code.WRONG_AUTH, 401, permanent, "Authorization refused. No such key."),
        (Code.NOT_ENOUGH_PERMISSIONS, 403, permanent, "The key may not do this."),
        (Code.NO_CREDITS, 402, quota, "The day's credits do not suffice."),
        (Code.NO_LICENCE, 403, permanent, "No licence for the key's organization."),
        (Code.EXPIRED_LICENCE, 403, permanent, "The organization's licence has expired."),
        (Code.NOT_FOUND, 404, permanent, "There is no such thing."),
        (Code.INVALID_OUTPUT_FORMAT, 404, permanent, "There is no such output format."),
        (Code.METHOD_NOT_ALLOWED, 405, permanent, "This path does not take that method."),
        (Code.CONFLICT, 409, permanent, "The state of the resource does not allow this."),
        (Code.STALE_REVISION, 409, permanent, "Somebody has changed the values meanwhile."),
        (Code.LOCKED, 409, permanent, "Somebody else is reviewing the document."),
        (Code.OPEN_FLAGS, 409, permanent, "Values are wrong or doubtful; say why it is right."),
        (Code.IDEMPOTENCY_KEY_REUSED, 409, permanent, "Key used before for other bytes."),
        (Code.DUPLICATE_DOCUMENT, 409, permanent, "The workspace has this file already."),
        (Code.TYPE_NOT_ACCEPTED, 422, permanent, "The workspace takes no documents of this type."),
        (Code.NOT_READY, 409, permanent, "The document has not come that far yet."),
        (Code.FILE_TOO_LARGE, 413, permanent, "The file is larger than allowed."),
        (Code.TOO_MANY_FILES, 413, permanent, "More files than allowed in one call."),
        (Code.FILE_TYPE_NOT_SUPPORTED, 415, permanent, "Unsupported media type."),
        (Code.FILE_EMPTY, 422, permanent, "The file has no bytes."),
        (Code.UNKNOWN_TYPE, 422, permanent, "There is no document type of that name."),
        (Code.UNKNOWN_WORKSPACE, 422, permanent, "There is no such workspace."),
        (Code.INCOHERENT_DATA, 422, permanent, "The data contradict themselves."),
        (Code.UNEXPECTED_ERROR, 500, attempt, "Something unexpected went wrong."),
        (Code.NOT_IMPLEMENTED, 501, permanent, "This feature is not implemented."),
        (Code.UNAVAILABLE, 503, transient, "A part of the service is down; try again."),
        (Code.RATE_LIMITED, 429, quota, "Too many calls; try again later."),
        (Code.OVERLOADED, 503, quota, "Too much is waiting; try again later."),
        (Code.INSUFFICIENT_STORAGE, 507, quota, "No room for the upload at present."),
        (Code.FILE_ENCRYPTED, 422, permanent, "The file needs a password."),
        (Code.FILE_CORRUPT, 422, permanent, "The file is damaged and cannot be opened."),
        (Code.CONVERTER_MISSING, 422, permanent, "Files of this old format need LibreOffice here."),
        (Code.TOO_MANY_PAGES, 422, permanent, "The document has more pages than allowed."),
        (Code.PAGE_FAILED, 422, permanent, "A page could not be read."),
        (Code.NO_PAGE_READABLE, 422, permanent, "Not one page could be read."),
        (Code.REVIEW_REJECTED, 422, permanent, "A person rejected the document."),
        (Code.PREVIEW_PENDING, 503, transient, "The page is still to be drawn; try again."),
        (Code.PREVIEW_FAILED, 404, permanent, "The page cannot be drawn."),
        (Code.ARTIFACT_PENDING, 503, transient, "The file is still to be made; try again."),
        (Code.ARTIFACT_FAILED, 404, permanent, "The file cannot be made of this document."),
        (Code.BLOB_MISSING, 500, permanent, "The stored file is missing."),
        (Code.BLOB_CORRUPT, 500, attempt, "The stored file differs from what came in."),
        (Code.CRASHED, 500, attempt, "The worker process died on this document."),
        (Code.TIMED_OUT, 500, attempt, "The work took longer than allowed."),
        (Code.OUT_OF_MEMORY, 500, attempt, "The work needed more memory than allowed."),
        (Code.DEPENDENCY_DOWN, 503, transient, "A service we depend on does not answer."),
        (Code.MODEL_MISSING, 500, permanent, "A model that is configured is not installed."),
        (Code.TARGET_BLOCKED, 422, permanent, "The address is not allowed as a target."),
        (Code.TARGET_UNREACHABLE, 502, attempt, "The target could not be reached."),
        (Code.TARGET_TIMED_OUT, 502, attempt, "The target did not answer in time."),
        (Code.TARGET_REFUSED, 502, attempt, "The target answered with an error."),
        (Code.TARGET_GONE, 410, permanent, "The target says it is gone."),
        (Code.TARGET_DISABLED, 409, permanent, "The webhook is not enabled."),
        (Code.FETCH_UNREACHABLE, 502, attempt, "Nothing answered at the URL."),
        (Code.FETCH_FAILED, 502, attempt, "The URL's server failed, or broke off its answer."),
        (Code.FETCH_TIMED_OUT, 502, attempt, "The URL's server did not send the file in time."),
        (Code.FETCH_REFUSED, 422, permanent, "The URL's server does not give the file."),
        (Code.FETCH_REDIRECTED, 422, permanent, "The URL leads on in a way not followed."),
        (Code.FETCH_TOO_LARGE, 413, permanent, "The file at the URL is larger than allowed."),
        (Code.CONTAINER_EMPTY, 422, permanent, "Nothing in it is a document that is taken."),
        (Code.CONTAINER_TOO_LARGE, 413, permanent, "It unpacks to more than allowed."),
        (Code.CONTAINER_TOO_DEEP, 422, permanent, "It lies deeper in others than is unpacked."),
        (Code.CONTAINER_TOO_MANY, 413, permanent, "It holds more than is unpacked."),
        (Code.ENTRY_UNSAFE, 422, permanent, "The entry's name leads elsewhere, or is a link."),
        (Code.INLINE_IMAGE, 422, permanent, "A picture of the message's own looks."),
        (Code.SENDER_NOT_AUTHENTICATED, 422, permanent, "Who sent the mail is not certain."),
        (Code.SENDER_NOT_ALLOWED, 422, permanent, "The workspace takes no mail of this sender."),
        (Code.MAILBOX_UNREACHABLE, 502, attempt, "The mail server does not answer."),
        (Code.MAILBOX_INSECURE, 502, attempt, "The mail server's TLS cannot be trusted."),
        (Code.MAILBOX_LOGIN_REFUSED, 502, attempt, "The mail server refuses user or password."),
        (Code.MAILBOX_FOLDER_MISSING, 502, attempt, "The mailbox has no such folder."),
        (Code.MAILBOX_FAILED, 502, attempt, "The mail server did not do what it was asked."),
        (Code.MAIL_REFUSED, 502, permanent, "The mail server does not take the message."),
        (Code.LLM_UNAVAILABLE, 503, transient, "The model's endpoint does not answer."),
        (Code.LLM_BUSY, 503, quota, "The model's endpoint takes no more questions for now."),
        (Code.LLM_TIMED_OUT, 502, attempt, "The model did not answer in time."),
        (Code.LLM_REFUSED, 502, permanent, "The model's endpoint refuses the question."),
        (Code.LLM_ANSWER_INVALID, 502, attempt, "The model's answer is not what was asked for."),
    ]
    return {code: ErrorSpec(status, retry, text) for code, status, retry, text in rows}


REGISTRY = _specs()
