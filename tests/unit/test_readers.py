"""Credentials of result queues where the operator makes them."""

import re
import shlex

import pytest

from shared.broker.readers import connect_readers, virtual_host_of

QUEUE = "docstage.results.01a2-b3.erp"


async def test_the_operator_is_told_what_to_run() -> None:
    readers = connect_readers("", "amqp://u:p@host/prod")
    grant, other = await readers.grant(QUEUE), await readers.grant(QUEUE)
    assert grant.password != other.password
    assert len(grant.password) >= 32
    add, allow = (shlex.split(it) for it in grant.commands)
    assert add == ["rabbitmqctl", "add_user", QUEUE, grant.password]
    *_, virtual_host, user, configure, write, read = allow
    assert (virtual_host, user, configure, write) == ("prod", QUEUE, "", "")
    assert re.search(read, QUEUE)
    for theirs in (QUEUE + "2", "x" + QUEUE, QUEUE.replace(".", "-"), "docstage.ocr.normal"):
        assert not re.search(read, theirs)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("amqp://host", "/"), ("amqp://host/", "/"), ("amqp://host/%2F", "/"),
     ("amqp://host/prod", "prod"), ("memory://", "/")],
)  # fmt: skip
def test_virtual_hosts(url: str, expected: str) -> None:
    assert virtual_host_of(url) == expected


@pytest.mark.parametrize("url", ["host:15672", "ftp://u:p@host", "http://host:15672"])
def test_a_bad_management_url_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="management URL"):
        connect_readers(url, "amqp://host")
