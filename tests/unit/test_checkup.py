"""The doctor that looks at a gateway's machine: what it is told, and what if it says nothing."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.ingest import checkup
from services.ingest.checkup import Checkup, FindingStatus, as_environment
from shared.config import Settings
from shared.errors import Code, Transient


def test_it_is_told_what_was_set_and_no_secret(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, port=0, secret="not for the process table 12345678"
    )
    told = as_environment(settings)
    assert told["DOCSTAGE_DATA_DIR"] == os.fspath(tmp_path)
    assert told["DOCSTAGE_PORT"] == "0"
    assert not any("process table" in it for it in told.values())


async def test_what_it_says_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    said = '{"findings": [{"name": "disk", "status": "warning", "detail": "full"}]}'
    monkeypatch.setattr(checkup, "_COMMAND", ("-c", f"print({said!r}); exit(1)"))
    (found,) = await Checkup(Settings(_env_file=None)).findings()
    assert (found.name, found.status) == ("disk", FindingStatus.WARNING)


async def test_one_that_dies_is_no_check_up_and_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_COMMAND", ("-c", "exit(3)"))
    with capture_logs() as logged, pytest.raises(Transient) as trouble:
        await Checkup(Settings(_env_file=None)).findings()
    assert trouble.value.code is Code.NOT_READY
    assert [(it["event"], it["status"]) for it in logged] == [("checkup_not_understood", 3)]


async def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_COMMAND", ("-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(checkup, "_SECONDS", 0.1)
    with capture_logs() as logged, pytest.raises(Transient):
        await Checkup(Settings(_env_file=None)).findings()
    assert [it["event"] for it in logged] == ["checkup_not_through"]
