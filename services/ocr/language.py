"""In which language a page is written, told by its commonest short words.

No model: documents have few sentences and many names, and what is asked is only which of a
few languages the reader should be set to. Accents do not count, so that a page read by an
engine without them is told as well.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

_FEWEST = 3  # words that speak for a language
_CLEARLY = 1.5  # times as many as for the next

_COMMON = {
    "en": "the of and to for is in on with by from at you your this that are be or we please "
    "invoice date amount number payment due thank terms bill order name address not no",
    "de": "der die das und ist von zu mit den dem des fur auf im ein eine nicht bei nach wir sie "
    "ihre rechnung datum betrag summe mwst nummer kunde zahlung bitte vom zum zur am an gmbh "
    "lieferung netto brutto steuer menge einzelpreis gesamtbetrag rechnungsnummer",
    "fr": "le la les des du et de est un une pour sur avec dans par au aux vous votre nous notre "
    "ce cette facture date montant total tva numero client paiement merci ttc ht prix quantite "
    "adresse livraison commande echeance",
    "es": "el la los las de del y en es un una por para con al se su sus que no factura fecha "
    "importe cantidad iva numero cliente pago gracias precio direccion descripcion impuesto "
    "vencimiento pedido",
    "pt": "o a os as do da dos das de e em um uma por para com ao na no se que nao fatura data "
    "valor quantidade iva numero cliente pagamento obrigado preco endereco descricao nota "
    "vencimento contribuinte",
    "it": "il lo la i gli le di del della dei e in un una per con al da che non si fattura data "
    "importo quantita iva numero cliente pagamento grazie prezzo indirizzo descrizione totale "
    "scadenza imponibile",
    "nl": "de het een en van in op met voor is aan te bij uw u wij niet naar door factuur datum "
    "bedrag btw nummer klant betaling totaal aantal prijs adres omschrijving factuurnummer "
    "vervaldatum levering",
}  # fmt: skip
_LETTERS = re.compile(r"[a-z]+")
_MARKS = re.compile("[\u0300-\u036f]+")  # accents, once they stand beside their letters


def _codes_of_words() -> Mapping[str, Sequence[str]]:
    """The languages that have each word."""
    codes: dict[str, list[str]] = defaultdict(list)
    for code, words in _COMMON.items():
        for word in words.split():
            codes[word].append(code)
    return dict(codes)


_CODES = _codes_of_words()


def language_of(texts: Iterable[str], among: Sequence[str] = tuple(_COMMON)) -> str | None:
    """The ISO 639-1 code of the language of ``texts``; nothing where they do not tell.

    A word that several languages have counts for each by its share.
    """
    words = _LETTERS.findall(_bare(" ".join(texts).lower()))
    scores: dict[str, float] = dict.fromkeys(among, 0.0)
    for word, count in Counter(filter(_CODES.__contains__, words)).items():
        sharing = [code for code in _CODES[word] if code in scores]
        for code in sharing:
            scores[code] += count / len(sharing)
    best, *others = sorted(scores, key=lambda code: -scores[code]) or [""]
    next_score = scores[others[0]] if others else 0.0
    if not best or scores[best] < max(_FEWEST, _CLEARLY * next_score):
        return None
    return best


def _bare(text: str) -> str:
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFKD", text))
