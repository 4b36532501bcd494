"""The delivery of a mail to one address: made by whoever has something to tell."""

from datetime import datetime

from shared.models.delivery import Delivery, DeliveryKind
from shared.models.mail_notice import MailNotice, NoticeContent, TemplateName, mail_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import StageName, Work


def mail_delivery(
    notice: MailNotice, recipient: str, content: NoticeContent, key: str, now: datetime
) -> Delivery:
    """The delivery of what ``key`` stands for, due at once, or a digest at its time.

    Its id is made of key and address, so that nobody is told the same twice.
    """
    identity = mail_id(key, recipient)
    due = content.at if content.template is TemplateName.DIGEST else now
    job = OutboxEntry(kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=identity, not_before=due)
    return Delivery(
        id=identity,
        created=now,
        organization=notice.organization,
        workspace=notice.workspace,
        kind=DeliveryKind.MAIL,
        document="",
        event=key,
        event_name=None,
        sequence=0,
        subscription=notice.id,
        recipient=recipient,
        payload=content.model_dump_json(),
        work=Work(enqueued=now),
        outbox=[job],
    )
