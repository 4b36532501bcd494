"""The endpoints of language models: do they answer, and do they know the models."""

import asyncio
import time
from dataclasses import replace

from services.cli.diagnosis.finding import Finding, Status, local
from services.cli.diagnosis.settings import without_login
from shared.config import Settings
from shared.errors import Code, DocstageError
from shared.http.chat import ChatClient, ChatEndpoint, ChatRefused, llm_endpoint, vlm_endpoint

_SECONDS = 10.0
_REFUSED_LOGIN = frozenset({401, 403})
_NO_LIST = frozenset({404, 405})


async def language_models(settings: Settings) -> list[Finding]:
    """A finding for each endpoint that is set; no model is asked anything."""
    endpoints = {"llm": llm_endpoint(settings), "vlm": vlm_endpoint(settings)}
    looks = [_look(name, endpoint) for name, endpoint in endpoints.items() if endpoint]
    return list(await asyncio.gather(*looks))


async def _look(name: str, endpoint: ChatEndpoint) -> Finding:
    client = ChatClient(replace(endpoint, seconds=min(_SECONDS, endpoint.seconds)))
    await client.open()
    try:
        started = time.perf_counter()
        known = await client.models()
    except DocstageError as error:
        return _trouble(name, endpoint, error)
    finally:
        await client.close()
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    where = f"{endpoint.model} at {without_login(endpoint.url)}"
    if known and endpoint.model not in known:
        advice = f"DOCSTAGE_{name.upper()}_MODEL must be one of: {', '.join(known[:10])}"
        finding = local(name, Status.WARNING, f"{where}: the endpoint lists no such model", advice)
    else:
        finding = local(name, Status.OK, where)
    return replace(finding, milliseconds=milliseconds)


def _trouble(name: str, endpoint: ChatEndpoint, error: DocstageError) -> Finding:
    where, setting = without_login(endpoint.url), f"DOCSTAGE_{name.upper()}"
    status = error.status if isinstance(error, ChatRefused) else 0
    if status in _NO_LIST:  # it answers, and lists no models: not all do
        return local(name, Status.OK, f"{endpoint.model} at {where}, which lists no models")
    if status in _REFUSED_LOGIN:
        what = f"{where}: the key is refused ({status})"
        return local(name, Status.FAILURE, what, f"Mend {setting}_API_KEY.")
    if error.code is Code.LLM_UNAVAILABLE:
        advice = f"Start it, or mend {setting}_URL; modes and warnings: docs/engines.md."
        return local(name, Status.FAILURE, f"{where}: {error.detail}", advice)
    return local(name, Status.WARNING, f"{where}: {error.detail}", f"See {setting}_URL.")
