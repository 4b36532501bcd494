"""The addresses of the review screen, with the filter that its queue is of."""

from collections.abc import Mapping
from urllib.parse import urlencode

from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.reviewing.queue import FILTERS

_KEPT = (*FILTERS, "postponed")


def filters_of(visit: Visit) -> dict[str, str]:
    """The queue's filter in the address; of the workspace that was chosen, unless it has one."""
    found = {name: visit.query(name) for name in _KEPT if visit.query(name)}
    if visit.workspace is not None:
        found.setdefault("workspace", visit.workspace)
    return found


def review_url(document: str, filters: Mapping[str, str], **more: str) -> str:
    """The page of a document."""
    return _with(f"{ROOT}/review/{document}", {**filters, **more})


def next_url(filters: Mapping[str, str], **more: str) -> str:
    """Where the next document is."""
    return _with(f"{ROOT}/review/next", {**filters, **more})


def _with(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
