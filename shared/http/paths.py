"""Ids in paths."""

import re

from aiohttp import web

from shared.errors import Code, Permanent

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def path_id(request: web.Request, name: str = "id") -> str:
    """The id in the path; one that cannot be an id is not found either.

    Raises ``Permanent(NOT_FOUND)``.
    """
    value = request.match_info[name].lower()
    if _UUID.fullmatch(value) is None:
        raise Permanent(Code.NOT_FOUND)
    return value
