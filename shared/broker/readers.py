"""Credentials with which a tenant's reader may read one result queue, and nothing else.

RabbitMQ keeps its users in the broker. With its management API we make them ourselves;
without it, the operator does, with the commands that we tell.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from shared.errors import Code, Transient

_CALL_SECONDS = 10.0
_PASSWORD_BYTES = 32
_GONE = 404


@dataclass(frozen=True, slots=True)
class Grant:
    """A reader's user and password, which is stored nowhere but in the broker.

    ``commands`` are for the operator, who has still to run them; none if all is done.
    """

    user: str
    password: str
    commands: list[str] = field(default_factory=list)


class Readers(Protocol):
    """Makes and removes the users of result queues; each is named like its queue."""

    async def grant(self, queue: str) -> Grant:
        """A user for the queue, with a new password; an old one is void from then on.

        Raises ``Transient(DEPENDENCY_DOWN)``.
        """

    async def revoke(self, queue: str) -> None:
        """Remove the queue's user; what the operator made, the operator removes."""


def connect_readers(management_url: str, broker_url: str) -> Readers:
    """Readers of the broker; ``management_url`` is ``http(s)://USER:PASSWORD@host:15672``.

    An empty one leaves the work to the operator. Raises ``ValueError`` for a bad one.
    """
    virtual_host = virtual_host_of(broker_url)
    if not management_url:
        return OperatedReaders(virtual_host)
    url = URL(management_url)
    if url.scheme not in {"http", "https"} or not url.host or not url.user or not url.password:
        raise ValueError("a management URL is http://USER:PASSWORD@host:port")
    return ManagedReaders(url, virtual_host)


def virtual_host_of(broker_url: str) -> str:
    """The virtual host that an AMQP URL names (AMQP URI specification, ``vhost``)."""
    return URL(broker_url).path.removeprefix("/") or "/"


class ManagedReaders:
    """Makes users through RabbitMQ's management API (management plugin, HTTP API)."""

    def __init__(self, url: URL, virtual_host: str) -> None:
        self._base = url.with_user(None).with_path("").with_query(None)
        self._login = aiohttp.BasicAuth(url.user or "", url.password or "")
        self._virtual_host = virtual_host

    async def grant(self, queue: str) -> Grant:
        """See ``Readers``."""
        new = Grant(queue, secrets.token_urlsafe(_PASSWORD_BYTES))
        place = f"{quote(self._virtual_host, safe='')}/{quote(queue, safe='')}"
        rights = {"configure": "", "write": "", "read": _only(queue)}
        # Rights first would be refused, for there is no such user; without any it can do nothing.
        await self._call("PUT", _user(queue), {"password": new.password, "tags": ""})
        await self._call("PUT", f"/api/permissions/{place}", rights)
        return new

    async def revoke(self, queue: str) -> None:
        """See ``Readers``."""
        await self._call("DELETE", _user(queue), None)

    async def _call(self, method: str, path: str, body: dict[str, str] | None) -> None:
        url = self._base.join(URL(path, encoded=True))
        try:
            async with (
                asyncio.timeout(_CALL_SECONDS),
                aiohttp.ClientSession(auth=self._login, trust_env=False) as session,
                session.request(method, url, json=body, allow_redirects=False) as response,
            ):
                done = response.ok or (method == "DELETE" and response.status == _GONE)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Transient(Code.DEPENDENCY_DOWN) from error
        if not done:
            raise Transient(Code.DEPENDENCY_DOWN, "RabbitMQ's management API refused.")


class OperatedReaders:
    """Tells the operator what to do."""

    def __init__(self, virtual_host: str) -> None:
        self._virtual_host = virtual_host

    async def grant(self, queue: str) -> Grant:
        """See ``Readers``."""
        password = secrets.token_hex(_PASSWORD_BYTES)  # no character that a shell minds
        where = f"-p '{self._virtual_host}'"
        commands = [
            f"rabbitmqctl add_user '{queue}' '{password}'",
            f"rabbitmqctl set_permissions {where} '{queue}' '' '' '{_only(queue)}'",
        ]
        return Grant(queue, password, commands)

    async def revoke(self, queue: str) -> None:
        """See ``Readers``."""


def _only(queue: str) -> str:
    # The dot is the one character of a queue's name that means more in a regular expression.
    return f"^{queue.replace('.', '[.]')}$"


def _user(queue: str) -> str:
    return f"/api/users/{quote(queue, safe='')}"
