"""The IMAP door: looks into mailboxes that are due, some at a time.

A mailbox is looked into by one process only: whoever has written the lease into its record, and no
other folder of its account meanwhile. One that fails waits longer each time, and holds up nobody
else.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.ingest.intake import Intake
from services.ingest.mail.authentication import SenderAuthentication
from services.ingest.mail.resolver import DnsResolver
from services.ingest.mailboxes import records
from services.ingest.mailboxes.passwords import Passwords
from services.ingest.mailboxes.server import MailServer
from services.ingest.mailboxes.visit import LostLease, Visit, VisitParts
from services.ingest.mailboxes.wire import Dialler
from services.ingest.spool import Spool
from shared.errors import Code, DocstageError, Permanent, Transient
from shared.http.load import Load
from shared.http.targets import TargetPolicy
from shared.models.ids import new_id
from shared.models.mailbox import Mailbox
from shared.models.tenancy import LicenceState, Workspace
from shared.models.work import Lease, Problem
from shared.process import Process
from shared.stages.context import Runtime, every
from shared.stages.failpoints import Failpoints
from shared.store.collections import MAILBOXES, ORGANIZATIONS, WORKSPACES
from shared.store.port import AlreadyExistsError, Position, Query
from shared.telemetry.metrics import IntakeMetrics, MailboxMetrics

_PAGE = 100
_TICK = 1.0


@dataclass(frozen=True, order=True)
class _Due:
    """A mailbox that is to be looked into, since when, and whose it is."""

    since: datetime
    mailbox: str
    organization: str


@dataclass(frozen=True)
class ImapParts:
    """What the door works with. ``pause`` and ``look_seconds`` are seconds."""

    runtime: Runtime
    intake: Intake
    spool: Spool
    authentication: SenderAuthentication
    passwords: Passwords
    dialler: Dialler
    metrics: IntakeMetrics
    mailboxes: MailboxMetrics
    max_bytes: int
    pause: float = 30.0
    look_seconds: float = 600.0
    at_a_time: int = 4
    failpoints: Failpoints | None = None
    load: Load | None = None


class ImapDoor:
    """A service of the gateway process."""

    name = "imap"

    def __init__(self, parts: ImapParts) -> None:
        self._parts = parts
        self._store = parts.runtime.store
        self._places = asyncio.Semaphore(parts.at_a_time)
        # So that no organization's silent servers take all places of the others.
        share = max(1, parts.at_a_time // 2)
        self._turns: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(share))
        self._executor = ThreadPoolExecutor(parts.at_a_time, "imap")
        self._loop: asyncio.Task[None] | None = None
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._visits: set[Visit] = set()
        self._log = structlog.get_logger("docstage.imap")

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._loop is not None and not self._loop.done()

    async def start(self) -> None:
        """Begin to look."""
        pause = min(_TICK, self._parts.pause)
        self._loop = asyncio.create_task(every(pause, self.step, "imap"))

    async def stop(self, seconds: float) -> None:
        """Finish the mails that are being taken, or leave them to the next look."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        for visit in self._visits:
            visit.stop()
        looks = set(self._looks.values())
        if looks:
            _, late = await asyncio.wait(looks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def step(self) -> None:
        """Start a look into every mailbox that is due and free; none while too much waits."""
        if self._parts.load is not None and self._parts.load.full:
            return
        # The longest due first, so that of two folders of an account neither waits for ever.
        for due in sorted(await self._due()):
            if due.mailbox not in self._looks:
                self._begin(due)

    async def _due(self) -> list[_Due]:
        now = await self._store.now()
        found: list[_Due] = []
        after: Position | None = None
        while True:
            query = Query({"enabled": "true"}, oldest_first=True)
            page = await self._store.across(MAILBOXES).page(query, after, _PAGE)
            for it in page:
                is_free = it.lease is None or it.lease.until <= now
                if it.due <= now and is_free:
                    found.append(_Due(it.due, it.id, it.organization))
            if len(page) < _PAGE:
                return found
            after = Position(page[-1].created, page[-1].id)

    def _begin(self, due: _Due) -> None:
        task = asyncio.create_task(self._look_in_turn(due))
        self._looks[due.mailbox] = task
        task.add_done_callback(lambda _: self._looks.pop(due.mailbox, None))

    async def _look_in_turn(self, due: _Due) -> None:
        try:
            async with self._turns[due.organization], self._places:
                await self.look(due.mailbox)
        except Exception as error:  # noqa: BLE001 - one mailbox must never end the others' door
            self._log.warning("look_failed", error=type(error).__name__)

    async def look(self, mailbox_id: str) -> None:
        """Look into one mailbox, if it is due and nobody looks into its account."""
        now = await self._store.now()
        limits = self._parts.runtime.limits
        lease = Lease(token=new_id(), worker=self._parts.runtime.worker, until=now + limits.lease)
        mailboxes = self._store.across(MAILBOXES)
        try:
            mailbox = await mailboxes.change(mailbox_id, records.claim(lease, now))
        except AlreadyExistsError:
            return  # another folder of the account is being looked into
        if mailbox is None:
            return
        pause = timedelta(seconds=self._parts.pause)
        try:
            has_more = await self._visit(mailbox, lease)
        except LostLease:
            self._parts.mailboxes.looked("lost")
            return
        except DocstageError as error:
            self._parts.mailboxes.looked(error.code.value)
            self._log.info("mailbox_failed", error_code=error.code.value)
            problem = Problem(code=error.code.value, detail=error.detail)
            end = records.failed(problem, await self._store.now(), pause)
        except Exception as error:  # noqa: BLE001 - it is seen on the mailbox, and tried again
            self._parts.mailboxes.looked(Code.UNEXPECTED_ERROR.value)
            self._log.warning("look_failed", error=type(error).__name__)
            problem = Problem(code=Code.UNEXPECTED_ERROR.value)
            end = records.failed(problem, await self._store.now(), pause)
        else:
            self._parts.mailboxes.looked("ok")
            end = records.looked(await self._store.now(), timedelta(0) if has_more else pause)
        await mailboxes.change(mailbox_id, records.held(lease.token, end))

    async def _visit(self, mailbox: Mailbox, lease: Lease) -> bool:
        workspace = await self._workspace(mailbox)
        password = self._parts.passwords.open(mailbox.id, mailbox.password)
        server = MailServer(self._parts.dialler, mailbox)
        visit = Visit(self._visit_parts(), server, workspace, self._saving(mailbox.id, lease))
        self._visits.add(visit)
        beating = asyncio.create_task(self._beat(mailbox.id, lease, server))
        try:
            async with asyncio.timeout(self._parts.look_seconds):
                has_more = await visit.run(password)
            await self._reseal(mailbox, lease, password)
        except TimeoutError:
            detail = f"One look took longer than {self._parts.look_seconds:g} seconds."
            raise Permanent(Code.MAILBOX_UNREACHABLE, detail) from None
        finally:
            self._visits.discard(visit)
            beating.cancel()
            server.break_off()  # a thread may be waiting still
            await asyncio.gather(beating, return_exceptions=True)
        return has_more

    async def _workspace(self, mailbox: Mailbox) -> Workspace:
        organization = await self._store.across(ORGANIZATIONS).get(mailbox.organization)
        workspace = await self._store.across(WORKSPACES).get(mailbox.workspace)
        if organization is None or workspace is None:
            raise Permanent(Code.UNKNOWN_WORKSPACE)
        if organization.licence.state(await self._store.now()) is not LicenceState.VALID:
            raise Permanent(Code.NO_LICENCE)
        return workspace

    def _visit_parts(self) -> VisitParts:
        parts = self._parts
        return VisitParts(
            intake=parts.intake,
            spool=parts.spool,
            authentication=parts.authentication,
            metrics=parts.metrics,
            executor=self._executor,
            failpoints=parts.failpoints or Failpoints(),
            max_bytes=parts.max_bytes,
        )

    def _saving(
        self, mailbox_id: str, lease: Lease
    ) -> Callable[[Callable[[Mailbox], Mailbox]], asyncio.Future[Mailbox]]:
        async def save(change: Callable[[Mailbox], Mailbox]) -> Mailbox:
            mailboxes = self._store.across(MAILBOXES)
            stored = await mailboxes.change(mailbox_id, records.held(lease.token, change))
            if stored is None:
                stored = await mailboxes.get(mailbox_id)
            if stored is None or stored.lease is None or stored.lease.token != lease.token:
                raise LostLease
            return stored

        return lambda change: asyncio.ensure_future(save(change))

    async def _beat(self, mailbox_id: str, lease: Lease, server: MailServer) -> None:
        """Keep the lease; where it is lost, end the connection, and so the look."""
        limits, save = self._parts.runtime.limits, self._saving(mailbox_id, lease)
        while True:
            await asyncio.sleep(limits.beat)
            with contextlib.suppress(Transient):
                try:
                    await save(records.prolong(await self._store.now() + limits.lease))
                except LostLease:
                    server.break_off()
                    return

    async def _reseal(self, mailbox: Mailbox, lease: Lease, password: str) -> None:
        if self._parts.passwords.is_fresh(mailbox.password):
            return
        sealed = self._parts.passwords.close(mailbox.id, password)

        def change(it: Mailbox) -> Mailbox:
            is_same = it.password == mailbox.password
            return it.copy_with(password=sealed) if is_same else it

        await self._saving(mailbox.id, lease)(change)


def build_imap(process: Process, metrics: IntakeMetrics, load: Load | None = None) -> ImapDoor:
    """The IMAP door on the ports of a process."""
    settings = process.settings
    policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)
    parts = ImapParts(
        runtime=process.runtime,
        intake=Intake(process.store, process.blobs, process.outbox, metrics),
        spool=Spool(settings.spool, settings.imap_max_bytes),
        authentication=SenderAuthentication(DnsResolver()),
        passwords=Passwords.of(settings, process.secret),
        dialler=Dialler(policy, settings.imap_timeout),
        metrics=metrics,
        mailboxes=MailboxMetrics(process.registry),
        max_bytes=settings.imap_max_bytes,
        pause=settings.imap_seconds,
        look_seconds=settings.imap_look_timeout,
        at_a_time=settings.imap_concurrency,
        failpoints=process.failpoints,
        load=load,
    )
    return ImapDoor(parts)
