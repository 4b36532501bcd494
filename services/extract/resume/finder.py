"""All that is found on a résumé, computed once for a document."""

from datetime import UTC, date, datetime

from services.extract.candidates.dates import day_order, find_dates
from services.extract.finders import Found
from services.extract.lazy import lazy
from services.extract.reading import Reading
from services.extract.resume.addresses import Address, parse_address
from services.extract.resume.confidence import found_as
from services.extract.resume.contacts import find_emails, find_phones, find_profiles, find_site
from services.extract.resume.education import Study, find_studies
from services.extract.resume.further import (
    Referee,
    Text,
    find_birth_line,
    find_items,
    find_opening,
    find_profile,
    find_referees,
)
from services.extract.resume.lines import Line, main_edge, read_lines
from services.extract.resume.names import NameParts, name_parts
from services.extract.resume.parts import Part, make_part
from services.extract.resume.person import FoundName, find_name, find_places, find_title
from services.extract.resume.phone_details import PhoneDetails, phone_details
from services.extract.resume.sections import HEAD, Section, cut_sections
from services.extract.resume.skills import (
    find_inline,
    find_languages,
    find_skills,
    only_languages,
)
from services.extract.resume.work import Job, find_jobs
from services.extract.sheet import Token

_HEAD_LINES = 16
_CONTACTS = frozenset({HEAD, "contact", "links", "profile"})
_HAND_SET = {"name": 0.97, "job_title": 0.8, "date_of_birth": 0.9}
_OLDEST, _YOUNGEST = 100, 13  # years of a person
_SURE_ORDER = 0.9


class Resume:
    """A résumé as the finders see it; ``today`` is when jobs that last are counted to."""

    def __init__(self, reading: Reading, today: date | None = None) -> None:
        self.sheet = reading.sheet
        self.region = reading.region
        self.today = today or datetime.now(UTC).date()

    @lazy
    def lines(self) -> list[Line]:
        """All lines in reading order."""
        return read_lines(self.sheet)

    @lazy
    def sections(self) -> list[Section]:
        """The sections in order."""
        return cut_sections(self.lines, main_edge(self.sheet))

    def of_kind(self, *kinds: str) -> list[list[Line]]:
        """The lines of each section of these kinds."""
        return [each.lines for each in self.sections if each.kind in kinds and each.lines]

    @lazy
    def contact_lines(self) -> list[Line]:
        """Where contacts stand: before the first heading, and under those for contacts."""
        found = [line for lines in self.of_kind(*_CONTACTS) for line in lines]
        return found if len(found) >= 3 else self.lines[:_HEAD_LINES] + found

    @lazy
    def emails(self) -> list[Found]:
        """The addresses near the top, else all."""
        return find_emails(self.contact_lines) or find_emails(self.lines)

    @lazy
    def phones(self) -> list[Found]:
        """The numbers near the top, else at the end."""
        regions = self._regions
        found = find_phones(self.contact_lines, regions)
        return found or find_phones(self.lines[-_HEAD_LINES:], regions)

    @lazy
    def profiles(self) -> list[Found]:
        """Addresses on the web."""
        found = find_profiles(self.contact_lines) + find_site(self.contact_lines)
        return list({each.value.casefold(): each for each in reversed(found)}.values())[::-1]

    def details(self, phone: Found) -> PhoneDetails | None:
        """What a phone number says."""
        return phone_details(phone.value, self._regions)

    @lazy
    def places(self) -> list[Part]:
        """Where the person lives."""
        return find_places(self.lines)

    @lazy
    def address(self) -> Address | None:
        """The first of ``places``, taken apart."""
        return parse_address(self.places[0].text) if self.places else None

    @lazy
    def _regions(self) -> list[str]:
        """The countries that a number without one may be of, the likeliest first."""
        own = self.address.country_code if self.address else ""
        return [it for it in dict.fromkeys((own, self.region or "")) if it] or ["US"]

    @lazy
    def country(self) -> str | None:
        """Where the person seems to be: by the address, else by the phone, else as is said."""
        if self.address and self.address.country_code:
            return self.address.country_code
        abroad = [phone for phone in self.phones if phone.value.startswith("+")]
        details = self.details(abroad[0]) if abroad else None
        return (details.country if details else "") or self.region

    @lazy
    def person(self) -> FoundName | None:
        """The person's name as printed."""
        return find_name(self.lines, [each.value for each in self.emails])

    @lazy
    def name(self) -> Found | None:
        """The person's name."""
        if self.person is None:
            return None
        part, told = self.person.part, self.person.told
        sure = _HAND_SET["name"] if self.person.is_clear else 0.85
        return found_as("name", part.text, part.tokens, told, by_hand=sure)

    @lazy
    def name_parts(self) -> NameParts | None:
        """The name taken apart."""
        return name_parts(self.person.part, self.country) if self.person else None

    @lazy
    def title(self) -> Found | None:
        """What the person calls herself, else the latest position."""
        title = find_title(self.lines, self.person.part if self.person else None)
        told = {"under_name"}
        if title is None and self.jobs:
            title, told = self.jobs[0].position, {"latest_position"}
        if title is None:
            return None
        return found_as("job_title", title.text, title.tokens, told, by_hand=_HAND_SET["job_title"])

    @lazy
    def birth_date(self) -> Found | None:
        """The date behind a label of birth dates."""
        tokens = find_birth_line(self.lines)
        if not tokens:
            return None
        indexes = {token.index for token in tokens}
        order = day_order(self.sheet, None, self.region or self.country)
        for each in find_dates(self.sheet, order):
            age = self.today.year - int(each.value[:4])
            if each.indexes <= indexes and _YOUNGEST <= age <= _OLDEST:
                told = {"order_known" if each.quality >= _SURE_ORDER else "order_guessed"}
                by_hand = _HAND_SET["date_of_birth"] * each.quality
                kind = "date_of_birth"
                return found_as(kind, each.value, each.tokens, told, by_hand=by_hand, raw=each.raw)
        return None

    @lazy
    def objective(self) -> Text | None:
        """What the person looks for."""
        return find_profile(self.sections, objective=True)

    @lazy
    def summary(self) -> Text | None:
        """What the person says of herself."""
        found = find_profile(self.sections, objective=False)
        if found is not None or self.objective is not None:
            return found
        head = [line for lines in self.of_kind(HEAD) for line in lines]
        return find_opening(head)

    @lazy
    def jobs(self) -> list[Job]:
        """What the person worked as."""
        return find_jobs(self.of_kind("work"))

    @lazy
    def studies(self) -> list[Study]:
        """Where the person studied."""
        return find_studies(self.of_kind("education"))

    @lazy
    def skills(self) -> list[Part]:
        """What the person can do."""
        found = [part for lines in self.of_kind("skills") for part in find_skills(lines)]
        found += [part for lines in self.of_kind("other") for part in find_inline(lines)]
        return _unique(found)

    @lazy
    def languages(self) -> list[Part]:
        """What the person speaks."""
        found = [part for lines in self.of_kind("languages") for part in find_languages(lines)]
        if not found:
            cells = [cell for line in self.lines[:_HEAD_LINES] for cell in line.cells]
            found = [part for cell in cells for part in only_languages(cell)]
        return _unique(found)

    @lazy
    def certifications(self) -> list[Part]:
        """Certificates and licences."""
        return find_items(self.of_kind("certificates"))

    @lazy
    def publications(self) -> list[Part]:
        """Publications."""
        return find_items(self.of_kind("publications"))

    @lazy
    def referees(self) -> list[Referee]:
        """Who may be asked."""
        return find_referees(self.of_kind("references"), self._regions)

    def level_of(self, language: Part) -> Part | None:
        """How well a language is spoken: what stands behind it on its line."""
        last = language.tokens[-1]
        for lines in self.of_kind("languages"):
            for line in lines:
                tokens = line.tokens
                at = next((at for at, token in enumerate(tokens) if token is last), None)
                if at is None:
                    continue
                behind = _until_comma(tokens[at + 1 :]) if not _ends(last.text) else []
                part = make_part(behind) if len(behind) <= 5 else None
                others = {token.index for it in self.languages for token in it.tokens}
                is_own = part is not None and not others & {token.index for token in behind}
                return Part(part.tokens, part.text.strip(" ():")) if part and is_own else None
        return None


def _ends(text: str) -> bool:
    return text.endswith((",", ";", "|"))


def _until_comma(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        if token.text in {"|", "•", "·", "/", ","}:
            break
        kept.append(token)
        if _ends(token.text):
            break
    return kept


def _unique(parts: list[Part]) -> list[Part]:
    return list({part.text.casefold(): part for part in reversed(parts)}.values())[::-1]
