"""Failpoints: there is one at each step, they go off when asked to, and never in production."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.models.work import StageName
from shared.stages.failpoints import (
    PRODUCTION,
    STEPS,
    VARIABLE,
    Failpoints,
    FailpointsRefusedError,
)

ROOT = Path(__file__).resolve().parents[2]
_RECIPE = ["I1", "I2", "I3", "I4", "I5", "I6", "S1", "S2", "S3", "S4", "S5", "S6", "S7"]
_NOTIFY = ["N1", "N2", "N3", "N4"]
_REACH = re.compile(r'reach\(\s*(?:message, |held\.message, )?"([^"]+)"')
_NAMED = re.compile(r'f"\{message\.stage\.value\}\.(\w+)"')


def test_every_step_of_the_recipe_has_one() -> None:
    assert set(STEPS) >= {*_RECIPE, *_NOTIFY, "relay", "sweeper"}
    assert all(STEPS.values())
    for step in ("S1", "S2", "S3", "S5", "S6", "S7"):
        stages = {name.partition(".")[0] for name in STEPS[step]}
        assert stages == {it.value for it in StageName if it is not StageName.NOTIFY}, step


def test_each_is_in_the_code() -> None:
    passed: set[tuple[tuple[str, ...], str]] = set()
    for path in [*ROOT.glob("shared/**/*.py"), *ROOT.glob("services/**/*.py")]:
        folder = path.relative_to(ROOT).parts[:2]
        text = path.read_text()
        passed |= {(folder, name) for name in _REACH.findall(text) + _NAMED.findall(text)}
    anywhere = {name for _, name in passed}
    for name in (it for names in STEPS.values() for it in names):
        stage, _, step = name.partition(".")
        own = ("services", "ingest" if stage in ("fetch", "unpack") else stage)
        in_runtime = (("shared", "stages"), step) in passed
        assert name in anywhere or in_runtime or (own, step) in passed, name
    known = {it for names in STEPS.values() for it in names}
    for name in anywhere:
        assert name in known or any(it.endswith(f".{name}") for it in known), name


async def test_nth_passing_and_subject() -> None:
    points = Failpoints("a=raise@2;b=raise#D1")
    await points.reach("a")
    with pytest.raises(RuntimeError):
        await points.reach("a")
    await points.reach("a")
    await points.reach("b", "D2")
    with pytest.raises(RuntimeError):
        await points.reach("b", "D1")


async def test_a_file_of_rules_may_change_and_tells_what_went_off(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    points = Failpoints(file=rules)
    await points.reach("a")
    rules.write_text("a=sleep:0.01;c=raise")
    await asyncio.wait_for(points.reach("a"), 60)
    with pytest.raises(RuntimeError):
        await points.reach("c")
    fresh = tmp_path / "fresh"
    fresh.write_text("")
    fresh.replace(rules)
    await points.reach("c")
    assert (tmp_path / "rules.log").read_text().split() == ["a", "c"]


async def test_a_hold_lasts_until_its_rule_is_gone(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("a=hold")
    passing = asyncio.create_task(Failpoints(file=rules).reach("a"))
    await asyncio.sleep(0.2)
    assert not passing.done()
    rules.unlink()
    await asyncio.wait_for(passing, 60)


def test_kill_is_kill_9() -> None:
    code = "import asyncio; from shared.stages.failpoints import Failpoints as F; "
    code += "asyncio.run(F('a=kill').reach('a'))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)  # noqa: S603 - ours
    assert ended.returncode == -9


def test_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a=kill")
    monkeypatch.setenv(PRODUCTION, "1")
    with pytest.raises(FailpointsRefusedError):
        Failpoints.from_environment()
    monkeypatch.setenv(PRODUCTION, "0")
    Failpoints.from_environment()


def test_a_process_in_production_does_not_start_with_failpoints(tmp_path: Path) -> None:
    environment = {
        VARIABLE: "ocr.claimed=kill",
        PRODUCTION: "1",
        "DOCSTAGE_DATA_DIR": str(tmp_path),
        "DOCSTAGE_BROKER_URL": "amqp://nobody.invalid",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", "run", "notify"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert VARIABLE in ended.stderr


def test_images_are_in_production() -> None:
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    assert f"{PRODUCTION}=1" in dockerfile
    assert VARIABLE not in dockerfile
