"""What is seen of this server from inside, as ``docstage doctor`` asks servers from outside."""

from collections import Counter
from datetime import timedelta

from services.ingest.checkup import Finding, FindingStatus
from services.ingest.dependencies import dependencies
from services.ingest.parts import IngestParts
from shared.http.context import Principal
from shared.http.health import version
from shared.models.dead_letter import LetterState
from shared.models.document import DocumentState
from shared.store.collections import DEAD_LETTERS, DOCUMENTS
from shared.store.port import Query, Tenant

_WAITING = timedelta(minutes=10)
_SKEW_SECONDS = 5.0
_MANY, _WORST = 100, 3
_WITHOUT = {
    "store": "Nothing can be taken in or looked at without it.",
    "blobs": "Nothing can be taken in or read without them.",
    "broker": "Documents are taken in and wait; they go on when it is back.",
}


class OwnFindings:
    """Looks at the parts, the clock, and what waits or has failed."""

    def __init__(self, parts: IngestParts) -> None:
        self._store = parts.store
        self._health = dependencies(parts.store, parts.blobs, parts.broker)

    async def of(self, principal: Principal) -> tuple[bool, list[Finding]]:
        """Whether documents are taken in, and all that was seen, as far as the key sees it."""
        ready, body = await self._health.readiness()
        found = [_ok("version", version()), *_parts(body["checks"]), self._clock()]
        rights = ", ".join(sorted(it.value for it in principal.scopes))
        found += [_ok("key", f"yours has the scopes {rights}"), _ok("licence", "valid")]
        if ready:
            found += [await self._queue(principal.tenant), await self._letters(principal.tenant)]
        return ready, found

    def _clock(self) -> Finding:
        what = f"this machine's is {self._store.skew:.3f} s ahead of the database's"
        if abs(self._store.skew) <= _SKEW_SECONDS:
            return _ok("clock", what)
        return _warning("clock", what, "Let both keep time by NTP.")

    async def _queue(self, tenant: Tenant) -> Finding:
        before = await self._store.now() - _WAITING
        query = Query({"state": DocumentState.RECEIVED.value}, created_before=before)
        if await self._store.of(tenant, DOCUMENTS).page(query, None, 1):
            what = "documents have been waiting for more than ten minutes"
            return _warning("queue", what, "Does an ocr service run? See Stages.")
        return _ok("queue", "no document waits for long")

    async def _letters(self, tenant: Tenant) -> Finding:
        query = Query({"state": LetterState.OPEN.value})
        letters = await self._store.of(tenant, DEAD_LETTERS).page(query, None, _MANY)
        if not letters:
            return _ok("dead", "nothing has failed for good")
        codes = Counter(f"{it.stage.value} {it.code}" for it in letters)
        worst = ", ".join(f"{count} {what}" for what, count in codes.most_common(_WORST))
        most = f"{_MANY} or more" if len(letters) == _MANY else f"{len(letters)}"
        return _warning("dead", f"{most} open: {worst}", "See Dead letters.")


def _parts(checks: object) -> list[Finding]:
    found = []
    for name, check in (checks if isinstance(checks, dict) else {}).items():
        well = Finding(
            name=name, status=FindingStatus.OK, detail="answers", milliseconds=check["milliseconds"]
        )
        bad = {"status": FindingStatus.FAILURE, "detail": check["code"], "advice": _WITHOUT[name]}
        found.append(well if check["ok"] else well.model_copy(update=bad))
    return found


def _ok(name: str, detail: str) -> Finding:
    return Finding(name=name, status=FindingStatus.OK, detail=detail)


def _warning(name: str, detail: str, advice: str) -> Finding:
    return Finding(name=name, status=FindingStatus.WARNING, detail=detail, advice=advice)
