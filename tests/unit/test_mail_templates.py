"""Templates of notices: what they may say, and that they run nothing."""

import pytest

from shared.mail.templates import Facts, Templates, check_template
from shared.models.mail_notice import (
    MailTemplate,
    TemplateName,
)


@pytest.mark.parametrize(
    "template",
    [MailTemplate(text="$nothing"), MailTemplate(text="a $ b"), MailTemplate(subject="a\nb"),
     MailTemplate(html="${document.__class__}"), MailTemplate(subject="x" * 201)],
)  # fmt: skip
def test_templates_that_cannot_be(template: MailTemplate) -> None:
    with pytest.raises(ValueError, match=r"subject|text|html"):
        check_template(template)


def test_a_template_runs_nothing() -> None:
    evil = MailTemplate(text="{{ 7*7 }} {% for x in y %} ${document} %(x)s {0.__class__}")
    words = Templates().fill(TemplateName.FAILED, evil, Facts("w"))
    assert words.text == "{{ 7*7 }} {% for x in y %}  %(x)s {0.__class__}"
