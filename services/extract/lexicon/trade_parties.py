"""Words for whom bills of one trade are addressed to: names of nobody on other papers."""

from functools import cache

from services.extract.wording import compact

_WORDS = (
    ("tenant", "policyholder", "policy holder", "subscriber", "participant", "lessee", "hirer"),
    ("mieter", "mieterin", "versicherungsnehmer", "versicherungsnehmerin", "abonnent", "abonnentin",
     "teilnehmer", "teilnehmerin", "kursteilnehmer", "kursteilnehmerin", "beitragszahler"),
    ("locataire", "abonné", "adhérent", "assuré", "preneur", "souscripteur", "participant"),
    ("inquilino", "arrendatario", "asegurado", "tomador", "abonado", "suscriptor", "participante"),
    ("locatário", "segurado", "assinante", "tomador do seguro"),
    ("conduttore", "assicurato", "contraente", "abbonato", "partecipante"),
    ("huurder", "verzekerde", "verzekeringnemer", "abonnee", "deelnemer"),
)  # fmt: skip


@cache
def trade_parties() -> frozenset[str]:
    """The words, compact."""
    return frozenset(compact(word) for words in _WORDS for word in words)
