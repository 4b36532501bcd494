"""The words of notices: built in, of the operator's folder, or of a workspace.

A template is text with ``$placeholders`` (Python's ``string.Template``): it can name what there
is to say and nothing else, so that whoever may write one can run nothing and ask for nothing.
What is filled in is escaped for HTML, and of a subject only one line is left.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from shared.mail.built_in import BUILT_IN
from shared.models.mail_notice import MailTemplate, TemplateName

PLACEHOLDERS = frozenset(
    {"document", "link", "workspace", "type", "reason", "count", "list", "host", "footer"}
)
"""What a template may name; what does not apply to a mail is empty in it."""

MAX_SUBJECT = 200
MAX_TEXT = 20_000
MAX_LISTED = 100
_ENDINGS = {"subject": ".subject.txt", "text": ".txt", "html": ".html"}
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Told:
    """A document as a mail tells of it; ``what`` is what is up with it."""

    name: str
    link: str
    what: str
    type: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All there is to say in a mail; ``more`` documents are not listed."""

    workspace: str
    documents: Sequence[Told] = ()
    more: int = 0
    host: str = ""
    reason: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject, and its body twice."""

    subject: str
    text: str
    html: str


class Templates:
    """The words there are; raises ``ValueError`` for a folder's file that cannot be used."""

    def __init__(self, folder: Path | None = None) -> None:
        self._words = {name: _of_folder(name, folder) for name in TemplateName}

    def fill(self, name: TemplateName, own: MailTemplate | None, facts: Facts) -> Words:
        """A mail, in a workspace's own words where it has any."""
        words = self._words[name]
        if own is not None:
            given = own.model_dump(exclude_none=True)
            words = Words(**({part: getattr(words, part) for part in _ENDINGS} | given))
        plain = _values(facts)
        marked = {key: html.escape(value) for key, value in plain.items()}
        marked |= {"list": _html_list(facts), "footer": _html_footer(facts)}
        plain |= {"list": _text_list(facts), "footer": _text_footer(facts)}
        subject = one_line(Template(words.subject).safe_substitute(plain))[:MAX_SUBJECT]
        return Words(
            subject.strip(),
            Template(words.text).safe_substitute(plain),
            Template(words.html).safe_substitute(marked),
        )


def check_template(template: MailTemplate) -> None:
    """Raises ``ValueError`` for placeholders there are not, and for what is too long."""
    limits = {"subject": MAX_SUBJECT, "text": MAX_TEXT, "html": MAX_TEXT}
    for part, limit in limits.items():
        text = getattr(template, part) or ""
        if len(text) > limit:
            raise ValueError(f"{part} must have at most {limit} characters")
        if not Template(text).is_valid():
            raise ValueError(f"{part}: a dollar sign that is none of a placeholder's is $$")
        unknown = set(Template(text).get_identifiers()) - PLACEHOLDERS
        if unknown:
            raise ValueError(f"{part}: there is no ${min(unknown)}")
    if template.subject is not None and one_line(template.subject) != template.subject:
        raise ValueError("subject must be one line")


def one_line(text: str) -> str:
    """Without anything that ends a header's line or cannot be seen."""
    seen = "".join(
        " " if unicodedata.category(it) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else it for it in text
    )
    return _BLANKS.sub(" ", seen)


def _of_folder(name: TemplateName, folder: Path | None) -> Words:
    built_in = BUILT_IN[name]
    if folder is None:
        return Words(*built_in)
    given: dict[str, str] = {}
    for part, ending in _ENDINGS.items():
        path = folder / f"{name.value}{ending}"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            given[part] = text.strip() if part == "subject" else text
    try:
        check_template(MailTemplate(**given))
    except ValueError as error:
        raise ValueError(f"{folder / name.value}: {error}") from None
    return Words(*(given.get(part, own) for part, own in zip(_ENDINGS, built_in, strict=True)))


def _values(facts: Facts) -> dict[str, str]:
    first = facts.documents[0] if facts.documents else Told("", "", "")
    return {
        "document": one_line(first.name),
        "link": first.link,
        "workspace": one_line(facts.workspace),
        "type": first.type or "not known",
        "reason": facts.reason or first.reason,
        "count": str(len(facts.documents) + facts.more),
        "host": facts.host,
    }


def _text_list(facts: Facts) -> str:
    lines = [f"- {one_line(it.name)}: {it.what}\n  {it.link}" for it in facts.documents]
    return "\n".join([*lines, *([f"- and {facts.more} more"] if facts.more else [])])


def _html_list(facts: Facts) -> str:
    items = [
        f'<li><a href="{html.escape(it.link)}">{html.escape(one_line(it.name))}</a>: '
        f"{html.escape(it.what)}</li>"
        for it in facts.documents
    ]
    more = [f"<li>and {facts.more} more</li>"] if facts.more else []
    return "<ul>" + "".join([*items, *more]) + "</ul>"


_WHY = "You are told as your address is entered for notices of this workspace."


def _text_footer(facts: Facts) -> str:
    link = f"\nTo be told no more: {facts.unsubscribe}" if facts.unsubscribe else ""
    return f"-- \n{_WHY}{link}"


def _html_footer(facts: Facts) -> str:
    link = html.escape(facts.unsubscribe)
    end = f' <a href="{link}">Be told no more.</a>' if link else ""
    return f"<p><small>{_WHY}{end}</small></p>"
