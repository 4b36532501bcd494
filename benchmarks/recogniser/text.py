"""What the training lines say: as on receipts, invoices and letters, in eight languages."""

import random
from collections.abc import Callable, Sequence

from benchmarks.recogniser.charset import FREQUENT, PLAIN, SYMBOLS, base, is_accented
from benchmarks.recogniser.phrases import BUSINESS, CURRENCIES, MONTHS
from benchmarks.recogniser.words import Vocabulary

LONGEST = 64
ACCENTED = 0.42  # of the lines must carry accents; of the others one in seven does
_INVENTED = 0.45  # of those get them at random: so rare letters are seen, and none is guessed
_HARD = ("5683", "0O", "1Il7", "B8", "5S", "2Z", "6G", "0D", "9g")  # taken for one another
_DIGITS, _LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TYPOGRAPHIC = {"'": "’‘", '"': "“”„", "-": "–—"}
_BY_BASE = {
    letter: [it for it in SYMBOLS if is_accented(it) and base(it) == letter]
    for letter in {base(it) for it in SYMBOLS if is_accented(it)}
}


class TextSource:
    """Draws lines of text; the same ones from the same ``chance``."""

    def __init__(
        self,
        vocabularies: Sequence[Vocabulary],
        chance: random.Random,
        accented: float = ACCENTED,
    ) -> None:
        self._vocabularies = vocabularies
        self._foreign = [it for it in vocabularies if len(it.accented) > len(it.words) // 50]
        self._chance = chance
        self._accented = accented
        self._kinds: dict[Callable[[], str], float] = {
            self.amount: 16, self.date: 13, self.code: 14, self.labelled: 14, self.quantity: 9,
            self.tax: 5, self.address: 7, self.salad: 4, self.rule: 2, self.phrase: 28,
        }  # fmt: skip

    def line(self) -> str:
        """A line as it is drawn; ``read`` says what is to be read there."""
        if self._chance.random() < self._accented:
            text = self.accented()
        else:
            (kind,) = self._chance.choices(list(self._kinds), list(self._kinds.values()))
            text = kind()
        return " ".join(self._typographic(text)[:LONGEST].split()) or "0"

    def amount(self) -> str:
        """Money."""
        chance = self._chance
        value = chance.uniform(0, chance.choice([10, 100, 100, 1000, 20_000, 1_000_000]))
        text = f"{value:,.2f}" if chance.random() < 0.8 else f"{value:.2f}"
        style = chance.random()
        if style < 0.25:
            text = text.translate(str.maketrans(".,", ",."))
        elif style < 0.32:
            text = text.replace(",", " ").replace(".", ",")
        sign = chance.choice(["", "", "", "", "", "-", "+"])
        money = chance.choice(CURRENCIES)
        blank = chance.choice(["", "", " "])
        if chance.random() < 0.25:
            return f"{sign}{text}{blank}{money}".strip()
        return f"{money}{blank}{sign}{text}".strip()

    def date(self) -> str:
        """A date, a time, or both."""
        chance = self._chance
        day, month, year = chance.randint(1, 31), chance.randint(1, 12), chance.randint(1998, 2029)
        mark, name = chance.choice("//-.. "), chance.choice(MONTHS)
        dates = (
            f"{day:02}{mark}{month:02}{mark}{year}",
            f"{day:02}{mark}{month:02}{mark}{year % 100:02}", f"{year}-{month:02}-{day:02}",
            f"{day}/{month}/{year % 100:02}", f"{day} {name} {year}",
            f"{day:02}-{name}-{year % 100:02}", f"{day}. {name} {year}", f"{name} {day}, {year}",
        )  # fmt: skip
        time = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
        if chance.random() < 0.5:
            time += f":{chance.randint(0, 59):02}"
        time += chance.choice(["", "", "", " PM", " AM", "AM", "PM", " Uhr"])
        day_text = chance.choice(dates)
        return chance.choice([day_text, day_text, f"{day_text} {time}", time, f"{time} {day_text}"])

    def code(self) -> str:
        """Numbers and codes, many of characters that are taken for one another."""
        chance, kind = self._chance, self._chance.random()
        if kind < 0.3:
            return self._some(_DIGITS, 1, 14)
        if kind < 0.5:
            return self._some(chance.choice(_HARD) + chance.choice([_DIGITS, _LETTERS]), 3, 12)
        if kind < 0.7:
            return self._some(_LETTERS + _DIGITS + "-/", 2, 12)
        if kind < 0.8:
            return "-".join(self._some(_DIGITS, 2, 5) for _ in range(chance.randint(2, 4)))
        if kind < 0.9:
            return chance.choice("#(*@+") + self._some(_DIGITS, 2, 11) + chance.choice(["", ")"])
        country = chance.choice(["DE", "FR", "ES", "PT", "IT", "NL", "GB", "AT", "BE"])
        return country + " ".join(self._some(_DIGITS, 4, 4) for _ in range(chance.randint(2, 5)))

    def labelled(self) -> str:
        """A label and its value."""
        mark = self._chance.choice([": ", " : ", ":", " ", ". ", " :"])
        value = self._chance.choice([self.amount, self.amount, self.code, self.date])()
        return f"{self._cased(self._chance.choice(BUSINESS))}{mark}{value}"

    def quantity(self) -> str:
        """So many of something at a price."""
        chance = self._chance
        times = chance.choice(["x", "X", "@", "PCS", "*", "", "x", "Stk", "kg"])
        text = f"{chance.randint(1, 99)} {times} {self.amount()}"
        if chance.random() < 0.3:
            text += f" {self.amount()}"
        if chance.random() < 0.2:
            text = f"{self._word()} {text}"
        return text + chance.choice(["", "", "", " SR", " A", " %", " S", " B", " T", " *"])

    def tax(self) -> str:
        """A tax rate, and mostly its amount."""
        chance = self._chance
        name = chance.choice(["GST", "VAT", "MwSt", "USt.", "TVA", "IVA", "BTW", "TAX", "SST", "@"])
        rate = f"{chance.randint(0, 25)}{chance.choice(['', '.0', ',00', '.5'])}"
        rate += chance.choice(["%", " %", "%)"])
        return f"{name} {rate}" + (f" {self.amount()}" if chance.random() < 0.5 else "")

    def address(self) -> str:
        """A part of an address."""
        chance = self._chance
        number = f"{chance.randint(1, 300)}{chance.choice(['', '', '-', 'A', ',', 'b', '/2'])}"
        begin = chance.choice(["No", "No.", "Lot", "", "", "Nr."])
        return f"{begin} {number} {self._word()} {self._word()}, {chance.randint(1000, 99999)} " + (
            self._word() if chance.random() < 0.7 else ""
        )

    def salad(self) -> str:
        """Any of the symbols."""
        return self._some(SYMBOLS, 2, 12).strip()

    def rule(self) -> str:
        """A rule made of characters."""
        return self._chance.choice("-=*._-") * self._chance.randint(3, 24)

    def phrase(self) -> str:
        """Words, here and there with marks."""
        language = self._chance.choice(self._vocabularies)
        count = self._chance.choice([1, 1, 2, 2, 3, 3, 4, 5, 6])
        return " ".join(self._marked(self._word(language)) for _ in range(count))

    def accented(self) -> str:
        """Words of which one at least has an accent."""
        chance = self._chance
        count = chance.choice([1, 1, 1, 2, 2, 2, 3, 3, 4, 5])
        if chance.random() < _INVENTED:
            words = [self._word() for _ in range(count)]
            words[chance.randrange(count)] = self._cased(chance.choice(self._foreign[0].words))
            return self._with_accents(" ".join(words))
        language = chance.choice(self._foreign)
        source = [language.accented, language.words]
        words = [chance.choice(chance.choice(source)) for _ in range(count)]
        words[chance.randrange(count)] = chance.choice(language.accented)
        return " ".join(self._marked(self._cased(word)) for word in words)

    def _with_accents(self, text: str) -> str:
        """``text`` with some letters changed to accented ones, mostly to frequent ones."""
        chance = self._chance
        places = [at for at, letter in enumerate(text) if letter in _BY_BASE]
        letters = list(text)
        for at in chance.sample(places, min(len(places), chance.randint(1, 1 + len(text) // 4))):
            choices = _BY_BASE[letters[at]]
            frequent = [it for it in choices if it in FREQUENT]
            letters[at] = chance.choice(frequent if frequent and chance.random() < 0.6 else choices)
        return "".join(letters)

    def _word(self, language: Vocabulary | None = None) -> str:
        if self._chance.random() < 0.3:
            return self._cased(self._chance.choice(BUSINESS))
        return self._cased(self._chance.choice((language or self._vocabularies[0]).words))

    def _cased(self, word: str) -> str:
        kind = self._chance.random()
        if kind < 0.45 and len(word.upper()) == len(word):
            return word.upper()
        return word.capitalize() if kind < 0.75 else word

    def _marked(self, word: str) -> str:
        kind = self._chance.random()
        if kind < 0.1:
            return word + self._chance.choice(",.:;!?")
        if kind < 0.15:
            form = self._chance.choice(
                ["({})", '"{}"', "[{}]", "*{}*", "{}/", "{}-", "{} &", "«{}»", "{} -", "'{}'"]
            )
            return form.format(word)
        return word

    def _some(self, symbols: str, fewest: int, most: int) -> str:
        return "".join(self._chance.choices(symbols, k=self._chance.randint(fewest, most)))

    def _typographic(self, text: str) -> str:
        if self._chance.random() < 0.8:
            return text
        return "".join(
            self._chance.choice(_TYPOGRAPHIC[it]) if it in _TYPOGRAPHIC else it for it in text
        )


def read(text: str) -> str:
    """What is to be read where ``text`` is drawn."""
    return " ".join(text.translate(PLAIN).split())
