"""Heads of columns of money that goes out of an account and of money that comes in."""

DEBIT, CREDIT = "debit", "credit"
"""The two sides of an account."""

MONEY_HEADS = {
    DEBIT: ["debit", "debits", "debit amount", "paid out", "money out", "withdrawals", "payments",
             "withdrawal", "soll", "belastung", "belastungen", "lastschrift", "ausgang", "ausgänge",
             "débit", "débits", "sorties", "retraits", "cargo", "cargos", "debe", "gastos",
             "retiros", "débito", "débitos", "saídas", "addebiti", "addebito", "dare", "uscite",
             "af", "debet", "afschrijving", "afgeschreven", "uitgaven"],
    CREDIT: ["credit", "credits", "credit amount", "paid in", "money in", "deposits", "deposit",
              "receipts", "haben", "gutschrift", "gutschriften", "eingang", "eingänge", "crédit",
              "crédits", "entrées", "versements", "abono", "abonos", "haber", "ingresos",
              "depósitos", "crédito", "créditos", "entradas", "accrediti", "accredito", "avere",
              "entrate", "bij", "bijschrijving", "bijgeschreven", "inkomsten"],
}  # fmt: skip
"""Heads of the columns of money that goes out and comes in."""
