"""The wheel, built for real: what images install is what the repository holds."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files in a wheel built from a copy, so that no older build's leavings get in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    command = [*build, "--quiet", "--wheel-dir", target, source]
    subprocess.run(command, check=True, timeout=120)  # noqa: S603 - our own pip on our own code
    (path,) = target.glob("docstage-*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_holds_every_file_of_the_packages(wheel: set[str]) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {name for name in wheel if ".dist-info/" not in name} == here


def test_the_wheel_carries_its_licence(wheel: set[str]) -> None:
    licences = {name.rsplit("/", 1)[1] for name in wheel if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}
