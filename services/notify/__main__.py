"""The notify service: ``python -m services.notify``."""

from services.notify.callbacks import CallbackSender
from services.notify.disabling import Disabling
from services.notify.endpoints import Endpoints
from services.notify.fan_out import FanOut
from services.notify.mail.sender import MailSender, Post
from services.notify.mail.telling import MailNotices
from services.notify.metrics import DeliveryMetrics
from services.notify.resthooks import HandshakeSender, ResthookSender
from services.notify.results import ResultSender
from services.notify.stage import NotifyStage
from services.notify.trying import Sender
from services.notify.webhooks import WebhookSender
from shared.config import PREFETCH
from shared.http.client import SafeClient
from shared.http.handshakes import Handshakes
from shared.http.result_messages import ResultMessages
from shared.http.signing_keys import SigningKeys
from shared.models.delivery import DeliveryKind
from shared.models.work import StageName
from shared.process import Process
from shared.serve import main_of_stage
from shared.stage_runners import build_stage
from shared.stages.notifying import Delivering, Schedules
from shared.stages.services import Beside, StageService


def build(process: Process) -> StageService:
    """The stage on the ports of a process."""
    settings = process.settings
    client = SafeClient(  # how many may call one address is for ``Endpoints`` to say
        settings.allow_private_targets, deny_targets=settings.deny_targets, per_host=0
    )
    schedules = Schedules.listed(settings.webhook_schedule)
    endpoints = Endpoints(process.runtime, schedules)
    post = Post.of(settings, process.secret)
    notices = MailNotices(process.runtime, process.outbox) if post is not None else None
    disabling = Disabling(process.runtime, process.outbox, notices)
    messages = ResultMessages(process.secret, settings.public_url)
    senders: dict[DeliveryKind, Sender] = {
        DeliveryKind.WEBHOOK: WebhookSender(
            process.runtime, client, endpoints, schedules, disabling
        ),
        DeliveryKind.PUSH: ResultSender(process.runtime, messages),
        DeliveryKind.CALLBACK: CallbackSender(process.runtime, client, endpoints),
        DeliveryKind.HANDSHAKE: HandshakeSender(
            process.runtime, client, endpoints, Handshakes(process.secret)
        ),
        DeliveryKind.RESTHOOK: ResthookSender(
            process.runtime, client, endpoints, SigningKeys(process.secret), schedules
        ),
    }
    if post is not None:
        senders[DeliveryKind.MAIL] = MailSender(process.runtime, endpoints, post)
    stage = NotifyStage(senders, DeliveryMetrics(process.registry))
    runner = build_stage(process, stage, Delivering(schedules), PREFETCH[StageName.NOTIFY])
    fan_out = FanOut(process.runtime, process.outbox, notices)
    beside = (Beside(fan_out.start, fan_out.stop, lambda: fan_out.alive),)
    beneath = (Beside(client.open, client.close),)
    return StageService("notify", runner, beside, beneath)


def main() -> None:
    """Start the stage as a process of its own."""
    main_of_stage(StageName.NOTIFY, build, children=False)


if __name__ == "__main__":
    main()
