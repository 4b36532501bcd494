"""The built-in engine: labels, layout and arithmetic; offline and without a model service."""

from collections.abc import Sequence

from services.extract.answers import TABLES, Answers
from services.extract.boxes import Choice, choices_and_crosses, ticked, yes_or_no
from services.extract.business import TABLES as BUSINESS_TABLES
from services.extract.business import Asked, find_asked, is_told
from services.extract.business.asked import SchemaLabels
from services.extract.calibrate import legibility
from services.extract.finders import Found
from services.extract.finders.labelled import find_labelled
from services.extract.finders.under_head import find_under_head
from services.extract.grounding import field_of
from services.extract.induction.matching import match_fields
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import phrases
from services.extract.lexicon.trade_parties import trade_parties
from services.extract.mapping import LINE_COLUMNS, TOLD_BY_TYPE, column_of, concept_of, own_labels
from services.extract.naming import concept_named
from services.extract.reading import Reading
from services.extract.resume import RESUME_TABLES
from services.extract.sheet import Token, boxes_of
from services.extract.tables.listed import find_list
from services.extract.tables.ordered import find_ordered_rows
from services.extract.tables.unheaded import find_rows_in_order
from services.extract.wording import compact, split_name
from shared.models.extraction import Field, Fields, Row
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType, Schema

LINE_ITEMS = "line_items"
_NO_TEXT = frozenset({FieldType.ROWS, FieldType.BOOLEAN})
_CUSTOMER = "customer_name"
_TICKED = 0.85  # how often what a box says is right: an assumption


class LayoutEngine:
    """Finds values by what stands around them on the page."""

    name = "layout/1"

    def find(self, answers: Answers, schema: Schema) -> Fields:
        """The fields of ``schema`` that the document bears out; absent ones are left out."""
        fields: Fields = {}
        if not answers.reading.sheet.tokens:
            return fields
        labels = _labels_on(answers, schema)
        others = labels.whole
        found_by_name: dict[str, Found] = {}
        fields |= _truths(answers.reading, schema, others)
        for spec in schema.fields:
            if spec.type == FieldType.BOOLEAN:
                continue
            asked = Asked(answers, spec, tuple(schema.fields), labels, titled=bool(schema.titles))
            if spec.type == FieldType.ROWS:
                fields[spec.name] = _rows_of(asked)
                continue
            found = find_asked(asked) if is_told(asked) else self._find(answers, spec, others)
            if found is not None:
                found_by_name[spec.name] = found
        found_by_name |= _in_other_words(answers, schema, found_by_name)
        kinds = {spec.name: spec.type for spec in schema.fields}
        return fields | {
            name: field_of(found, kinds[name]) for name, found in found_by_name.items()
        }

    def _find(self, answers: Answers, spec: FieldSpec, others: frozenset[int]) -> Found | None:
        reading, concept = answers.reading, concept_of(spec, answers.concepts)
        if concept == _CUSTOMER and _is_elsewhere(spec, reading):
            concept = None
        if spec.type in TOLD_BY_TYPE and spec.synonyms and spec.concept is None:
            # A document may have several of the kind: the one with this label is meant.
            found = find_labelled(reading, spec.type, own_labels(spec), spec.name, others)
            found = found or find_under_head(reading, spec, others)
            if found is not None:
                return found
        if spec.synonyms and spec.concept is None and _is_told_by_label(spec, answers):
            labels = own_labels(spec)
            found = find_labelled(reading, spec.type, labels, spec.name, others, trusted=_stands)
            found = found or find_under_head(reading, spec, others)
            if found is not None:
                return found
        if concept in answers.concepts:
            found = answers.find(concept)
            if found is not None or not (spec.synonyms or _is_guess(spec, answers)):
                return found
            if spec.concept is not None:
                return None
        own = find_labelled(reading, spec.type, own_labels(spec), spec.name, others)
        own = own or find_under_head(reading, spec, others)
        if concept is None or (own is not None and spec.synonyms):  # its label as it is printed
            return own
        return find_labelled(reading, spec.type, None, concept, others) or own


def _is_elsewhere(spec: FieldSpec, reading: Reading) -> bool:
    """Whether a party of another trade is asked for, which no label on the page names.

    The tenant or policy holder is the customer where bills say so, and nobody on those that do not.
    """
    words = {compact(split_name(it)) for it in (spec.name, *spec.synonyms)}
    asked = spec.concept is None and not words.isdisjoint(trade_parties())
    return asked and not LabelMap(reading.sheet, own_labels(spec)).all()


def _is_told_by_label(spec: FieldSpec, answers: Answers) -> bool:
    """Whether a label that is printed says more than what a field's name seems to mean."""
    return answers.by_labels or _is_guess(spec, answers)


def _stands(hit: Hit) -> bool:
    """Whether a label stands by itself, as none does within a sentence or another label."""
    return hit.opens and hit.closes


def _truths(reading: Reading, schema: Schema, others: frozenset[int]) -> Fields:
    """The fields that are true or false."""
    asked = [spec for spec in schema.fields if spec.type == FieldType.BOOLEAN]
    choices = choices_and_crosses(reading) if asked else []
    names = {spec.name: [split_name(spec.name), *spec.synonyms] for spec in asked}
    found = {
        spec.name: _truth(reading, choices, spec, others, _of_others(names, spec)) for spec in asked
    }
    return {name: it for name, it in found.items() if it is not None}


def _of_others(names: dict[str, list[str]], spec: FieldSpec) -> list[str]:
    """What the other fields that are true or false are called."""
    return [label for name, labels in names.items() if name != spec.name for label in labels]


def _truth(
    reading: Reading,
    choices: list[Choice],
    spec: FieldSpec,
    others: frozenset[int],
    rivals: list[str],
) -> Field | None:
    """What a check box says, or a yes or no behind the label."""
    labels = own_labels(spec)
    choice = ticked(choices, [split_name(spec.name), *spec.synonyms], rivals)
    if choice is not None:
        chance = _TICKED * legibility(choice.tokens)
        return None if choice.value is None else _told(choice.value, choice.tokens, chance)
    found = find_labelled(reading, FieldType.TEXT, labels, spec.name, others)
    value = None if found is None else yes_or_no(found.value)
    return None if found is None or value is None else _told(value, found.tokens, found.confidence)


def _told(value: bool, tokens: list[Token], chance: float) -> Field:  # noqa: FBT001 (the value)
    raw = " ".join(token.printed for token in tokens)
    return Field(value=value, raw=raw, confidence=round(chance, 4), boxes=boxes_of(tokens))


def _is_guess(spec: FieldSpec, answers: Answers) -> bool:
    """Whether only the words of a name tell its concept: what it asks for may be something else."""
    return spec.name not in answers.concepts and concept_named(spec.name, spec.type) is not None


def _labels_on(answers: Answers, schema: Schema) -> SchemaLabels:
    """The labels of the schema's fields."""
    specs = schema.fields
    heads = [column for spec in specs for column in spec.fields]
    hits, columns, more = (_hits(answers.reading, it) for it in (specs, heads, answers.others))
    whole = [hit for hit in (*hits, *columns, *more) if hit.opens and hit.closes]
    opening = [hit for hit in hits if hit.opens] + [hit for hit in more if hit.opens and hit.closes]
    return SchemaLabels(
        hits,
        frozenset(hit.tokens[0].index for hit in opening),
        frozenset(token.index for hit in whole for token in hit.tokens),
    )


def _hits(reading: Reading, specs: Sequence[FieldSpec]) -> list[Hit]:
    """Where the printed labels of fields stand."""
    named = phrases((label, spec.name) for spec in specs for label in spec.synonyms)
    return LabelMap(reading.sheet, named).all() if named.exact else []


def _rows_of(asked: Asked) -> list[Row]:
    """The rows of a field by the concept that it means, else by what describes its columns."""
    spec = asked.spec
    finder = BUSINESS_TABLES.get(spec.concept or "")
    if finder is not None:
        found = finder(asked)
        return [{name: field_of(cell) for name, cell in row.items()} for row in found]
    concept = concept_of(spec, TABLES)
    rows = _rows(asked.answers, spec, concept) if concept in TABLES else []
    # A résumé without publications has no other table that holds them.
    is_all = bool(rows) or spec.concept in RESUME_TABLES
    return rows if is_all else _described_rows(asked.answers, spec)


def _in_other_words(answers: Answers, schema: Schema, found: dict[str, Found]) -> dict[str, Found]:
    """The fields still missing of which nothing but their names is known."""
    missing = [
        spec
        for spec in schema.fields
        if spec.name not in found and spec.concept is None and spec.type not in _NO_TEXT
    ]
    if not missing:
        return {}
    taken = {token.index for each in found.values() for token in each.tokens}
    return match_fields(answers.reading, missing, taken)


def _described_rows(answers: Answers, spec: FieldSpec) -> list[Row]:
    """The rows of a table that nothing but its columns' names describe."""
    is_list = len(spec.fields) == 1 and spec.fields[0].name == LIST_ITEM
    find = find_list if is_list else find_ordered_rows
    rows = find(answers.reading, spec) or find_rows_in_order(answers.reading, spec)
    return [{name: field_of(found) for name, found in row.items()} for row in rows]


def _rows(answers: Answers, spec: FieldSpec, table: str) -> list[Row]:
    columns = {column_of(column, table): column for column in spec.fields}
    rows = [
        {
            columns[concept].name: field_of(found, columns[concept].type, is_cell=True)
            for concept, found in row.items()
            if concept in columns
        }
        for row in answers.rows(table)
    ]
    if table != LINE_ITEMS or LINE_COLUMNS.issuperset(columns):
        return [row for row in rows if row]
    return [row for row in _with_more_columns(answers, spec, rows) if row]


def _with_more_columns(answers: Answers, spec: FieldSpec, rows: list[Row]) -> list[Row]:
    """The lines with what stands in columns that no line has by itself, such as a tax rate."""
    more = find_ordered_rows(answers.reading, spec)
    places = [{box for found in row.values() for box in boxes_of(found.tokens)} for row in more]
    whole: list[Row] = []
    for row in rows:
        own = {box for cell in row.values() for box in cell.boxes}
        same = next((found for found, at in zip(more, places, strict=True) if own & at), {})
        whole.append({name: field_of(found) for name, found in same.items()} | row)
    return whole
