"""The settings tree: environment variables ``DOCSTAGE_*``, or a ``.env`` file.

URLs choose the adapters: ``DOCSTAGE_BROKER_URL`` is ``memory://`` or ``amqp://…``,
``DOCSTAGE_STORE_URL`` is ``sqlite:///path`` or ``mongodb://…/database``,
``DOCSTAGE_BLOBS_URL`` is ``file:///path`` or ``s3://KEY:SECRET@host:port/bucket``
(``s3+http://`` for a server without TLS).
"""

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.config.calling import CallingSettings
from shared.config.engines import EngineSettings
from shared.config.keeping import KeepingSettings
from shared.config.mail import MailSettings
from shared.config.serving import ServingSettings
from shared.config.working import WorkingSettings


class Settings(
    ServingSettings,
    KeepingSettings,
    MailSettings,
    CallingSettings,
    EngineSettings,
    WorkingSettings,
    BaseSettings,
):
    """Everything an operator can set. Times are seconds, sizes bytes."""

    model_config = SettingsConfigDict(
        env_prefix="DOCSTAGE_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,  # a URL that is wrong may hold a password
    )
