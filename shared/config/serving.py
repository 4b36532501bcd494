"""Where the API listens, how much it takes, and how long it waits."""

from pydantic import BaseModel, Field, ValidationInfo, field_validator


class ServingSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(default=0, description="0: no admin port (docstage up serves it)")
    public_url: str = Field(default="", description="how others reach us, for links in mail")
    tls_cert: str = Field(
        default="", description="a PEM file, its chain included, for HTTPS; empty: plain HTTP"
    )
    tls_key: str = Field(default="", description="its key's PEM file; empty: in the same file")
    max_file_bytes: int = 100 * 1024 * 1024
    max_files: int = 100
    max_pages: int = 5_000
    rate_per_key: float = Field(
        default=500.0, ge=0, description="calls a second, per process; 0: without limit"
    )
    rate_per_key_burst: int = Field(default=2_000, ge=1, description="calls at once")
    rate_per_organization: float = Field(
        default=1_000.0, ge=0, description="the same for all keys of an organization"
    )
    rate_per_organization_burst: int = Field(default=4_000, ge=1)
    overload_backlog: int = Field(
        default=50_000, ge=0, description="documents waiting to be read; 0: any number"
    )
    overload_spool_bytes: int = Field(
        default=20 * 1024**3, ge=0, description="of uploads under way; 0: any number"
    )
    overload_free_bytes: int = Field(
        default=512 * 1024**2, ge=0, description="to stay free on the spool's disk; 0: nothing"
    )
    overload_memory_bytes: int = Field(
        default=0, ge=0, description="of the gateway; 0: nine tenths of its container's"
    )
    wait_limit: float = 60.0
    upload_timeout: float = 600.0
    lead_time: float = Field(
        default=3600.0, gt=0, description="the SLA moment that the DocDigitizer dialect tells"
    )
    extract_wait_limit: float = Field(
        default=300.0, gt=0, description="how long the Documind dialect waits for an extraction"
    )
    affinda_wait_limit: float = Field(
        default=180.0,
        gt=0,
        le=280,
        description="how long the Affinda dialect waits for a document; its clients wait 300 s",
    )
    daily_credits: int = Field(
        default=0, ge=0, description="Documind's, per organization and day; 0: without end"
    )
    documind_retention_days: int = Field(
        default=30, ge=0, description="how long documents sent through it are kept; 0: for ever"
    )

    @field_validator("tls_key")
    @classmethod
    def _key_has_a_certificate(cls, key: str, info: ValidationInfo) -> str:
        if key and not info.data.get("tls_cert"):
            raise ValueError("is of no use without DOCSTAGE_TLS_CERT")
        return key

    @property
    def local_url(self) -> str:
        """Where the API listens, for whoever is on this machine."""
        scheme = "https" if self.tls_cert else "http"
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{shown}:{self.port}"
