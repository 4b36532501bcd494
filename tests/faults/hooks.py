"""V6: what webhook receivers were to hear, and what they heard."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from shared.models.delivery import Subscription
from shared.models.document import Document, Event
from tests.faults.evidence import Evidence, Receipt, Violation


def untold(evidence: Evidence) -> Iterator[Violation]:
    """Events that did not arrive, arrived under several ids, or with no valid signature."""
    for subscription in evidence.subscriptions:
        path = urlsplit(subscription.url).path
        receipts = [it for it in evidence.receipts if it.path == path]
        heard: dict[str, set[str]] = {}
        for receipt in receipts:
            event = _event_of(receipt)
            if not is_signed(receipt, secrets_of(subscription)):
                yield Violation("V6", event, "the signature is not valid")
            if 200 <= receipt.status < 300:
                heard.setdefault(event, set()).add(receipt.webhook_id)
        for event, ids in heard.items():
            if len(ids) > 1:
                yield Violation("V6", event, f"one event under {len(ids)} webhook-ids")
        for document in evidence.documents:
            yield from _missing(subscription, document, heard)


def secrets_of(subscription: Subscription) -> list[str]:
    """The secrets that a signature may be made with."""
    return [subscription.secret, *(it.secret for it in subscription.former)]


def is_signed(receipt: Receipt, secrets: list[str]) -> bool:
    """Whether one of the signatures is of one of the secrets (Standard Webhooks, v1)."""
    head = f"{receipt.webhook_id}.{receipt.timestamp}.".encode()
    given = [it.removeprefix("v1,") for it in receipt.signature.split() if it.startswith("v1,")]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = hmac.new(key, head + receipt.body, hashlib.sha256).digest()
        if base64.b64encode(made).decode() in given:
            return True
    return False


def _missing(
    subscription: Subscription, document: Document, heard: dict[str, set[str]]
) -> Iterator[Violation]:
    if document.workspace != subscription.workspace or not document.is_final:
        return
    for event in document.events:
        if _wants(subscription, document, event) and event.id not in heard:
            yield Violation("V6", document.id, f"{event.name.value} never reached its receiver")


def _wants(subscription: Subscription, document: Document, event: Event) -> bool:
    if not subscription.enabled or event.at < subscription.created:
        return False
    if subscription.events and event.name not in subscription.events:
        return False
    return not subscription.types or (
        document.type is not None and document.type.name in subscription.types
    )


def _event_of(receipt: Receipt) -> str:
    try:
        event: str = json.loads(receipt.body)["data"]["event_id"]
    except (ValueError, KeyError, TypeError):
        return receipt.webhook_id
    return event
