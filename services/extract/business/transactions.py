"""The transactions of a bank statement.

Their sums stand in one column, with a sign or a mark (``D``, ``S``, ``DR``), or in one for what
went out and one for what came in. A running balance tells the signs where nothing else does.
"""

from decimal import Decimal
from functools import cache

from services.extract.business.asked import Asked, found_at
from services.extract.business.days import Days
from services.extract.calibrate import legibility
from services.extract.finders import Found, FoundRow
from services.extract.labels import LabelMap
from services.extract.lexicon import Phrases, phrases
from services.extract.lexicon.money_heads import CREDIT, DEBIT, MONEY_HEADS
from services.extract.schemas import built_in
from services.extract.sheet import Token
from services.extract.tables.headed import HeadedTable, find_labelled_tables
from services.extract.wording import compact, split_name

_OUT = frozenset({"d", "dr", "s", "soll", "debit", "af", "db"})
_IN = frozenset({"c", "cr", "h", "haben", "credit", "bij"})
_FEWEST = 3  # heads
_STATEMENT = "bank_statement"
_OPENING = "opening_balance"
_AT_A_DAY = ("balance on", "balance at", "balance as of", "kontostand am", "kontostand vom",
             "saldo am", "saldo per", "saldo vom", "solde au", "solde créditeur", "solde débiteur",
             "solde crediteur au", "saldo a", "saldo al", "saldo em", "saldo op", "saldo per il",
             "saldo a fecha", "saldo contabile al")  # fmt: skip
_OWED = ("débiteur", "debiteur")
_TWO = 2
_DATED = 0.75
_SURE, _PROVEN, _GUESSED = 0.88, 0.96, 0.6
_DATES = frozenset({"date", "value_date"})
_SUMS = frozenset({"opening_balance", "closing_balance", "total_credits", "total_debits"})
_MINUS = frozenset({"-", "\u2212"})
_CENT = Decimal("0.005")

_Places = dict[str, int]


def find_transactions(asked: Asked) -> list[FoundRow]:
    """The rows with a date and a sum, of all tables that have the heads of transactions."""
    columns = {
        it.name: [split_name(it.name), *it.synonyms] for it in asked.spec.fields
    } | MONEY_HEADS
    named = phrases((label, name) for name, labels in columns.items() for label in labels)
    labels = LabelMap(asked.reading.sheet, named)
    found: list[FoundRow] = []
    balances = _balance_words(asked)
    for table in find_labelled_tables(asked.reading, labels, _FEWEST):
        places = _places(asked, table, labels)
        days = Days(asked.reading)
        found += [
            row
            for cells in table.rows
            if balances.isdisjoint(it.index for cell in cells for it in cell)
            and (row := _row(asked, cells, places, days))
        ]
    return _signed(found)


def find_balance(asked: Asked) -> Found | None:
    """A labelled balance, below zero where it is marked so."""
    found = asked.labelled() or _at_a_day(asked)
    if found is None:
        return None
    row = asked.reading.sheet.rows[asked.reading.sheet.places[found.tokens[-1].index].row]
    after = [it for it in row.tokens if it.x0 > found.tokens[-1].x1 - 1][:2]
    if any(compact(it.text) in _OUT or it.text in _MINUS for it in after):
        value = f"{-abs(Decimal(found.value)):.2f}"
        return Found(value, found.raw, found.confidence, found.tokens)
    return found


def _at_a_day(asked: Asked) -> Found | None:
    """The first or last of several balances that only their days tell apart."""
    labels = LabelMap(asked.reading.sheet, _balances())
    found: list[Found] = []
    for hit in labels.all():
        row = asked.reading.sheet.rows[hit.segment.row]
        own = {token.index for token in row.tokens if token.x0 > hit.x1 - 1}
        sums = [it for it in asked.reading.money if it.indexes <= own]
        if hit.opens and sums:
            is_out = any(token.text.lower().startswith(_OWED) for token in hit.tokens)
            value = -abs(sums[-1].number) if is_out else sums[-1].number
            found.append(found_at(f"{value:.2f}", sums[-1].tokens, _DATED))
    if len(found) < _TWO:
        return None
    return found[0] if asked.spec.concept == _OPENING else found[-1]


@cache
def _balances() -> Phrases:
    return phrases((label, "balance") for label in _AT_A_DAY)


def _places(asked: Asked, table: HeadedTable, labels: LabelMap) -> _Places:
    """Where each column stands; what it holds tells whether a head such as ``Valor`` is a date."""
    places: _Places = {}
    for at, cell in enumerate(table.heads):
        days = Days(asked.reading)
        unfit = frozenset() if any(days.of(row[at]) for row in table.rows) else _DATES
        own = {token.index for token in cell.tokens}
        hits = [it for it in labels.all() if own & {token.index for token in it.tokens}]
        for hit in sorted(hits, key=lambda it: it.length, reverse=True):
            fitting = hit.concepts - places.keys() - unfit
            name = next((it for it in _ORDER if it in fitting), None)
            if name is not None:
                places[name] = at
                break
    return places


# Of two meanings of a head the first: "valor" is the date of value, or the sum.
_ORDER = ("date", "value_date", "description", DEBIT, CREDIT, "amount", "balance")


def _row(asked: Asked, cells: list[list[Token]], places: _Places, days: Days) -> FoundRow:
    """One transaction; nothing where the row has no sum."""
    row: FoundRow = {}
    for name in ("date", "value_date"):
        day = days.of(cells[places[name]]) if name in places else None
        if day is not None:
            row[name] = found_at(day.value, day.tokens, _SURE * day.quality)
    amount = _amount(asked, cells, places)
    if amount is None:
        return {}
    if "date" not in row:
        if days.last is None:
            return {}
        row["date"] = found_at(days.last.value, days.last.tokens, _GUESSED)
    row["amount"] = amount
    if "description" in places and (tokens := cells[places["description"]]):
        row["description"] = found_at(" ".join(it.text for it in tokens), tokens, _SURE)
    if "balance" in places and (balance := _number(asked, cells[places["balance"]])):
        row["balance"] = balance
    return row


def _balance_words(asked: Asked) -> frozenset[int]:
    """The first words of labels of balances and of sums: their lines are no transactions."""
    found = LabelMap(asked.reading.sheet, _no_transactions()).all()
    return frozenset(hit.tokens[0].index for hit in found if hit.opens)


@cache
def _no_transactions() -> Phrases:
    """Labels of balances and sums, whichever fields a schema has."""
    fields = built_in()[_STATEMENT].fields
    labels = [label for spec in fields if spec.name in _SUMS for label in spec.synonyms]
    return phrases((label, "balance") for label in (*labels, *_AT_A_DAY))


def _amount(asked: Asked, cells: list[list[Token]], places: _Places) -> Found | None:
    for name, sign in ((DEBIT, -1), (CREDIT, 1)):
        found = _number(asked, cells[places[name]]) if name in places else None
        if found is not None and Decimal(found.value):
            value = abs(Decimal(found.value)) * sign
            return Found(f"{value:.2f}", found.raw, found.confidence, found.tokens)
    return _number(asked, cells[places["amount"]]) if "amount" in places else None


def _number(asked: Asked, tokens: list[Token]) -> Found | None:
    """The last sum of a cell, with the sign that is printed before or behind it."""
    indexes = {token.index for token in tokens}
    own = [it for it in asked.reading.numbers if it.indexes <= indexes]
    if not own:
        return None
    number = own[-1]
    value = number.number
    marks = {compact(it.text) for it in tokens if it.index not in number.indexes}
    text = "".join(it.text for it in tokens)
    if marks & _OUT or text.endswith(("-", "\u2212")):
        value = -abs(value)
    elif marks & _IN:
        value = abs(value)
    return found_at(f"{value:.2f}", tokens, _SURE)


def _signed(rows: list[FoundRow]) -> list[FoundRow]:
    """The rows with signs as the running balance has them, where it is printed."""
    if not any(Decimal(row["amount"].value) < 0 for row in rows):
        before: Decimal | None = None
        for row in rows:
            after = Decimal(row["balance"].value) if "balance" in row else None
            amount = row["amount"]
            value = Decimal(amount.value)
            if before is not None and after is not None and abs(before - value - after) < _CENT:
                row["amount"] = Found(f"{-value:.2f}", amount.raw, _PROVEN, amount.tokens)
            before = after
    return _proven(rows)


def _proven(rows: list[FoundRow]) -> list[FoundRow]:
    """The rows, surer where balance and sum fit, and less sure where they do not."""
    before: Decimal | None = None
    for row in rows:
        after = Decimal(row["balance"].value) if "balance" in row else None
        amount = row["amount"]
        if before is not None and after is not None:
            fits = abs(before + Decimal(amount.value) - after) < _CENT
            sure = (_PROVEN if fits else _GUESSED) * legibility(amount.tokens)
            row["amount"] = Found(amount.value, amount.raw, sure, amount.tokens)
        before = after
    return rows
