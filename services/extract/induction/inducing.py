"""The schema of a sample: the known fields it bears out, its labels with values, its tables."""

from operator import attrgetter

from stdnum import iban as iban_check

from services.extract.answers import TABLES, Answers
from services.extract.contract import ExtractRequest
from services.extract.finders import Found, FoundRow
from services.extract.induction.boxes import choices, codes, form_boxes
from services.extract.induction.heads import Heads
from services.extract.induction.naming import field_name, kind_of, label_text
from services.extract.induction.pair import Pair
from services.extract.induction.pairs import find_pairs
from services.extract.induction.placed import Placed
from services.extract.induction.table_specs import headed_spec, standard_spec, unheaded_spec
from services.extract.induction.wrapping import WrappedLabels, wrapped_text
from services.extract.lexicon import lexicon
from services.extract.mapping import TOLD_BY_TYPE, concept_of
from services.extract.schemas import GENERIC, built_in
from services.extract.sheet import Token
from services.extract.subject import Subject, subject_of
from services.extract.tables.headed import HeadedTable, find_tables
from services.extract.tables.typing import type_of
from services.extract.tables.unheaded import find_unheaded
from services.extract.wording import compact
from shared.models.schema import FieldSpec, FieldType, Schema

NAME = "induced"
MOST_FIELDS = 200
_LINES = "line_items"
_LEAST = 0.5
_SURE_OF_TYPE = 0.8
_ANYWHERE = frozenset({"email", "phone", "iban", "url"})
"""Concepts that a value tells by itself, whatever the document is."""
_OF_INVOICES = frozenset(
    ("invoice_number", "invoice_date", "due_date", "amount_due", "supplier_name", "customer_name")
)
"""Names that say nothing sensible of a document of another type."""
_DIALLED = frozenset({"phone", "fax"})


def induce(request: ExtractRequest) -> Schema | None:
    """The schema of what stands on a document, in its order; ``None`` where there is nothing."""
    subject = subject_of(request)
    if not subject.reading.sheet.tokens:
        return None
    induction = _Induction(subject, request)
    fields = [placed.spec for placed in sorted(induction.fields(), key=attrgetter("at"))]
    if not fields:
        return None
    title = subject.of_type.title if subject.guess else ""
    return Schema(name=NAME, title=title, fields=fields[:MOST_FIELDS])


class _Induction:
    def __init__(self, subject: Subject, request: ExtractRequest) -> None:
        self._pages, self._form = request.pages, request.embedded.form_fields
        # Types that are told by titles have their fields by labels, as any other schema.
        sure = (
            subject.guess is not None
            and subject.guess.confidence >= _SURE_OF_TYPE
            and not subject.of_type.titles
        )
        self._reading = subject.reading
        self._of_type = subject.of_type if sure else built_in()[GENERIC]
        self._concepts = {spec.concept for spec in self._of_type.fields}
        is_receipt = bool({"company", "total"} & self._concepts) and self._of_type.name != GENERIC
        self._answers = Answers(subject.reading, is_receipt=is_receipt)
        self._names: set[str] = set()
        self._taken: set[int] = set()

    def fields(self) -> list[Placed]:
        boxes = form_boxes(self._reading, self._form, self._names, self._taken)
        tables = [*boxes, *self._tables(), *choices(self._reading, self._names, self._taken)]
        tables += codes(self._pages, self._names)
        known = self._known()
        values = {it.index for _, found in known.values() for it in found.tokens}
        pairs = [
            pair
            for pair in find_pairs(self._reading, self._taken, strict=self._answers.is_receipt)
            if not values.issuperset(it.index for it in pair.label)
        ]
        placed, labels = [*tables], dict[str, list[str]]()
        own: list[tuple[Pair, str]] = []
        for pair in pairs:
            label = label_text(pair.label)
            name = _name_of(pair, known)
            if name is not None and _is_other_number(known[name][0], label):
                del known[name]  # its label knows better
                name = None
            if name is not None:
                labels.setdefault(name, []).append(label)
            elif label:
                own.append((pair, label))
        for name, (spec, found) in known.items():
            if name not in labels and _is_told_twice(name, known, labels):
                continue
            printed = list(dict.fromkeys(labels.get(name, ())))
            self._names.add(name)
            placed.append(Placed(found.tokens[0].index, _standard(spec, printed)))
        told = {compact(label) for printed in labels.values() for label in printed}
        self._taken |= {it.index for pair in pairs for it in (*pair.label, *pair.value)}
        heads = Heads(self._reading, self._taken)
        wrapped = WrappedLabels(self._reading, self._taken)
        for pair, label in own:  # on every page, or for every item: the first stands for all
            if compact(label) not in told:
                told.add(compact(label))
                placed.append(self._own(pair, label, wrapped.whole(pair)))
                continue
            same = [it for it in pairs if it is not pair and _is_called(it, label)]
            if head := heads.tell_apart(pair, same):
                placed.append(self._own(pair, f"{head} {label}", pair.label))
        return placed

    def _known(self) -> dict[str, tuple[FieldSpec, Found]]:
        """The fields of the document's type that it bears out, by name."""
        known: dict[str, tuple[FieldSpec, Found]] = {}
        is_known = self._of_type.name != GENERIC
        specs = [spec for spec in self._of_type.fields if is_known and spec.type != FieldType.ROWS]
        asked = {concept_of(spec, self._answers.concepts): spec for spec in specs}
        for spec in built_in()[GENERIC].fields:
            if spec.concept in _ANYWHERE:
                asked.setdefault(spec.concept, spec)
        for concept, spec in asked.items():
            if concept is None or concept not in self._answers.concepts:
                continue
            found = self._answers.find(concept)
            if found is not None and found.tokens and found.confidence >= _LEAST:
                known[spec.name] = (spec, found)
        return {name: it for name, it in known.items() if not self._is_misread(*it)}

    def _is_misread(self, spec: FieldSpec, found: Found) -> bool:
        """A date such as 04.07.1981 may look like a phone number, any words like an account."""
        is_date = type_of(self._reading, found.tokens) is FieldType.DATE
        return (is_date and spec.type is FieldType.PHONE) or _is_no_iban(spec, found)

    def _own(self, pair: Pair, label: str, whole: list[Token]) -> Placed:
        """A field that only its label names, or the concept that the label stands for.

        ``whole`` is the label with all its lines; the one beside the value is looked for, too.
        """
        kind = kind_of(type_of(self._reading, pair.value), pair.value, label)
        full = wrapped_text(whole).strip(" :=.*-–|") if len(whole) > len(pair.label) else label
        # What a standard name means is another value: this is what the label says.
        others = set() if kind in TOLD_BY_TYPE else self._answers.concepts
        name = self._concept(pair, label, kind) or field_name(full, self._names | others)
        self._names.add(name)
        spec = FieldSpec(
            name=name,
            type=kind,
            description=f"Printed as \u201c{full}\u201d",
            synonyms=list(dict.fromkeys((full, label))),
        )
        return Placed(pair.label[0].index, spec)

    def _concept(self, pair: Pair, label: str, kind: FieldType) -> str | None:
        """The standard name for what the label says, where its value is what would be found."""
        spec = FieldSpec(name=field_name(label, set()), type=kind, synonyms=[label])
        concept = concept_of(spec, self._answers.concepts)
        if concept is None or concept in self._names or concept not in self._answers.concepts:
            return None
        if concept in _OF_INVOICES and concept not in self._concepts:
            return None
        called = lexicon().labels.find(compact(label)) or frozenset()
        if kind in TOLD_BY_TYPE and concept not in called:
            return None
        found = self._answers.find(concept)
        return concept if found is not None and _shares(found.tokens, pair.value) else None

    def _tables(self) -> list[Placed]:
        placed: list[Placed] = []
        headed = find_tables(self._reading)
        is_known = self._of_type.name != GENERIC
        for spec in self._of_type.fields if is_known else ():
            table = concept_of(spec, TABLES) if spec.type is FieldType.ROWS else None
            rows = self._answers.rows(table) if table in TABLES else []
            if tokens := _tokens(rows):
                same = next((it for it in headed if _shares(_cells(it), tokens)), None)
                made = standard_spec(self._reading, spec, rows, same)
                self._names.add(spec.name)
                placed.append(Placed(tokens[0].index, made))
                self._take_rows(tokens)
        for it in headed:
            heads, cells = [token for cell in it.heads for token in cell.tokens], _cells(it)
            if not any(token.index in self._taken for token in cells):
                name = field_name(it.title or "table", self._names)
                self._names.add(name)
                made = headed_spec(self._reading, it, name)
                placed.append(Placed(heads[0].index, made))
            self._taken |= {token.index for token in (*heads, *cells, *it.repeated)}
        return placed + self._unheaded()

    def _unheaded(self) -> list[Placed]:
        placed: list[Placed] = []
        for table in [] if self._answers.is_receipt else find_unheaded(self._reading):
            own = {token.index for row in table.rows for token in row.tokens}
            if self._taken.isdisjoint(own):
                name = field_name("table", self._names)
                self._names.add(name)
                self._taken |= own
                placed.append(Placed(min(own), unheaded_spec(table, name)))
        return placed

    def _take_rows(self, tokens: list[Token]) -> None:
        """All that stands in the rows of a table belongs to it."""
        sheet = self._reading.sheet
        rows = {sheet.places[token.index].row for token in tokens}
        self._taken |= {token.index for row in rows for token in sheet.rows[row].tokens}


def _is_called(pair: Pair, label: str) -> bool:
    return compact(label_text(pair.label)) == compact(label)


def _name_of(pair: Pair, known: dict[str, tuple[FieldSpec, Found]]) -> str | None:
    """The known field whose value the pair's is."""
    fitting = [name for name, (_, found) in known.items() if _shares(found.tokens, pair.value)]
    return min(fitting, key=lambda name: known[name][0].type is FieldType.CURRENCY, default=None)


def _is_other_number(spec: FieldSpec, label: str) -> bool:
    """Whether a number is called something else than the one it was taken for."""
    if not label or spec.type not in {FieldType.PHONE, FieldType.IDENTIFIER}:
        return False
    called = lexicon().labels.find(compact(label)) or frozenset()
    if spec.type is FieldType.PHONE:
        return not called & _DIALLED
    named = FieldSpec(name=field_name(label, set()), type=spec.type, synonyms=[label])
    concept = spec.concept or spec.name
    return concept not in called | {concept_of(named, frozenset())}


def _is_no_iban(spec: FieldSpec, found: Found) -> bool:
    """Whether words only look like an account: ``NO 12, JALAN`` begins as a Norwegian one."""
    return spec.type is FieldType.IBAN and not iban_check.is_valid(found.value)


def _is_told_twice(
    name: str, known: dict[str, tuple[FieldSpec, Found]], labels: dict[str, list[str]]
) -> bool:
    """Whether a field without a label has but the value of another that has one."""
    spec, found = known[name]
    if spec.type is FieldType.CURRENCY:
        return False
    return any(_shares(known[other][1].tokens, found.tokens) for other in labels)


def _shares(found: list[Token], value: list[Token]) -> bool:
    """Whether two runs of words are mostly the same."""
    one, two = {token.index for token in found}, {token.index for token in value}
    return bool(one) and 2 * len(one & two) >= min(len(one), len(two)) and bool(one & two)


def _standard(spec: FieldSpec, labels: list[str]) -> FieldSpec:
    return FieldSpec(
        name=spec.name,
        type=spec.type,
        description=spec.description,
        synonyms=labels,
        required=spec.required,
    )


def _cells(table: HeadedTable) -> list[Token]:
    return [token for row in table.rows for cell in row for token in cell]


def _tokens(rows: list[FoundRow]) -> list[Token]:
    found = (token for row in rows for value in row.values() for token in value.tokens)
    return sorted(found, key=_index)


def _index(token: Token) -> int:
    return token.index
