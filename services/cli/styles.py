"""How states and confidences look: in words first, colours only help."""

_STATES = {
    "ready": ("ready", "green"),
    "needs_review": ("needs review", "yellow"),
    "failed": ("failed", "red"),
    "rejected": ("rejected", "red"),
    "cancelled": ("cancelled", "magenta"),
    "expired": ("expired", "magenta"),
}
_SURE, _LIKELY = 0.9, 0.6


def state_words(state: str) -> str:
    """A state as it is shown to people."""
    return _STATES.get(state, (state, ""))[0]


def state_style(state: str) -> str:
    """The colour of a state."""
    return _STATES.get(state, ("", "cyan"))[1]


def confidence_style(confidence: float) -> str:
    """The colour of a confidence 0..1."""
    if confidence >= _SURE:
        return "green"
    return "yellow" if confidence >= _LIKELY else "red"


def percent(confidence: float) -> str:
    """A confidence 0..1 in whole percent, never rounded up to certainty."""
    return f"{min(round(confidence * 100), 99 if confidence < 1 else 100)}%"
