"""Features of a shop's name at the head of a receipt."""

import re

from services.extract.candidates.candidate import name_of
from services.extract.candidates.lines import LineProfile
from services.extract.features import Choice, Features
from services.extract.features.setting import setting_features
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from services.extract.wording import compact, count_digits

_HEAD_ROWS = 9
_SHORTEST = 3
_FEW_WORDS = 3
_HARDLY_READ = 0.25  # confidence
_OF_NUMBERS = frozenset({"phone", "fax", "vat_id", "registration", "tax_number", "invoice_number"})
# Misread between the words of a name, where no number stands: ``BOOKS 8 GIFTS``.
_AMPERSAND = re.compile(r"(?<=[^\W\d_]{2} )[68](?= [^\W\d_]{2}|$)")


def company_choices(reading: Reading) -> list[Choice]:
    """Lines of the head, whole and without registration, alone and two together."""
    head = [line for line in reading.lines if line.letters >= _SHORTEST and not line.is_courtesy]
    tallest = max((_height(line) for line in head[:_HEAD_ROWS]), default=1.0)
    counts: dict[str, int] = {}
    for line in reading.lines:
        counts[compact(line.text)] = counts.get(compact(line.text), 0) + 1
    choices: list[Choice] = []
    first_address = next((i for i, line in enumerate(head) if line.address_score > 0.4), 99)
    for at, line in enumerate(head):
        if at >= _HEAD_ROWS and line.legal_end is None:
            continue
        context = _context(reading, head, at, tallest)
        context["before_address"] = float(at < first_address)
        context["just_before_address"] = float(at == first_address - 1)
        context["repeated"] = float(counts[compact(line.text)] > 1)
        for text, traits in _variants(head, at):
            if not compact(text):
                continue
            count = 3 if "three" in traits else 2 if "joined" in traits else 1
            lines = head[at : at + count]
            set_features: Features = {}
            if any(token.confidence < 1 for each in lines for token in each.tokens):
                text = _AMPERSAND.sub("&", text)  # noqa: PLW2901 (the print behind it)
                set_features = setting_features(lines, head)
                page = line.tokens[0].page
                set_features["combined"] = float(page in reading.sheet.combined)
            features = context | _of_text(text, traits, lines) | set_features
            if count > 1:
                features = {k: v for k, v in features.items() if not k.startswith("after_")}
                features |= _below(head[at + count : at + count + 1])
            candidate = name_of(text, [token for each in lines for token in each.tokens])
            is_none = _is_none(line) or _is_torn(text) or _is_no_name(text)
            again = reading.again(candidate.tokens)
            choices.append(Choice(candidate, _nonzero(features), is_none=is_none, again=again))
    return choices


def _variants(head: list[LineProfile], at: int) -> list[tuple[str, frozenset[str]]]:
    line = head[at]
    found: dict[str, frozenset[str]] = {line.text.strip(" ,.:;-*"): frozenset()}
    end = line.legal_end
    if end is not None and end < len(line.text):
        if _tells_more(line.text[end:]):
            found.clear()
        found.setdefault(line.text[:end].strip(" ,:;-*("), frozenset({"cut_legal"}))
    if (match := line.registration) and match.start() > _SHORTEST:
        found.setdefault(line.text[: match.start()].strip(" ,:;-*("), frozenset({"cut_number"}))
    if (start := line.label_end) > 0:
        rest = line.text[start : end if end and end > start else None].strip(" ,.:;-*")
        found.setdefault(rest, frozenset({"cut_label"}))
    bracket = line.text.find("(")
    if bracket > _SHORTEST:
        found.setdefault(line.text[:bracket].strip(" ,:;-*"), frozenset({"cut_bracket"}))
    for text, traits in _joined(head, at):
        found.setdefault(text, traits)
    return list(found.items())


def _joined(head: list[LineProfile], at: int) -> list[tuple[str, frozenset[str]]]:
    """The line at ``at`` with the one or two below it, as names over several lines."""
    line = head[at]
    if at + 1 >= len(head) or not _may_go_on(line, head[at + 1]):
        return []
    second = head[at + 1]
    tail = second.text
    if second.legal_end is not None:
        tail = tail[: second.legal_end]
    elif second.registration and second.registration.start() > 1:
        tail = tail[: second.registration.start()]
    found = [(f"{line.text} {tail}".strip(" ,:;-*("), frozenset({"joined"}))]
    is_short = second.legal_end is None and len(second.words) <= _FEW_WORDS
    if is_short and at + 2 < len(head) and not _says_again(line, head[at + 2]):
        third = head[at + 2]
        end = third.legal_end or len(third.text)
        whole = f"{line.text} {second.text} {third.text[:end]}".strip(" ,:;-*(")
        found.append((whole, frozenset({"joined", "three"})))
    return found


def _may_go_on(line: LineProfile, below: LineProfile) -> bool:
    """Whether the name of ``line`` could go on in ``below``."""
    if line.legal_end is not None and _tells_more(below.text):
        return False
    if _says_again(line, below):
        return False
    return not below.is_contact and not _is_number(below)


def _says_again(line: LineProfile, below: LineProfile) -> bool:
    """Whether ``below`` begins with all of ``line``, as a whole name does under a short one."""
    return below.words[: len(line.words)] == line.words


def _tells_more(text: str) -> bool:
    """Whether it says whose licence a company has or what it was called."""
    return not (entities().owner | entities().former).isdisjoint(map(compact, text.split()))


def _is_number(line: LineProfile) -> bool:
    """Whether it is in brackets and has a number, as of a branch."""
    return line.text.startswith("(") and line.digit_count > _SHORTEST


def _context(reading: Reading, head: list[LineProfile], at: int, tallest: float) -> Features:
    line = head[at]
    before = head[at - 1] if at else None
    after = head[at + 1] if at + 1 < len(head) else None
    token = line.tokens[0]
    width = max(1.0, reading.sheet.widths[token.page])
    middle = (line.tokens[0].x0 + line.tokens[-1].x1) / 2 / width
    return {
        f"row:{min(at, 6)}": 1.0,
        "tall": _height(line) / reading.sheet.line_height - 1,
        "tallest": float(_height(line) >= 0.95 * tallest),
        "centred": float(abs(middle - 0.5) < 0.08),
        "open_bracket": float(line.text.count("(") > line.text.count(")")),
        "label": float(_is_labelled(line)),
        "deep": min(1.0, max(0, at - 4) / 8),
        "label_inside": float(any(hit.concepts & _OF_NUMBERS for hit in line.hits)),
        "priced": float(line.is_priced),
        "before_former": float(before is not None and before.tells_former),
        "before_runs": float(before is not None and before.tells_owner),
        "after_former": float(after is not None and after.tells_former),
        "after_bracket": float(after is not None and after.text.startswith("(")),
        "after_shares": float(after is not None and _share_word(line, after)),
        "before_shares": float(before is not None and _share_word(before, line)),
        "contact": float(line.is_contact),
        "title": float(bool(line.title)),
        "address": line.address_score,
        "after_address": float(after is not None and after.address_score > 0.4),
        "after_contact": float(after is not None and after.is_contact),
        "after_number": float(after is not None and after.digits > 0.5),
        "after_legal": float(after is not None and after.legal_end is not None),
        "before_alike": float(
            before is not None
            and not before.title
            and not before.is_contact
            and before.digits == 0
            and abs(_height(before) / _height(line) - 1) < 0.12
        ),
        "before_legal": float(before is not None and before.legal_end is not None),
        "before_title": float(before is not None and bool(before.title)),
        "before_address": float(before is not None and before.address_score > 0.4),
        "before_owner": float(before is not None and "supplier" in before.concepts),
        "before_ampersand": float(before is not None and before.text.endswith("&")),
        "goes_on": float(before is not None and _goes_on(before, line)),
        "after_last_word": float(
            after is not None and len(after.words) == 1 and _goes_on(line, after)
        ),
        "after_goes_on": float(after is not None and _goes_on(line, after)),
        "doubtful": 1 - sum(each.confidence for each in line.tokens) / len(line.tokens),
    }


def _below(rest: list[LineProfile]) -> Features:
    """What follows a name of several lines."""
    below = rest[0] if rest else None
    return {
        "joined_before_address": float(below is not None and below.address_score > 0.4),
        "joined_before_contact": float(below is not None and below.is_contact),
        "joined_before_number": float(below is not None and below.digits > 0.5),
        "joined_before_legal": float(below is not None and below.legal_end is not None),
    }


def _is_labelled(line: LineProfile) -> bool:
    """Whether a label opens it; ``Mr`` may well begin a shop's name."""
    concepts = line.concepts - {"supplier"}
    return bool(concepts - {"salutation"} or (concepts and line.text.endswith(":")))


def _is_none(line: LineProfile) -> bool:
    """Whether it is a title, told by a label or no print, and nothing speaks for a name.

    Behind a label only the name of who runs the place stands.
    """
    if not all(token.text.isalpha() for token in line.tokens) and _is_hardly_read(line):
        return True
    if line.legal_end is not None or line.tells_owner:
        return False
    return ":" in line.text[:-1] or (bool(line.title) and not line.has_trade)


def _is_no_name(text: str) -> bool:
    """Whether it is an article or a legal form and nothing else: the end of a name."""
    words = [word for part in text.split() if (word := compact(part))]
    return compact(text) in entities().article or entities().is_legal(words)


def _is_hardly_read(line: LineProfile) -> bool:
    return sum(token.confidence for token in line.tokens) < _HARDLY_READ * len(line.tokens)


def _is_torn(text: str) -> bool:
    """Whether a bracket closes that was not opened: the beginning stands on the line above."""
    return ")" in text.partition("(")[0]


def _share_word(upper: LineProfile, lower: LineProfile) -> bool:
    """Whether both have a word by which a shop may be known."""
    if lower.text.startswith("("):
        return False
    shared = set(upper.words) & set(lower.words) - entities().trade - entities().legal
    return any(len(word) > _SHORTEST and word.isalpha() for word in shared)


def _of_text(text: str, traits: frozenset[str], lines: list[LineProfile]) -> Features:
    whole = LineProfile(text, [token for line in lines for token in line.tokens], [])
    first, last = lines[0], lines[-1]
    signs = [char for char in text if char.isalnum()]
    digits = sum(char.isdigit() for char in signs) / max(1, len(signs))
    features: Features = {f"variant:{trait}": 1.0 for trait in traits}
    legal = whole.legal_end
    features["legal"] = float(legal is not None)
    features["ends_legal"] = float(legal is not None and legal >= len(text) - 1)
    features["no_legal_has_trade"] = float(legal is None and whole.has_trade)
    features["trade"] = float(whole.has_trade)
    features["digits"] = digits
    features["registration"] = float(bool(whole.registration))
    features["unbalanced"] = float(text.count("(") != text.count(")"))
    features["torn"] = float(text.endswith("&") or text.startswith(("&", "CO ", "CO.", "(")))
    bracket = text.partition("(")[2]
    features["bracket"] = float(bool(bracket) and not count_digits(bracket))
    words = {compact(word) for word in text.split()}
    features["former"] = float(not words.isdisjoint(entities().former))
    features["owner"] = float(not words.isdisjoint(entities().owner))
    features["bracket_digits"] = float(count_digits(bracket) > 0)
    features["short"] = float(len(signs) < 6)
    features["long"] = float(len(signs) > 35)
    features["words"] = min(len(text.split()), 8) / 8
    features["one_word"] = float(len(text.split()) == 1)
    features["comma"] = float("," in text)
    features["upper"] = float(text.isupper())
    if "joined" in traits:
        features["joined_legal_first"] = float(first.legal_end is not None)
        features["joined_legal_last"] = float(last.legal_end is not None)
        features["joined_address"] = last.address_score
        features["joined_title"] = float(bool(last.title))
        features["joined_same_height"] = float(abs(_height(first) / _height(last) - 1) < 0.12)
        features["joined_number"] = float(last.digits > 0.3)
        features["joined_open_bracket"] = float(
            lines[-2].text.count("(") > lines[-2].text.count(")")
        )
        features["joined_few_words"] = float(len(first.words) == 1 and not first.has_trade)
        features["joined_shares"] = float(_share_word(first, last))
        features["joined_bracket"] = float(last.text.startswith("("))
        features["joined_former"] = float(last.tells_former or first.tells_former)
        features["joined_label"] = float(_is_labelled(last))
        features["joined_last_word"] = float(len(last.words) == 1 and _goes_on(first, lines[1]))
        features["joined_goes_on"] = float(_goes_on(first, lines[1]))
        features["joined_trade"] = float(last.has_trade and not first.has_trade)
    return features


def _goes_on(upper: LineProfile, lower: LineProfile) -> bool:
    """Whether a name that began in the upper line goes on: ``Golden Leaf`` / ``Bakery Ltd``."""
    if upper.text.endswith(("&", "(")):
        return True
    if upper.legal_end is not None or upper.is_contact or upper.title or upper.digits > 0.2:
        return False
    if not lower.words or abs(_height(upper) / _height(lower) - 1) > 0.25:
        return False
    return lower.begins_with_trade or lower.begins_with_form


def _height(line: LineProfile) -> float:
    heights = sorted(token.height for token in line.tokens)
    return heights[len(heights) // 2]


def _nonzero(features: Features) -> Features:
    return {name: value for name, value in features.items() if value}
