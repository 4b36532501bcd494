"""Choose the blob store's adapter by its URL."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from shared.blobs.folder import FolderBlobs
from shared.blobs.port import Blobs
from shared.blobs.s3_location import SILENT_SECONDS, S3Location


def connect_blobs(url: str) -> Blobs:
    """The blobs for ``file:///path`` or ``s3://KEY:SECRET@host:port/bucket``; not opened yet.

    ``s3+http://`` is for a server without TLS. Key and secret are percent-encoded;
    ``?region=`` names the region where the store asks for one, ``?timeout=`` how many seconds
    it may be silent (30).

    Raises:
        ValueError: no adapter has this scheme, or a part is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderBlobs(Path(unquote(parts.path)))
    if parts.scheme in {"s3", "s3+http"}:
        from shared.blobs.s3 import S3Blobs  # noqa: PLC0415 - only who uses it waits

        return S3Blobs(_location(parts))
    raise ValueError("a blobs URL begins with file:///, s3:// or s3+http://")


def _location(parts: SplitResult) -> S3Location:
    bucket = unquote(parts.path.strip("/"))
    host = parts.netloc.rpartition("@")[2]
    if not (parts.username and parts.password and host and bucket) or "/" in bucket:
        raise ValueError("an S3 URL is s3://KEY:SECRET@host:port/bucket")
    options = dict(parse_qsl(parts.query))
    return S3Location(
        endpoint=host,
        key=unquote(parts.username),
        secret=unquote(parts.password),
        bucket=bucket,
        secure=parts.scheme == "s3",
        region=options.get("region"),
        seconds=_seconds(options.get("timeout")),
    )


def _seconds(given: str | None) -> float:
    seconds = float(given) if given else SILENT_SECONDS
    if not 0 < seconds < float("inf"):
        raise ValueError("the timeout of an S3 URL is a number of seconds")
    return seconds
