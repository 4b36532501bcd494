"""What building the images would do, without a container engine: their commands, in a folder.

    python -m deploy.docker.rehearse [--folder DIR]

Reads the Dockerfile, and carries out ``ENV``, ``WORKDIR``, ``COPY`` and ``RUN`` of the stages from
``dependencies`` on, with ``/opt`` and ``/src`` below the folder. Then it runs what the images would
run: the command's help with each interpreter, what ``ocr`` has that the others have not, sizes, and
the SBOM. It fails where ``deploy/README.md`` tells other sizes. Not rehearsed: the base image,
users, and what a container engine does with them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGES = ("dependencies", "build", "models", "without-weights")
OCR, OTHERS = "ocr", "ingest, extract, notify"
_OFF = 0.05
"""What deploy/README.md says of sizes may be so far from them."""
_MIB = 1024 * 1024


@dataclass
class Rehearsal:
    """A file system below ``folder``, and the environment so far."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = "/"

    def run(self, command: str) -> str:
        """A shell's output; raises ``CalledProcessError`` when it fails."""
        paths = f"{self.folder}/opt/docstage/bin:{os.environ['PATH']}"
        environment = {"HOME": str(self.folder), **self.environment, "PATH": paths}
        done = subprocess.run(
            ["/bin/sh", "-c", self.there(command)],
            cwd=self.there(self.directory),
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def there(self, text: str) -> str:
        """Paths of the image as paths below the folder."""
        return re.sub(r"(?<![\w/.])/(opt|src)\b", rf"{self.folder}/\1", text)

    def step(self, instruction: str, rest: str) -> None:
        """One instruction of the Dockerfile."""
        if instruction == "ENV":
            self.environment |= {
                name: self.there(value) for name, value in re.findall(r"(\w+)=(\S+)", rest)
            }
        elif instruction == "WORKDIR":
            self.directory = rest
            Path(self.there(rest)).mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            *sources, target = rest.split()
            for source in sources:
                self._copy(ROOT / source, Path(self.there(f"{self.directory}/{target}")))
        elif instruction == "RUN":
            self.run(rest)

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def instructions(stage: str) -> Iterator[tuple[str, str]]:
    """The instructions of a stage, lines joined."""
    text = (ROOT / "deploy/docker/Dockerfile").read_text().replace("\\\n", " ")
    body = re.split(rf"^FROM \S+ AS {stage}\n", text, flags=re.MULTILINE)[1]
    body = re.split(r"^FROM ", body, flags=re.MULTILINE)[0]
    for line in body.splitlines():
        if line.strip() and not line.startswith("#"):
            instruction, rest = line.split(maxsplit=1)
            yield instruction, rest


def mebibytes(folder: Path) -> int:
    """What lies in a folder."""
    files = (it for it in folder.rglob("*") if it.is_file() and not it.is_symlink())
    return round(sum(it.stat().st_size for it in files) / _MIB)


def stated(readme: str) -> dict[str, int]:
    """The MiB of packages that ``deploy/README.md`` gives the images; ``SystemExit`` if none."""
    found = re.search(
        r"(\d+) MiB of packages without torch in each image, (\d+) MiB in `ocr`", readme
    )
    if found is None:
        raise SystemExit("deploy/README.md does not say how large the images are")
    return {OTHERS: int(found[1]), OCR: int(found[2])}


def check_stated(readme: str, measured: dict[str, int]) -> None:
    """Raise ``SystemExit`` where what is written is far from what was measured."""
    for name, size in stated(readme).items():
        if abs(size - measured[name]) > _OFF * measured[name]:
            raise SystemExit(f"deploy/README.md says {size} MiB of {name}: it is {measured[name]}")


def tell(rehearsal: Rehearsal, name: str) -> int:
    """Check and describe what an image of this state would hold; its packages' MiB."""
    rehearsal.run("docstage run --help")
    packages = rehearsal.run("pip list --format=freeze").split()
    names = {it.split("==")[0].lower() for it in packages}
    for unwanted in ("torch", "easyocr", "opencv-python", "pytest"):
        if unwanted in names:
            raise SystemExit(f"{name} carries {unwanted}")
    size = mebibytes(rehearsal.folder / "opt/docstage")
    print(f"{name}: {len(names)} packages, {size} MiB, no torch", flush=True)
    return size


def main() -> None:
    """Rehearse all stages, and say what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, help="to keep what was built")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        rehearsal, sizes = Rehearsal(folder), dict[str, int]()
        for stage in STAGES:
            print(f"stage {stage}", file=sys.stderr, flush=True)
            for instruction, rest in instructions(stage):
                rehearsal.step(instruction, rest)
            if stage == "models":
                sizes[OCR] = tell(rehearsal, OCR)
                print(f"models: {mebibytes(folder / 'opt/models')} MiB")
        sizes[OTHERS] = tell(rehearsal, OTHERS)
        bill = json.loads((folder / "opt/docstage/sbom.cdx.json").read_text())
        print(f"SBOM: {bill['specVersion']}, {len(bill['components'])} components")
    check_stated((ROOT / "deploy/README.md").read_text(), sizes)


if __name__ == "__main__":
    main()
