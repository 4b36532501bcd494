"""The key to begin with: the operator's own, or a new one that is shown once."""

import os
from pathlib import Path

from services.ingest.tenants import bootstrap
from shared.config import Settings
from shared.http.keys import generate_key
from shared.store.collections import API_KEYS
from shared.store.port import Query, Store

KEY_FILE = "admin-key"


async def ensure_first_key(settings: Settings, store: Store, secret: bytes) -> str | None:
    """Make sure that somebody can administer the service.

    ``DOCSTAGE_BOOTSTRAP_KEY`` is taken verbatim. Without it, a store that has no key yet
    gets a new one, which is returned to be shown, and kept for this machine's user in
    ``admin-key`` in the data folder (mode 0600; may be deleted).
    """
    if settings.bootstrap_key is not None:
        await bootstrap(store, secret, settings.bootstrap_key.get_secret_value())
        return None
    if await store.across(API_KEYS).page(Query(), None, 1):
        return None
    key = generate_key(secret).key
    _keep(settings.data_dir / KEY_FILE, key)
    await bootstrap(store, secret, key)
    return key


def _keep(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
