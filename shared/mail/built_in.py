"""The built-in words of notices: subject, text and HTML of each mail."""

from collections.abc import Mapping

from shared.models.mail_notice import TemplateName


def _about(headline: str, more: str = "") -> tuple[str, str]:
    """Text and HTML of a mail about one document; ``more`` is a line of its own."""
    text = (
        f"{headline}\n\n  $document\n  $link\n\nWorkspace: $workspace\nType: $type\n"
        f"{more and more + chr(10)}\n$footer\n"
    )
    line = f"<br>{more}" if more else ""
    marked = (
        f'<p>{headline}</p><p><a href="$link">$document</a></p>'
        f"<p>Workspace: $workspace<br>Type: $type{line}</p>$footer\n"
    )
    return text, marked


BUILT_IN: Mapping[TemplateName, tuple[str, str, str]] = {
    TemplateName.NEEDS_REVIEW: (
        "To be looked over: $document",
        *_about("A document is to be looked over by somebody."),
    ),
    TemplateName.FAILED: (
        "Could not be processed: $document",
        *_about("A document could not be processed.", "Reason: $reason"),
    ),
    TemplateName.REJECTED: (
        "Rejected: $document",
        *_about("A document was rejected.", "Reason: $reason"),
    ),
    TemplateName.WEBHOOK_DISABLED: (
        "Webhook to $host was disabled",
        (
            "The webhook to $host in the workspace $workspace was disabled.\n\nReason: $reason\n\n"
            "Nothing is sent to it until it is enabled again.\n\n$footer\n"
        ),
        (
            "<p>The webhook to $host in the workspace $workspace was disabled.</p><p>Reason: "
            "$reason</p><p>Nothing is sent to it until it is enabled again.</p>$footer\n"
        ),
    ),
    TemplateName.DIGEST: (
        "$count documents in $workspace",
        "These documents of $workspace want to be looked at:\n\n$list\n\n$footer\n",
        "<p>These documents of $workspace want to be looked at:</p>$list$footer\n",
    ),
    TemplateName.TEST: (
        "A try of notices for $workspace",
        "This is a try: notices of the workspace $workspace reach this address.\n\n$footer\n",
        "<p>This is a try: notices of the workspace $workspace reach this address.</p>$footer\n",
    ),
}
