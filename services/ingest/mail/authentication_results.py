"""What a mail server that is trusted says it found: ``Authentication-Results`` (RFC 8601).

Anybody can write that field. So only one with a configured name counts, and of those only what
stands above the first ``Received`` line beneath them: what a server adds stands above what came
in. The server is expected to remove fields that claim to be its own, as the RFC demands.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from services.ingest.mail.raw_headers import RawField, RawHeader, outside

_RESULT = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)(?:/[0-9]+)?\s*=\s*([A-Za-z]+)\s*(.*)", re.DOTALL)
_PROPERTY = re.compile(r"([a-z]+\.[A-Za-z0-9_-]+)\s*=\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result, with its properties such as ``header.d``."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)

    def domain(self, *names: str) -> str:
        """The domain of the first of these properties that there is."""
        value = next((self.properties[it] for it in names if it in self.properties), "")
        return value.rpartition("@")[2]


def trusted_results(header: RawHeader, authserv_ids: Collection[str]) -> list[Result]:
    """The results of servers of these names; none where no such field is to be trusted."""
    trusted = {it.lower() for it in authserv_ids}
    results: list[Result] = []
    is_found = False
    for one in header.fields:
        if one.name == "received" and is_found:
            break
        if one.name != "authentication-results":
            continue
        server, found = _parsed(one)
        if server in trusted:
            is_found = True
            results += found
    return results


def _parsed(one: RawField) -> tuple[str, list[Result]]:
    try:
        text = outside(one.value)
    except ValueError:  # UnicodeDecodeError is one
        return "", []
    first, *rest = text.split(";")
    words = first.split()
    server = words[0].lower() if words else ""
    results: list[Result] = []
    for entry in rest:
        found = _RESULT.fullmatch(entry)
        if found is not None:
            properties = {name.lower(): value for name, value in _PROPERTY.findall(found[3])}
            results.append(Result(found[1].lower(), found[2].lower(), properties))
    return server, results
