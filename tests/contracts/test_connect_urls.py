"""URLs choose the adapters."""

from pathlib import Path

import pytest

from shared.blobs.connect import connect_blobs
from shared.blobs.folder import FolderBlobs
from shared.blobs.s3 import S3Blobs
from shared.blobs.s3_location import S3Location
from shared.broker.connect import connect_broker, is_memory
from shared.broker.memory import MemoryBroker
from shared.broker.rabbitmq import RabbitBroker


def test_broker_urls() -> None:
    assert isinstance(connect_broker("memory://"), MemoryBroker)
    assert isinstance(connect_broker("amqp://guest:guest@broker:5672/vhost"), RabbitBroker)
    assert isinstance(connect_broker("amqps://broker/"), RabbitBroker)
    assert is_memory("memory://")
    assert not is_memory("amqp://memory/")


@pytest.mark.parametrize("url", ["", "memory", "redis://x", "amqp", "http://broker"])
def test_other_broker_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="broker URL"):
        connect_broker(url)


async def test_a_folder_url_may_hold_escapes(tmp_path: Path) -> None:
    blobs = connect_blobs(f"file://{tmp_path}/with%20space")
    assert isinstance(blobs, FolderBlobs)
    await blobs.open()
    await blobs.close()
    assert (tmp_path / "with space").is_dir()


@pytest.mark.parametrize("url", ["s3://K:S@host:9000/bucket", "s3+http://K:S@host/bucket"])
def test_s3_urls(url: str) -> None:
    assert isinstance(connect_blobs(url), S3Blobs)


@pytest.mark.parametrize(
    "url",
    [
        "", "file:relative", "file://host/path", "ftp://x/y", "s3://host/bucket",
        "s3://K@host/bucket", "s3://K:S@host", "s3://K:S@host/", "s3://K:S@host/bucket/more",
        "s3://K:S@/bucket",
    ],
)  # fmt: skip
def test_other_blob_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL (begins|is)"):
        connect_blobs(url)


def test_a_location_does_not_show_its_secret() -> None:
    location = S3Location("host:9000", "the-key", "the-secret", "bucket")
    assert "the-secret" not in repr(location)
