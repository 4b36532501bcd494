"""What the driver tried and was told, one JSON line each, on disk before the next thing happens."""

import json
import os
from pathlib import Path
from typing import Any

from shared.models.time import utc_now
from tests.faults.evidence import Upload


class Journal:
    """Appends; ``uploads`` reads it back as evidence, in the order things happened."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("ab", buffering=0)

    def attempted(self, upload: Upload, name: str = "") -> None:
        """Something is about to be sent."""
        self._write("attempted", upload, name=name)

    def answered(self, upload: Upload) -> None:
        """An answer came; its ``status`` and, where it was accepted, its ``document``."""
        self._write("answered", upload)

    def silent(self, upload: Upload, why: str) -> None:
        """No answer came, or not all of it."""
        self._write("silent", upload, why=why)

    def noted(self, **facts: Any) -> None:
        """Something else worth knowing, such as the fault itself."""
        line = {"at": utc_now().isoformat(), "kind": "noted", **facts}
        self._append(line)

    def lines(self) -> list[dict[str, Any]]:
        """All of it."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def uploads(self) -> list[Upload]:
        """Each answer, and each upload without one."""
        answers: list[Upload] = []
        open_ones: dict[str, Upload] = {}
        for line in self.lines():
            if line["kind"] == "noted":
                continue
            upload = Upload(**line["upload"])
            name = upload.key or upload.sha256 or upload.url or ""
            if line["kind"] == "answered":
                answers.append(upload)
                open_ones.pop(name, None)
            else:
                open_ones[name] = upload
        return [*answers, *open_ones.values()]

    def ended(self) -> int:
        """How many tries have come to an end, with an answer or without."""
        return sum(line["kind"] in {"answered", "silent"} for line in self.lines())

    def accepted(self) -> list[str]:
        """The ids of what was acknowledged, each once, in order."""
        ids = [it.document for it in self.uploads() if it.is_acknowledged and it.document]
        return list(dict.fromkeys(ids))

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, kind: str, upload: Upload, **more: str) -> None:
        facts = {
            "key": upload.key,
            "sha256": upload.sha256,
            "status": upload.status,
            "document": upload.document,
            "url": upload.url,
        }
        self._append({"at": utc_now().isoformat(), "kind": kind, "upload": facts, **more})

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        os.fsync(self._file.fileno())
