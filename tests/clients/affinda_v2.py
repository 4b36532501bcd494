"""The official client 3.11.1 in a process of its own; prints what it saw as JSON.

``python affinda_v2.py URL KEY FILE``: FILE is a résumé, and something reads it meanwhile.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import affinda
from affinda import AffindaAPI, TokenCredential
from affinda.models import ResthookSubscriptionCreate, ResumeData, ResumeDataName
from azure.core.exceptions import HttpResponseError


def main(url: str, key: str, file: str) -> None:
    api = AffindaAPI(TokenCredential(token=key), base_url=url)
    seen = {"version": affinda.__version__, **resumes(api, Path(file)), **others(api, Path(file))}
    stranger = AffindaAPI(TokenCredential(token="f" * 40), base_url=url)
    seen["unauthorized"] = refused(stranger.get_all_resumes)
    sys.stdout.write(json.dumps(seen))


def resumes(api: AffindaAPI, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        made = api.create_resume(file=file, file_name="ann.pdf", custom_identifier="c-1")
    assert made.meta.ready, "it waits by itself"
    again = api.get_resume(made.meta.identifier)
    changed = api.update_resume_data(made.meta.identifier, ResumeData(total_years_experience=21))
    listed = api.get_all_resumes(offset=0, limit=10, custom_identifier="c-1")
    given = ResumeData(name=ResumeDataName(raw="Tim Smith", first="Tim"), objective="To work")
    stored = api.create_resume(data=json.dumps(given.serialize()), file_name="tim.json")
    late = api.create_resume(url="https://example.com/a.pdf", wait=False)
    api.delete_resume(late.meta.identifier)
    return {
        "made": made.as_dict(),
        "same": made.as_dict() == again.as_dict(),
        "changed": changed.as_dict(),
        "listed": [it.as_dict() for it in listed.results],
        "count": listed.count,
        "stored": stored.as_dict(),
        "late_ready": late.meta.ready,
        "gone": refused(lambda: api.get_resume(late.meta.identifier)),
        "neither": refused(api.create_resume),
    }


def others(api: AffindaAPI, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        invoice = api.create_invoice(file=file, wait=False)
    with path.open("rb") as file:
        job = api.create_job_description(file=file, wait=False)
    hook = api.create_resthook_subscription(
        ResthookSubscriptionCreate(target_url="https://example.com/h", event="resume.parse.failed")
    )
    seen = {
        "invoice": api.get_invoice(invoice.meta.identifier).meta.document_type,
        "job": api.get_job_description(job.meta.identifier).meta.document_type,
        "invoices": api.get_all_invoices().count,
        "jobs": api.get_all_job_descriptions().count,
        "hook": hook.as_dict(),
        "hooks": api.get_all_resthook_subscriptions().count,
    }
    api.delete_invoice(invoice.meta.identifier)
    api.delete_job_description(job.meta.identifier)
    api.delete_resthook_subscription(hook.id)
    return seen


def refused(call: Callable[[], Any]) -> list[Any]:
    """The error that a call raises: its class, its status, and the first fault it tells."""
    try:
        call()
    except HttpResponseError as error:
        model = getattr(error, "model", None)
        faults = model.errors if model else []
        told = faults[0].as_dict() if faults else None
        return [type(error).__name__, error.status_code, told]
    return []


if __name__ == "__main__":
    main(*sys.argv[1:])
