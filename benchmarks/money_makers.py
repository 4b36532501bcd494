"""What made bank statements and payslips say."""

from calendar import monthrange
from datetime import timedelta
from decimal import Decimal

from benchmarks.made_types import Facts
from benchmarks.type_pages import Content, Table

_CENT = Decimal("0.01")


def bank_statement(facts: Facts) -> Content:
    """An account's month with its transactions."""
    chance, way = facts.chance, facts.layout.way
    holder, bank = facts.person(), f"Banco {chance.choice(('Norte', 'Alto', 'Central'))}"
    start = facts.day().replace(day=1)
    end = start.replace(day=monthrange(start.year, start.month)[1])
    balance = opening = facts.money(-20000, 900000)
    rows: list[list[str]] = []
    items: list[dict[str, str]] = []
    credits_, debits = Decimal(0), Decimal(0)
    day = start
    for _ in range(chance.randint(3, 9)):
        day = min(end, day + timedelta(days=chance.randint(0, 5)))
        value = facts.money(500, 250000) * chance.choice([1, -1, -1])
        balance += value
        credits_, debits = credits_ + max(value, Decimal(0)), debits - min(value, Decimal(0))
        text = chance.choice(facts.all_said("lines")).format(name=facts.person())
        items.append({"date": day.isoformat(), "description": text, "amount": f"{value:.2f}"})
        cells = [facts.short(day)]
        if way >= 3:
            cells.append(facts.short(day))
            items[-1]["value_date"] = day.isoformat()
        cells.append(text)
        cells += _movement(facts, value)
        if way % 2 == 0:
            cells.append(signed(facts, balance))
            items[-1]["balance"] = f"{balance:.2f}"
        rows.append(cells)
    plain, spaced = facts.account()
    number = plain[-10:]
    metas = [
        ("account_holder", holder),
        ("iban", spaced),
        ("account_number", number),
        ("statement_number", facts.number("##/####|###")),
        ("statement_date", facts.printed(end)),
        ("period", facts.period(start, end)),
    ]
    metas = [it for at, it in enumerate(metas) if at not in {(way + 2) % 6, 3 if way % 2 else 9}]
    shown = dict(metas)
    facts.keep(
        bank_name=bank,
        currency=facts.language.currency,
        opening_balance=opening,
        closing_balance=balance,
        transactions=items,
    )
    for name, told in {
        "account_holder": holder,
        "iban": plain,
        "account_number": number,
        "statement_date": end,
        "statement_number": shown.get("statement_number"),
    }.items():
        if name in shown:
            facts.keep(**{name: told})
    if "period" not in shown:
        facts.fields.pop("period_start")
        facts.fields.pop("period_end")
    parties = [] if "account_holder" in shown else [("", [holder, *facts.address()])]
    facts.keep(account_holder=holder)
    sums = [("opening_balance", opening), ("closing_balance", balance)]
    if way in {1, 4}:
        sums[1:1] = [("total_credits", credits_), ("total_debits", debits)]
        facts.keep(total_credits=credits_, total_debits=debits)
    currency = f"{facts.language.currency}"
    return Content(
        facts.said("title"),
        [bank, *facts.address()],
        parties,
        facts.metas(metas),
        [_movements(facts, rows)],
        [(facts.said(name), f"{signed(facts, value)} {currency}") for name, value in sums],
    )


def signed(facts: Facts, value: Decimal) -> str:
    """A sum as printed, without its currency."""
    return facts.put(abs(value), "-" if value < 0 else "").removesuffix(
        f" {facts.language.currency}"
    )


def _movement(facts: Facts, value: Decimal) -> list[str]:
    """A transaction's sum: with a sign, in two columns, or with the sign behind."""
    text = signed(facts, abs(value))
    if facts.layout.way in {1, 2, 5}:
        return ["", text] if value > 0 else [text, ""]
    if facts.layout.way == 3:
        return [f"{text}{'+' if value > 0 else '-'}"]
    return [signed(facts, value)]


def _movements(facts: Facts, rows: list[list[str]]) -> Table:
    names = ["c_date", *(["c_value_date"] if facts.layout.way >= 3 else []), "c_description"]
    widths = [1.2] * (len(names) - 1) + [3.2]
    names += ["c_debit", "c_credit"] if facts.layout.way in {1, 2, 5} else ["c_amount"]
    names += ["c_balance"] if facts.layout.way % 2 == 0 else []
    widths += [1.2] * (len(names) - len(widths))
    numbers = frozenset(range(len(widths))) - set(range(names.index("c_description") + 1))
    return Table([facts.said(name) for name in names], rows, widths, numbers)


def payslip(facts: Facts) -> Content:
    """A month's pay."""
    chance = facts.chance
    employer, employee = facts.company(), facts.person()
    start = facts.day().replace(day=1)
    end = start.replace(day=monthrange(start.year, start.month)[1])
    paid = end - timedelta(days=chance.randint(0, 3))
    earned = [(text, facts.money(3000, 30000)) for text in facts.all_said("earned")[1:]]
    earned = [(facts.all_said("earned")[0], facts.money(150000, 480000)), *earned]
    earned = earned[: chance.randint(1, 4)]
    gross = sum((value for _, value in earned), Decimal(0))
    taken = [
        (text, (gross * chance.randint(2, 14) / 100).quantize(_CENT))
        for text in facts.all_said("deducted")[: chance.randint(2, 4)]
    ]
    off = sum((value for _, value in taken), Decimal(0))
    forms = {"en": "@@######@", "de": "######@###"}
    metas = [
        ("employee_number", facts.number("#####|####|@###")),
        ("social_security_number", facts.number(forms.get(facts.language.code, "###########"))),
        ("tax_code", facts.number("#|####@|##")),
        ("job_title", chance.choice(facts.all_said("jobs"))),
        ("period", facts.period(start, end)),
        ("pay_date", facts.printed(paid)),
    ]
    dropped = facts.layout.way if facts.layout.way < 4 else 9
    metas = [it for at, it in enumerate(metas) if at != dropped]
    facts.keep(**{name: value for name, value in metas if name not in {"period", "pay_date"}})
    facts.keep(
        employer_name=employer,
        employee_name=employee,
        pay_date=paid,
        gross_pay=gross,
        total_deductions=off,
        net_pay=gross - off,
        currency=facts.language.currency,
    )
    facts.keep(
        earnings=[{"description": text, "amount": f"{value:.2f}"} for text, value in earned],
        deductions=[{"description": text, "amount": f"{value:.2f}"} for text, value in taken],
    )
    parties = [(facts.said("employee_name"), [employee, *facts.address()])]
    issuer = [employer, *facts.address()]
    if facts.layout.parties == "side":
        parties, issuer = [(facts.said("employer_name"), issuer), *parties], []
    currency = facts.language.currency
    sums = [("gross_pay", gross), ("total_deductions", off), ("net_pay", gross - off)]
    printed = [(facts.said(name), f"{signed(facts, value)} {currency}") for name, value in sums]
    tables = [_pay(facts, "earnings", earned), _pay(facts, "deductions", taken)]
    notes = []
    if chance.random() < 0.5:
        plain, spaced = facts.account()
        notes = [f"IBAN {spaced}"]
        facts.keep(iban=plain)
    return Content(
        facts.said("title"), issuer, parties, facts.metas(metas), tables, printed, notes=notes
    )


def _pay(facts: Facts, name: str, rows: list[tuple[str, Decimal]]) -> Table:
    heads = [facts.said(name), facts.said("c_amount")]
    title = ""
    if facts.layout.way % 2:
        title, heads = facts.said(name), [facts.said("c_description"), facts.said("c_amount")]
    cells = [[text, signed(facts, value)] for text, value in rows]
    return Table(heads, cells, [3.0, 1.2], frozenset({1}), title)
