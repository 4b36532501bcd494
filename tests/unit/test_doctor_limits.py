"""``docstage doctor`` on what the system lets processes have."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.diagnosis import limits as module
from services.cli.diagnosis.finding import Status
from services.cli.diagnosis.limits import limits
from shared.config import Settings


def found(name: str, **changes: object) -> tuple[Status, str]:
    settings = Settings(_env_file=None, **changes)  # type: ignore[arg-type]
    (finding,) = [it for it in limits(settings) if it.name == name]
    assert (finding.status is Status.OK) == (not finding.advice)
    return finding.status, finding.advice


@pytest.mark.parametrize(("most", "status"), [(256, "failure"), (1024, "warning"), (4096, "ok")])
def test_few_open_files_are_told_of_and_processes_take_all_they_may(most: int, status: str) -> None:
    script = f"""
import resource
from services.cli.diagnosis.limits import limits
from shared.config import Settings
from shared.serve import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (128, {most}))
print(next(iter(limits(Settings(_env_file=None)))).status)
allow_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    ran = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == [status, str(most)]


def test_more_children_than_memory_holds_are_told_of_with_how_many_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "memory.max"
    monkeypatch.setattr(module, "_CGROUP", (tmp_path / "none", share))
    share.write_text("max\n")
    assert found("memory", workers=1)[0] is Status.OK
    share.write_text(str(1536 * 1024**2))
    assert found("memory", workers=3)[0] is Status.OK
    status, advice = found("memory", workers=8)
    assert (status, "DOCSTAGE_WORKERS=3" in advice) == (Status.WARNING, True)


def test_a_full_temporary_folder_is_told_of() -> None:
    assert found("scratch", max_file_bytes=1)[0] is Status.OK
    assert found("scratch", max_file_bytes=1 << 60)[0] is Status.WARNING
