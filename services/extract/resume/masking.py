"""The text of a résumé without what says whose it is."""

from collections.abc import Mapping, Sequence

from services.extract.finders import Found, FoundRow
from services.extract.grounding import field_of
from services.extract.resume.lines import Line
from services.extract.resume.texts import whole_text
from services.extract.schemas import built_in
from shared.models.extraction import Fields
from shared.personal import PlacedText, personal_of, personal_words

_SCHEMA = "resume"


def masked_text(
    lines: Sequence[Line], values: Mapping[str, Found], tables: Mapping[str, list[FoundRow]]
) -> str:
    """All lines with ``****`` for personal words: ``values`` and ``tables`` by their fields."""
    schema = built_in()[_SCHEMA]
    fields: Fields = {name: field_of(found) for name, found in values.items()}
    for spec in schema.fields:
        if spec.name in tables:
            names = {column.concept: column.name for column in spec.fields}
            fields[spec.name] = [
                {names[it]: field_of(found) for it, found in row.items() if it in names}
                for row in tables[spec.name]
            ]
    personal = personal_of(schema, fields)
    masked: set[int] = set()
    for page in dict.fromkeys(line.page for line in lines):
        tokens = [token for line in lines if line.page == page for token in line.tokens]
        words = [PlacedText(it.text, *it.own, it.confidence >= 1) for it in tokens]
        masked.update(tokens[at].index for at in personal_words(page, words, personal))
    return whole_text(lines, masked)
