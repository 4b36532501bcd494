"""Mailboxes of other servers that an administrator has looked into: added, changed, removed."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address

from services.ingest.changes import change
from services.ingest.mailboxes import records
from services.ingest.mailboxes.passwords import Passwords
from services.ingest.mailboxes.wire import MAIL_PORTS
from services.ingest.workspaces import find_workspace
from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.targets import TargetPolicy
from shared.models.ids import new_id
from shared.models.mailbox import AfterTaking, Mailbox, MailboxSecurity, Progress, account_name
from shared.models.time import utc_now
from shared.store.collections import MAILBOXES
from shared.store.port import AlreadyExistsError, Query, Repository, Store, Tenant

MAX_MAILBOXES = 100
_PLACE = frozenset({"host", "port", "user", "folder"})
_TAKEN = "The organization has a mailbox of this server, user and folder already."


class MailboxRules:
    """What an administrator does to mailboxes; looking into them is somebody else's."""

    def __init__(self, store: Store, settings: Settings, secret: bytes) -> None:
        self._store = store
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)
        self._passwords = Passwords.of(settings, secret)

    def of(self, tenant: Tenant) -> Repository[Mailbox]:
        """The mailboxes that a tenant sees."""
        return self._store.of(tenant, MAILBOXES)

    async def add(
        self,
        principal: Principal,
        workspace: str,
        password: str,
        make: Callable[[str, str, str], Mailbox],
    ) -> Mailbox:
        """One more mailbox; ``make`` is given its id, its workspace's, and the sealed password.

        Raises ``Permanent``: UNKNOWN_WORKSPACE, INCOHERENT_DATA, TARGET_BLOCKED, CONFLICT.
        """
        place, identity = await find_workspace(self._store, principal, workspace), new_id()
        mailbox = make(identity, place.id, self._passwords.close(identity, password))
        self._check(mailbox)
        mailboxes = self.of(principal.tenant)
        if await mailboxes.count(Query({"workspace": place.id}), MAX_MAILBOXES) >= MAX_MAILBOXES:
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_MAILBOXES} mailboxes.")
        try:
            await mailboxes.insert(mailbox)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None
        return mailbox

    async def change(
        self, tenant: Tenant, identity: str, given: Mapping[str, object], password: str | None
    ) -> Mailbox:
        """Another server, password, folder or rule; pause or resume.

        Raises ``Permanent``: NOT_FOUND, INCOHERENT_DATA, TARGET_BLOCKED, CONFLICT.
        """

        def step(mailbox: Mailbox) -> Mailbox:
            changed = self._changed(mailbox, dict(given), password)
            self._check(changed)
            return changed

        try:
            return await change(self.of(tenant), identity, step)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None

    async def look(self, tenant: Tenant, identity: str) -> Mailbox:
        """Look into it soon, and try again what was left out. Raises ``Permanent(NOT_FOUND)``."""
        return await change(self.of(tenant), identity, records.asked_for(utc_now()))

    async def remove(self, tenant: Tenant, identity: str) -> None:
        """Look into it no more; its documents stay. Raises ``Permanent(NOT_FOUND)``."""
        if not await self.of(tenant).delete(identity):
            raise Permanent(Code.NOT_FOUND)

    def _changed(self, mailbox: Mailbox, given: dict[str, object], password: str | None) -> Mailbox:
        if password is not None:
            given["password"] = self._passwords.close(mailbox.id, password)
        # Who looks just now, looks by the old rule: without its lease it writes nothing more.
        changed = mailbox.released(**given, due=utc_now(), failures=0)
        if not any(getattr(changed, name) != getattr(mailbox, name) for name in _PLACE):
            return changed
        account = account_name(changed.host, changed.port, changed.user, changed.folder)
        return changed.copy_with(
            account=account, progress=Progress(), troubled=[], left_out=[], problem=None
        )

    def _check(self, mailbox: Mailbox) -> None:
        if (mailbox.after is AfterTaking.MOVE) != (mailbox.move_to is not None):
            raise Permanent(Code.INCOHERENT_DATA, "`move_to` goes with `after` `move`.")
        try:
            address = str(ip_address(mailbox.host))
        except ValueError:
            return  # a name is looked at where it is dialled
        if mailbox.security is MailboxSecurity.NONE:
            allowed = self._policy.is_named(address)
        else:
            allowed = self._policy.allows(address, mailbox.port, MAIL_PORTS)
        if not allowed:
            raise Permanent(Code.TARGET_BLOCKED)
