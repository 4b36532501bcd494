"""Where an S3-compatible store is; known without the client that speaks to it."""

from dataclasses import dataclass, field

SILENT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class S3Location:
    """Where the store is; ``endpoint`` is ``host:port``.

    ``seconds`` is how long it may be silent, and the time in which a transfer must get going.
    """

    endpoint: str
    key: str
    secret: str = field(repr=False)
    bucket: str
    secure: bool = True
    region: str | None = None
    seconds: float = SILENT_SECONDS
