"""Exceptions that say what they are: who raises decides whether a retry makes sense."""

from typing import ClassVar

from shared.errors.registry import REGISTRY, Code, ErrorSpec, RetryClass


class DocstageError(Exception):
    """An error with a registered code.

    ``own_retry`` is set by the classes below and goes before the registry's word.

    ``detail`` is a sentence for the caller and must hold no document content, no path and
    no address. ``retry_after`` is in seconds, where the raiser knows better than a policy.
    """

    own_retry: ClassVar[RetryClass | None] = None

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        retry_after: float | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail or REGISTRY[code].summary
        self.retry_after = retry_after
        self.field = field

    @property
    def spec(self) -> ErrorSpec:
        """What the registry says of the code."""
        return REGISTRY[self.code]

    @property
    def retry(self) -> RetryClass:
        """How a stage retries after this error."""
        return self.own_retry or self.spec.retry

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Transient(DocstageError):
    """A dependency is down: tried again for up to a day without spending an attempt."""

    own_retry = RetryClass.TRANSIENT


class AttemptFailed(DocstageError):
    """Spends one attempt: a crash, a timeout, an unexpected failure."""

    own_retry = RetryClass.ATTEMPT


class Permanent(DocstageError):
    """Trying again cannot help: encrypted, corrupt, unsupported."""

    own_retry = RetryClass.PERMANENT


class Quota(DocstageError):
    """Refused for now; the caller should come back after ``retry_after`` seconds."""

    own_retry = RetryClass.QUOTA
