"""The Dockerfile, the build context and the settings example against the code."""

import re
import tomllib
from pathlib import Path

import pytest

from deploy.docker.rehearse import check_stated, stated
from services.cli.run import SERVICES
from shared.config import Settings
from shared.stages.failpoints import PRODUCTION

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text()
UNPREFIXED = {"DOCSTAGE_MODEL_CACHE"}
"""Read outside the settings, by child processes too."""


def stages() -> dict[str, tuple[str, str]]:
    """Each build stage's base and body."""
    parts = re.split(r"^FROM (\S+) AS (\S+)\n", DOCKERFILE, flags=re.MULTILINE)[1:]
    return {
        name: (base, body)
        for base, name, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


def variables() -> set[str]:
    return {f"DOCSTAGE_{name.upper()}" for name in Settings.model_fields} | UNPREFIXED


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_each_service_has_a_target_that_runs_it(service: str) -> None:
    base, body = stages()[service]
    assert base == "runtime"
    assert f'CMD ["{service}"]' in body
    assert 'ENTRYPOINT ["docstage", "run"]' in stages()["runtime"][1]


def test_images_run_as_a_numbered_user_and_say_whether_they_are_well() -> None:
    _, runtime = stages()["runtime"]
    assert re.search(r"^USER 10001:10001$", runtime, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\n.*/livez", runtime, re.MULTILINE)
    assert not any("USER " in stages()[service][1] for service in SERVICES)


def test_only_the_ocr_image_holds_weights() -> None:
    with_models = {name for name in SERVICES if "--from=models" in stages()[name][1]}
    assert with_models == {"ocr"}
    for name in set(SERVICES) - with_models:
        assert "COPY --from=without-weights /opt/docstage" in stages()[name][1]
    weights = re.search(r"pip uninstall --yes (\S+)", stages()["without-weights"][1])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert weights
    assert any(one.startswith(f"{weights[1]}==") for one in project["dependencies"])


def test_base_images_are_tagged() -> None:
    known = set(stages())
    for base, _ in stages().values():
        assert base in known or re.fullmatch(r"python:\d+\.\d+-slim", base)


def test_the_build_context_holds_what_is_copied_and_no_secrets() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in line.split()
    }
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


def test_variables_of_the_images_are_settings() -> None:
    # Which is for failpoints, and so for tests alone, whatever else an operator sets.
    assert set(re.findall(r"DOCSTAGE_[A-Z_]+", DOCKERFILE)) <= variables() | {PRODUCTION}


def test_the_settings_example_names_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line[1:].split("=", 1) for line in lines if line.startswith("#DOCSTAGE_"))
    assert set(shown) == variables()
    for name, field in Settings.model_fields.items():
        text = shown[f"DOCSTAGE_{name.upper()}"]
        default = field.get_default()
        if text:
            assert type(default)(text) == default, name
        else:
            assert default in ("", None), name


def test_sizes_that_are_written_down_are_held_against_the_measured_ones() -> None:
    readme = (ROOT / "deploy/README.md").read_text()
    written = stated(readme)
    check_stated(readme, written)
    for name, size in written.items():
        check_stated(readme, {**written, name: round(1.04 * size)})
        with pytest.raises(SystemExit, match=f"{size} MiB of {name}: it is"):
            check_stated(readme, {**written, name: round(1.1 * size)})
    with pytest.raises(SystemExit, match="does not say"):
        stated("The images are small.")
