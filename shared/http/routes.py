"""Serving operations: what stands before every handler, and their routes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from shared.http.auth import Authenticator, KeyReader, key_of_headers
from shared.http.context import ROUTE
from shared.http.idempotency import Idempotency, idempotency_key
from shared.http.load import Load
from shared.http.operations import Handle, Operation
from shared.http.rates import Rates

_ANY_SLASH = "{slash:/?}"


@dataclass(frozen=True, slots=True)
class Manners:
    """How a dialect differs in what all its routes do.

    ``any_slash`` serves each path with a slash at its end as well. ``retry_key_of`` finds the key
    under which a call that makes something is made once.
    """

    key_of: KeyReader = key_of_headers
    any_slash: bool = False
    retry_key_of: Callable[[web.Request], str | None] = idempotency_key


NATIVE_MANNERS = Manners()


@dataclass(frozen=True)
class Gate:
    """What a request passes before its operation's handler.

    Its key; how often that may call; for what takes files in, whether there is room for more;
    and whether the call was made before.
    """

    authenticator: Authenticator
    idempotency: Idempotency | None = None
    rates: Rates | None = None
    load: Load | None = None

    async def handle(
        self, request: web.Request, operation: Operation, manners: Manners
    ) -> web.StreamResponse:
        """Let the operation's handler answer, or somebody who knows the answer already.

        Raises what ``Authenticator.authenticate``, ``Rates.check``, ``Load.check`` and
        ``Idempotency.once`` raise.
        """
        if operation.scope is None:
            return await operation.handle(request)
        principal = await self.authenticator.authenticate(request, operation.scope, manners.key_of)
        if self.rates is not None:
            self.rates.check(principal)
        if self.load is not None and operation.takes_files:
            self.load.check()
        if self.idempotency is None or not operation.creates:
            return await operation.handle(request)
        key = manners.retry_key_of(request)
        return await self.idempotency.once(request, operation.handle, key)


def add_routes(
    app: web.Application,
    prefix: str,
    operations: Sequence[Operation],
    gate: Gate,
    manners: Manners = NATIVE_MANNERS,
) -> None:
    """Serve operations under ``prefix``; each asks for its key before anything else."""
    ending = _ANY_SLASH if manners.any_slash else ""
    for operation in operations:
        handler = _guarded(operation, f"{prefix}{operation.pattern}", gate, manners)
        resource = app.router.add_resource(f"{prefix}{operation.path}{ending}")
        resource.add_route(operation.method, handler)
        if operation.method == "GET":
            resource.add_route("HEAD", handler)


def _guarded(operation: Operation, pattern: str, gate: Gate, manners: Manners) -> Handle:
    async def handle(request: web.Request) -> web.StreamResponse:
        request[ROUTE] = pattern
        return await gate.handle(request, operation, manners)

    return handle
