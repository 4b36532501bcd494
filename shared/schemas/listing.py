"""Tables of the built-in types for the docs: ``python -m shared.schemas.listing FILE``.

Writes the part of that file below its mark anew; a test holds the file against the schemas.
"""

import argparse
from pathlib import Path

from shared.models.rules import SumRule
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import built_in

MARK = "<!-- below: python -m shared.schemas.listing FILE -->"


def tables() -> str:
    """A heading and a table of fields for each built-in type, as Markdown."""
    return "\n".join(_of_type(schema) for schema in built_in().values())


def _of_type(schema: Schema) -> str:
    lines = [f"## {schema.title} (`{schema.name}`)", ""]
    if schema.titles:
        lines += [f"Known by titles such as {', '.join(schema.titles[:3])}.", ""]
    lines += ["| field | type | | |", "| --- | --- | --- | --- |"]
    for spec in schema.fields:
        lines.append(_line(spec, spec.name))
        lines += [_line(column, f"{spec.name}[].{column.name}") for column in spec.fields]
    return "\n".join(lines) + "\n"


def _line(spec: FieldSpec, name: str) -> str:
    marks = [
        mark
        for mark, holds in (
            ("required", spec.required),
            ("personal", spec.personal),
            ("derived", spec.derived),
            ("rule", bool(spec.rules)),
        )
        if holds
    ]
    said = spec.description.replace("|", "\\|")
    for rule in spec.rules:
        if isinstance(rule, SumRule):
            said += f"; must be the sum of {' and '.join(f'`{it}`' for it in rule.of)}"
    kind = "list of" if spec.type is FieldType.ROWS else spec.type
    return f"| `{name}` | {kind} | {', '.join(marks)} | {said} |"


def main() -> None:
    """Writes the tables into the file that is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", type=Path)
    file: Path = options.parse_args().file
    head, mark, _ = file.read_text("utf-8").partition(MARK)
    file.write_text(f"{head}{mark or MARK}\n\n{tables()}", "utf-8")


if __name__ == "__main__":
    main()
