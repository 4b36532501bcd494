"""Word and Excel files from before 2007: LibreOffice, where it is installed, makes PDF of them.

It runs in a folder of its own, without a profile, under the limits of the child that starts it
and in its process group: when it takes too long, all of it is ended together.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.ocr.office.kinds import OLD_EXCEL, OLD_WORD
from shared.errors import Code, Permanent

_PROGRAMS = ("soffice", "libreoffice")
_ENDINGS = {OLD_WORD: "doc", OLD_EXCEL: "xls"}


def converted(path: str, media_type: str) -> bytes:
    """The file at ``path`` as PDF.

    Raises:
        Permanent: ``CONVERTER_MISSING``, or ``FILE_CORRUPT`` (LibreOffice makes nothing of it).
    """
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise Permanent(Code.CONVERTER_MISSING)
    with tempfile.TemporaryDirectory(prefix="docstage-") as folder:
        source = Path(folder, f"document.{_ENDINGS[media_type]}")
        shutil.copyfile(path, source)
        command = [
            program, "--headless", "--norestore", "--nolockcheck", "--nodefault",
            f"-env:UserInstallation=file://{folder}/profile",
            "--convert-to", "pdf", "--outdir", folder, str(source),
        ]  # fmt: skip
        subprocess.run(  # noqa: S603 (no shell, and a program that which() found)
            command,
            cwd=folder,
            env={**os.environ, "HOME": folder, "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # its status says little; the file is there or is not
        )
        made = source.with_suffix(".pdf")
        if not made.is_file():
            raise Permanent(Code.FILE_CORRUPT, "LibreOffice cannot open the file.")
        return made.read_bytes()
