"""Definitions of document types as files: YAML or JSON, to be written and read by people."""

import json
from pathlib import Path
from typing import Any

import yaml

from services.cli.failures import CliError
from services.cli.printable import printable

MAX_BYTES = 1024 * 1024
_SERVERS = frozenset({"version", "built_in", "links"})
"""What the server says of a type and is not told."""


def read_definition(path: Path) -> dict[str, Any]:
    """The definition in a file, by whose name a type without one is called.

    Raises ``CliError`` for what cannot be read as one.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CliError(f"{printable(str(path))} is no definition of a type: it is too large.")
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise CliError(f"{printable(str(path))} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise CliError(f"{printable(str(path))} is neither YAML nor JSON: {detail}") from None
    if not isinstance(found, dict) or not isinstance(found.get("fields"), list):
        raise CliError(f"{printable(str(path))} has no list of fields.")
    definition = {name: it for name, it in found.items() if name not in _SERVERS}
    return {"name": path.stem, **definition}


def written(kind: dict[str, Any], *, as_json: bool) -> str:
    """A type as the server shows it, as the text of a file; what is empty is left out."""
    definition = _bare({name: it for name, it in kind.items() if name not in _SERVERS})
    if as_json:
        return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"
    return str(yaml.safe_dump(definition, sort_keys=False, allow_unicode=True, width=100))


def _bare(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_bare(it) for it in value]
    if not isinstance(value, dict):
        return value
    bare = {name: _bare(it) for name, it in value.items()}
    return {name: it for name, it in bare.items() if it not in (None, "", [], {}, False)}
