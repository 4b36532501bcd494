"""A mail server that hands on a message until the other side has taken it."""

import asyncio
import hashlib
import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Self
from uuid import uuid4

from tests.faults.driver import PAUSE, File
from tests.faults.evidence import Upload
from tests.faults.scene import Scene

_SENDER = "a@example.net"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends to the address of a scene's workspace."""

    scene: Scene
    address: str

    @classmethod
    async def of(cls, scene: Scene) -> Self:
        """One for a scene."""
        found = (await scene.api.get("/api/v1/workspaces"))["workspaces"]
        shown = await scene.api.get(f"/api/v1/workspaces/{found[0]['id']}/address")
        return cls(scene, shown["address"])

    async def send(self, files: Sequence[File]) -> bool:
        """Send a message with attachments, again and again; whether it was taken."""
        content = _message(files)
        upload = Upload(key=uuid4().hex, sha256=hashlib.sha256(content).hexdigest())
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            self.scene.journal.attempted(upload, "mail")
            if await asyncio.to_thread(self._hand_over, content):
                return True
            await asyncio.sleep(PAUSE)
        return False

    def _hand_over(self, content: bytes) -> bool:
        try:
            port = self.scene.world.mail_port
            with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
                client.sendmail(_SENDER, [self.address], content)
        except (smtplib.SMTPException, OSError):
            return False
        return True


def _message(files: Sequence[File]) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Subject"] = _SENDER, f"Files {uuid4().hex[:6]}"
    mail["Message-ID"] = f"<{uuid4().hex}@example.net>"
    mail.set_content("See the files.")
    for file in files:
        subtype = file.name.rpartition(".")[2]
        mail.add_attachment(
            file.content, maintype="application", subtype=subtype, filename=file.name
        )
    return mail.as_bytes()
