"""What the store and the blob store hold, read straight from them and not through the service."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import pymongo
from minio import Minio
from minio.error import S3Error

from shared.models.base import Record
from shared.models.dead_letter import DeadLetter
from shared.models.delivery import Delivery, Subscription
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.store.collections import (
    DEAD_LETTERS,
    DELIVERIES,
    DOCUMENTS,
    EXTRACTIONS,
    SUBSCRIPTIONS,
    Collection,
)

R = TypeVar("R", bound=Record)

_SQLITE = "sqlite:///"
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Dump:
    """The records that the checker looks at."""

    documents: list[Document]
    extractions: list[Extraction]
    deliveries: list[Delivery]
    subscriptions: list[Subscription]
    letters: list[DeadLetter]


def dump_store(url: str) -> Dump:
    """All that a store holds now, by its URL; raises what the database's driver does."""
    if url.startswith(_SQLITE):
        path = Path(url.removeprefix(_SQLITE))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_SECONDS)) as file:
            return _dump(lambda name: _rows(file, name))
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=10_000) as client:
        database = client.get_default_database("docstage")
        return _dump(lambda name: (it["body"] for it in database[name].find()))


def hash_blobs(url: str, keys: Iterable[str]) -> dict[str, str]:
    """The SHA-256, in hex, of those of the blobs that are there."""
    found = ((key, _content(url, key)) for key in keys)
    return {key: hashlib.sha256(it).hexdigest() for key, it in found if it is not None}


def list_blobs(url: str) -> list[str]:
    """All keys that there are, sorted."""
    if url.startswith("file:"):
        files = _folder(url)
        return sorted(str(it.relative_to(files)) for it in files.rglob("*") if it.is_file())
    client, bucket = _s3(url)
    return sorted(str(it.object_name) for it in client.list_objects(bucket, recursive=True))


def remove_blob(url: str, key: str) -> None:
    """Take a blob away, behind the service's back."""
    if url.startswith("file:"):
        (_folder(url) / key).unlink()
        return
    client, bucket = _s3(url)
    client.remove_object(bucket, key)


def read_blob(url: str, key: str) -> bytes:
    """What a blob holds; raises ``FileNotFoundError``."""
    content = _content(url, key)
    if content is None:
        raise FileNotFoundError(key)
    return content


def put_blob(url: str, key: str, content: bytes) -> None:
    """Store a blob behind the service's back."""
    if url.startswith("file:"):
        path = _folder(url) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return
    client, bucket = _s3(url)
    client.put_object(bucket, key, BytesIO(content), len(content))


def _dump(read: Any) -> Dump:
    def all_of(collection: Collection[R]) -> list[R]:
        return [
            collection.model.model_validate(json.loads(it) if isinstance(it, str) else it)
            for it in read(collection.name)
        ]

    return Dump(
        documents=all_of(DOCUMENTS),
        extractions=all_of(EXTRACTIONS),
        deliveries=all_of(DELIVERIES),
        subscriptions=all_of(SUBSCRIPTIONS),
        letters=all_of(DEAD_LETTERS),
    )


def _rows(file: sqlite3.Connection, name: str) -> Iterator[str]:
    for (body,) in file.execute(f"SELECT body FROM {name}"):  # noqa: S608 - our own names
        yield body


def _content(url: str, key: str) -> bytes | None:
    if url.startswith("file:"):
        path = _folder(url) / key
        return path.read_bytes() if path.is_file() else None
    client, bucket = _s3(url)
    try:
        answer = client.get_object(bucket, key)
    except S3Error as error:
        if error.code in {"NoSuchKey", "NoSuchObject"}:
            return None
        raise
    with closing(answer):
        return answer.read()


def _folder(url: str) -> Path:
    return Path(unquote(urlsplit(url).path)) / "files"


def _s3(url: str) -> tuple[Minio, str]:
    parts = urlsplit(url)
    client = Minio(
        parts.netloc.rpartition("@")[2],
        access_key=unquote(parts.username or ""),
        secret_key=unquote(parts.password or ""),
        secure=parts.scheme == "s3",
    )
    return client, parts.path.strip("/")
