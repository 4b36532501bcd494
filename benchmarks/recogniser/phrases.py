"""Words that business papers are full of, for the training lines."""

BUSINESS = (
    "total subtotal cash change tax invoice receipt date time item qty price amount discount "
    "balance due card visa mastercard paid thank you please come again no. tel fax bill cashier "
    "table order rounding incl. excl. gst vat inv reg ref id store branch street road avenue "
    "floor unit city goods sold are not returnable copy customer member points net gross pcs kg "
    "payment debit credit approval code terminal merchant summary description the of and for to "
    "Rechnung Datum Summe Gesamtbetrag Betrag Kunde Steuer MwSt. Netto Brutto Anzahl Menge Preis "
    "Straße Lieferschein Zahlung fällig Überweisung Kontonummer Geschäftsführer Größe Stück für "
    "facture montant quantité désignation règlement échéance numéro société téléphone à payer "
    "factura fecha importe cantidad descripción dirección teléfono número código señor año "
    "fatura descrição preço endereço quantia número situação até não pagamento cartão "
    "fattura quantità prezzo scadenza indirizzo città partita totale già però importo "
    "factuur bedrag datum aantal omschrijving straat korting betaald geïnd één coördinatie"
).split()

MONTHS = (
    "JAN Jan Feb FEB MAR Mär März APR Apr MAY Mai JUN Jun Juli JUL AUG août Aug SEP Sep Sept OCT "
    "Okt Oct NOV Nov DEC Dez déc January February March April May June July August September "
    "October November December Januar Februar Oktober Dezember février juillet décembre enero "
    "março maggio giugno mei"
).split()

CURRENCIES = (
    "",
    "",
    "",
    "",
    "",
    "$",
    "$",
    "€",
    "€",
    "€",
    "£",
    "RM",
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "¥",
)
