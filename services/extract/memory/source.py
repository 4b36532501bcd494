"""Fetches the lessons in use, and keeps those fetched last."""

from collections import OrderedDict

import structlog

from shared.blobs.keys import training_key
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError
from shared.models.tenancy import Workspace

_KEPT = 64
"""Trainings in memory; one of two hundred documents is some 20 KB."""


class StoredLessons:
    """Lessons as JSON. What was learned under an id never changes, so it is fetched once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._log = structlog.get_logger("docstage.trainings")

    async def of(self, workspace: Workspace, requested: str | None) -> list[bytes]:
        """The lessons for documents of the workspace: of the type requested, or of all."""
        wanted = [
            training
            for type_name, training in workspace.trainings.items()
            if requested in (None, type_name)
        ]
        found = [await self._get(workspace, training) for training in wanted]
        return [it for it in found if it]

    async def _get(self, workspace: Workspace, training: str) -> bytes:
        """Empty where the training was removed a moment ago."""
        key = training_key(workspace.organization, workspace.id, training)
        if key not in self._kept:
            try:
                self._kept[key] = await self._blobs.get(key)
            except DocstageError as error:
                if error.code is not Code.BLOB_MISSING:
                    raise
                self._log.info("lessons_missing", target=training)
                return b""
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]
