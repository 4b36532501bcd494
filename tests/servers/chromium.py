"""A Chromium without a screen: an installed one, else Debian's package unpacked."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.debian import unpacked_chromium
from tests.servers.process import Unavailable

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Chromium:
    """Where the program is, and what it needs in its environment."""

    program: Path
    env: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """One in PATH, else one in the cache, fetched at first use; ``Unavailable`` if neither."""
    for name in _NAMES:
        found = shutil.which(name)
        if found is not None:
            return Chromium(Path(found))
    root = unpacked_chromium()
    programs = sorted(root.glob("usr/lib/chromium/*headless*shell"))
    if not programs:
        raise Unavailable("the unpacked Chromium has no program")
    libraries = [str(it) for it in sorted(root.glob("usr/lib/*-linux-gnu*"))]
    libraries += [str(Path(it) / "pulseaudio") for it in libraries]
    return Chromium(
        programs[0],
        {
            "LD_LIBRARY_PATH": os.pathsep.join([*libraries, str(programs[0].parent)]),
            "FONTCONFIG_FILE": str(root / "fonts.conf"),
        },
    )
