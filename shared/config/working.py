"""How the stages work, what rescues them, and where they tell of it."""

from pydantic import BaseModel, Field


class WorkingSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    workers: int = Field(default=0, ge=0, description="child processes; 0: one per core")
    child_memory: int = 4 * 1024**3
    pages_per_part: int = 10
    page_timeout: float = 60.0
    lease_seconds: float = 60.0
    beat_seconds: float = 15.0
    sweep_seconds: float = 5.0
    relay_seconds: float = 0.25
    sweep_grace: float = 120.0
    orphan_seconds: float = Field(
        default=6 * 3600.0, ge=0, description="between two looks for files without records; 0: none"
    )
    orphan_grace: float = Field(
        default=7 * 86400.0, ge=1, description="after which such files are removed"
    )
    max_attempts: int = 3
    transient_hours: float = 24.0
    drain_seconds: float = 30.0
    otlp_endpoint: str = Field(
        default="", description="where traces go, ending in /v1/traces; empty: nowhere"
    )
    otlp_share: float = Field(default=1.0, ge=0, le=1, description="of traces that begin here")
    log_level: str = "INFO"
    log_format: str = Field(default="auto", pattern="^(auto|json|console)$")
