"""Ingest addresses: who knows one may send documents into its workspace.

The local part is the workspace's id and a code of 112 bits that only the server's secret
makes, in base32, as mail systems may change upper and lower case. Nothing of it is stored, so
it can be shown again, and a copy of the database tells nobody where to send.
"""

import base64
import binascii
import hmac
import uuid
from datetime import datetime

from shared.http.keys import derive_secret
from shared.models.tenancy import Workspace
from shared.store.collections import WORKSPACES
from shared.store.port import Store

_ID_BYTES = 16
_CODE_BYTES = 14
_LENGTH = (_ID_BYTES + _CODE_BYTES) * 8 // 5


class Addresses:
    """Writes and reads the addresses of all workspaces under one mail domain."""

    def __init__(self, secret: bytes, domain: str) -> None:
        self._secret = derive_secret(secret, "ingest-addresses")
        self.domain = domain.lower()

    def write(self, workspace: Workspace, generation: int | None = None) -> str:
        """A workspace's address: the present one, or that of a generation."""
        number = workspace.address.generation if generation is None else generation
        identity = uuid.UUID(workspace.id).bytes
        token = base64.b32encode(identity + self._code(identity, number)).decode().lower()
        return f"{token}@{self.domain}"

    async def find(self, store: Store, address: str, now: datetime) -> Workspace | None:
        """The workspace that an address is good for.

        Whatever is wrong with it gives the same ``None``. Raises ``Transient`` when the store
        does not answer.
        """
        token, _, domain = address.rpartition("@")
        if domain.lower().rstrip(".") != self.domain or len(token) != _LENGTH:
            return None
        try:
            given = base64.b32decode(token.upper())
        except (binascii.Error, ValueError):
            return None
        identity, code = given[:_ID_BYTES], given[_ID_BYTES:]
        workspace = await store.across(WORKSPACES).get(str(uuid.UUID(bytes=identity)))
        if workspace is None:
            return None
        state = workspace.address
        for number in (state.generation, *(it.generation for it in state.former)):
            if hmac.compare_digest(code, self._code(identity, number)):
                return workspace if state.is_good(number, now) else None
        return None

    def _code(self, identity: bytes, generation: int) -> bytes:
        message = identity + generation.to_bytes(8, "big")
        return hmac.digest(self._secret, message, "sha256")[:_CODE_BYTES]
