"""A running server, as its own answers show it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

from services.cli.client import API, ApiClient, Reply
from services.cli.diagnosis.finding import Finding, Status, at_server
from services.cli.failures import ServerRefused
from shared.errors import Code
from shared.http.health import version
from shared.models.tenancy import Scope

_NOT_READY = frozenset({503})
_UNKNOWN = frozenset({404})
"""What an older server says of paths it does not have."""
_SKEW_SECONDS = 5.0
_WAITING = timedelta(minutes=10)
_NO_LICENCE = {Code.NO_LICENCE: "there is none", Code.EXPIRED_LICENCE: "it has expired"}
_UNLICENSED = "An operator grants one: docstage orgs licence."


async def health(client: ApiClient) -> AsyncIterator[Finding]:
    """What needs no key; raises ``CliError`` when there is no server."""
    told = await client.get("/version")
    yield _version(str(told.body.get("version", "")))
    if skew := _skew(told):
        yield skew
    live = await client.get("/livez", accept=_NOT_READY)
    dead = [name for name, well in live.body.get("checks", {}).items() if not well]
    if dead:
        what = f"stands still: {', '.join(dead)}"
        yield at_server("alive", Status.FAILURE, what, "Start it again, and read its log.")
    ready = await client.get("/readyz", accept=_NOT_READY)
    status = str(ready.body.get("status", "unknown"))
    bad = Status.FAILURE if ready.status in _NOT_READY else Status.WARNING
    for name, check in ready.body.get("checks", {}).items():
        yield _check(name, check, bad)
    word = Status.OK if status == "ready" else bad
    yield at_server("ready", word, status)


async def key_rights(client: ApiClient) -> AsyncIterator[Finding]:
    """What the key is good for, found out by calls that change nothing."""
    scopes = []
    licence = Status.OK, "valid"
    for scope in Scope:
        try:
            allowed = await _may(client, scope)
        except ServerRefused as refusal:
            if refusal.code == Code.WRONG_AUTH:
                advice = "Give another with --key or DOCSTAGE_KEY; 'docstage keys list' names all."
                yield at_server("key", Status.FAILURE, refusal.detail, advice)
                return
            if refusal.code not in _NO_LICENCE:
                raise
            licence = Status.FAILURE, _NO_LICENCE[Code(refusal.code)]
            continue
        if allowed:
            scopes.append(scope.value)
    if licence[0] is Status.OK or scopes:
        yield at_server("key", Status.OK, f"may {', '.join(scopes) or 'nothing'}")
    yield at_server("licence", *licence, "" if licence[0] is Status.OK else _UNLICENSED)
    if Scope.READ in scopes or Scope.ADMIN in scopes:
        yield await _queue(client)
        yield await _letters(client)


async def _may(client: ApiClient, scope: Scope) -> bool:
    one = {"maxRetrieve": "1"}
    try:
        match scope:
            case Scope.READ:
                await client.get(f"{API}/documents", one)
            case Scope.WRITE:  # nothing has this id, so nothing happens
                await client.send("POST", f"{API}/documents/{uuid4()}/cancel")
            case Scope.ADMIN:
                await client.get(f"{API}/keys", one)
            case Scope.OPERATE:
                await client.get(f"{API}/organizations", one)
    except ServerRefused as refusal:
        if refusal.code == Code.NOT_FOUND:
            return True
        if refusal.code != Code.NOT_ENOUGH_PERMISSIONS:
            raise
        return False
    return True


async def _queue(client: ApiClient) -> Finding:
    before = (datetime.now(UTC) - _WAITING).isoformat()
    query = {"state": "received", "created_before": before, "maxRetrieve": "1"}
    waiting = (await client.get(f"{API}/documents", query)).body.get("documents")
    if waiting:
        what = "documents have been waiting for more than ten minutes"
        advice = "Is an ocr service running? Its admin port lists /jobs?state=waiting."
        return at_server("queue", Status.WARNING, what, advice)
    return at_server("queue", Status.OK, "no document waits for long")


async def _letters(client: ApiClient) -> Finding:
    query = {"state": "open", "maxRetrieve": "100"}
    found = await client.get(f"{API}/dead-letters", query, accept=_UNKNOWN)
    letters = found.body.get("dead_letters")
    if not letters:
        return at_server("dead", Status.OK, "nothing has failed for good")
    codes = Counter(f"{it['stage']} {it['code']}" for it in letters)
    worst = ", ".join(f"{count} {what}" for what, count in codes.most_common(3))
    more = found.headers.get("X-More-Results-Available") == "true"
    what = f"{'more than ' if more else ''}{len(letters)} open dead letters: {worst}"
    advice = "See 'docstage dead list', and docs/dead-letters.md for what to do about each code."
    return at_server("dead", Status.WARNING, what, advice)


def _version(theirs: str) -> Finding:
    if theirs == version():
        return at_server("version", Status.OK, theirs)
    what = f"{theirs or 'unknown'}, this command is {version()}"
    return at_server("version", Status.WARNING, what, "Install the same on both sides.")


def _skew(reply: Reply) -> Finding | None:
    try:
        moment = parsedate_to_datetime(reply.headers.get("Date", ""))
    except ValueError:
        return None
    skew = abs((moment - datetime.now(UTC)).total_seconds())
    if skew <= _SKEW_SECONDS:
        return None
    what = f"differs from this machine's by {skew:.0f} s"
    return at_server("clock", Status.WARNING, what, "Let both keep time by NTP.")


def _check(name: str, check: Mapping[str, object], bad: Status) -> Finding:
    took = check.get("milliseconds")
    spent = float(took) if isinstance(took, int | float) else None
    if check.get("ok"):
        return replace(at_server(name, Status.OK, "answers"), milliseconds=spent)
    what = str(check.get("code") or "does not answer")
    advice = "Run 'docstage doctor' where the server runs: it says why."
    return replace(at_server(name, bad, what, advice), milliseconds=spent)
