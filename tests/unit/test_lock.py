"""The lock files against pyproject.toml: everything pinned, with digests, from nowhere special."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BASE = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
BENCH = PROJECT["project"]["optional-dependencies"]["bench"]
BUILD = PROJECT["dependency-groups"]["build"]


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each package; several where they differ by Python version."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.lock", BASE + BUILD),
        ("requirements-dev.lock", BASE + BUILD + DEV),
        ("requirements-bench.lock", BASE + BUILD + BENCH),
    ],
)
def test_each_requirement_is_pinned_to_a_version_that_satisfies_it(
    name: str, wanted: list[str]
) -> None:
    locked = pins(name)
    for requirement in map(Requirement, wanted):
        versions = locked[canonicalize_name(requirement.name)]
        assert all(
            requirement.specifier.contains(Version(one), prereleases=True) for one in versions
        )


@pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-bench.lock"])
def test_the_files_agree(name: str) -> None:
    base, more = pins("requirements.lock"), pins(name)
    assert base.items() <= more.items()
    for package in more.keys() & pins("requirements-dev.lock").keys():
        assert more[package] == pins("requirements-dev.lock")[package]


def test_the_build_group_is_what_the_build_needs() -> None:
    assert PROJECT["build-system"]["requires"] == BUILD


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock"]
)
def test_every_pin_has_digests_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^--(?!hash)", text, re.MULTILINE)
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_base_is_free_of_torch() -> None:
    assert not {"torch", "torchvision", "easyocr"} & set(pins("requirements.lock"))
