"""What made forms like the W-9 say; they are American, so in English only."""

from benchmarks.made_types import Facts
from benchmarks.type_pages import Content

_BOXES = {
    "is_individual": "Individual/sole proprietor",
    "is_c_corporation": "C Corporation",
    "is_s_corporation": "S Corporation",
    "is_partnership": "Partnership",
    "is_trust_or_estate": "Trust/estate",
    "is_llc": "Limited liability company",
    "is_other": "Other",
}
_TITLES = (
    "Request for Taxpayer Identification Number and Certification",
    "Form W-9",
    "Substitute Form W-9",
)
_TOWNS = ("Springfield, IL 62701", "Austin, TX 78701", "Portland, OR 97204")
_MARKS = (("☒", "☐"), ("[x]", "[ ]"), ("☑", "☐"), ("X", ""))
_LABELS = {
    "name": ("Name", "Name (as shown on your income tax return)"),
    "business_name": ("Business name", "Business name/disregarded entity name"),
    "address": ("Address (number, street, and apt. or suite no.)", "Street address"),
    "city_state_zip": ("City, state, and ZIP code", "City, state and ZIP code"),
    "account_numbers": ("List account number(s) here (optional)", "Account number(s) (optional)"),
    "ssn": ("Social security number", "Social security number"),
    "ein": ("Employer identification number", "Employer identification number"),
    "exempt_payee_code": ("Exempt payee code (if any)", "Exempt payee code"),
    "signature_date": ("Date", "Date signed"),
}


def tax_form(facts: Facts) -> Content:
    """A taxpayer's number and boxes."""
    chance, layout = facts.chance, facts.layout
    signed = facts.day()
    street = f"{chance.randint(1, 9999)} {chance.choice(('Oak Street', 'Main St', 'Elm Avenue'))}"
    ticked = chance.choice(list(_BOXES))
    facts.keep(
        name=facts.person(),
        business_name=f"{facts.person().split()[-1]} Services LLC",
        **{name: name == ticked for name in _BOXES},
        address=street,
        city_state_zip=chance.choice(_TOWNS),
        account_numbers=facts.number("########|@@-#####"),
        signature_date=signed,
    )
    number = "ssn" if ticked == "is_individual" else "ein"
    facts.keep(**{number: facts.number("###-##-####" if number == "ssn" else "##-#######")})
    if layout.way % 2:
        facts.fields.pop("account_numbers")
    names = [name for name in _LABELS if name in facts.fields and name != "signature_date"]
    pairs = [(_LABELS[name][layout.is_untouched], str(facts.fields[name])) for name in names]
    printed = signed.strftime(("%m/%d/%Y", "%B %d, %Y")[layout.way % 2])
    pairs.append((_LABELS["signature_date"][layout.is_untouched], printed))
    yes, no = _MARKS[layout.way % 4]
    boxes = [f"{yes if name == ticked else no} {text}".strip() for name, text in _BOXES.items()]
    if layout.way >= 3:
        boxes = ["    ".join(boxes[:4]), "    ".join(boxes[4:])]
    if yes == "X":
        for name in _BOXES:
            if name != ticked:
                facts.fields.pop(name)
    title = _TITLES[layout.number % 3]
    return Content(title, [], [], pairs, sections=[("Federal tax classification", boxes)])
