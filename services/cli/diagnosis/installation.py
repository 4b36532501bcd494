"""What is installed: versions, and the networks that read pages."""

import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError

from services.cli.diagnosis.finding import Finding, Status, local
from services.cli.diagnosis.reading import engines, own_weights
from shared.config import Settings
from shared.http.health import version


def installation(settings: Settings | None) -> Iterator[Finding]:
    """All findings."""
    parts = (
        f"docstage {version()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"{platform.system()} {platform.machine()}",
    )
    yield local("versions", Status.OK, ", ".join(parts))
    if settings is not None:
        yield _models(settings.ocr_engine)
        yield engines(settings)
        yield from own_weights(settings)


def _models(engine: str) -> Finding:
    # Only who asks for them loads what knows them.
    from services.ocr import models  # noqa: PLC0415

    try:
        names = models.OF_ENGINE.get(engine, ())
        missing = [str(it) for it in names if not models.model_file(it).exists()]
    except PackageNotFoundError:
        return local("models", Status.SKIPPED, "this installation reads no pages")
    where = f"for engine {engine}, in {models.cache_folder()}"
    if missing:
        advice = "'docstage models warm' builds them; 'docstage up' does it at its start."
        return local("models", Status.WARNING, f"not built: {', '.join(missing)} {where}", advice)
    return local("models", Status.OK, f"{len(names)} built, {where}")
