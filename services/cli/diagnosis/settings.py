"""The settings: those that are wrong, dangerous or misspelt."""

import contextlib
import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError

from services.cli.diagnosis.finding import Finding, Status, local
from shared.broker.connect import is_memory
from shared.config import Settings
from shared.http.targets import TargetPolicy

_PREFIX = "DOCSTAGE_"
_NOT_SETTINGS = frozenset({"URL", "KEY", "MODEL_CACHE", "EVAL_DIR", "FAILPOINTS", "PRODUCTION"})
_TESTS = "TEST_"
_FEW_CHARACTERS = 8
_FOR_OTHERS = 0o077
_METADATA = "169.254.169.254"


def read_settings() -> tuple[Settings | None, list[Finding]]:
    """The settings, unless they are wrong, and what is wrong with them."""
    try:
        settings = Settings()
    except ValidationError as error:
        return None, [
            local(
                "settings",
                Status.FAILURE,
                f"{_PREFIX}{'_'.join(str(it) for it in fault['loc']).upper()}: {fault['msg']}",
                "docs/operations.md and .env.example name them all.",
            )
            for fault in error.errors(include_input=False, include_url=False)
        ]
    found = [*_misspelt(os.environ), *_contradictions(settings), *_secrets(settings)]
    found += [*_exposure(settings), *_file_modes(settings)]
    return settings, found or [local("settings", Status.OK, "nothing stands out")]


def _misspelt(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {it.upper() for it in Settings.model_fields} | _NOT_SETTINGS
    for name in sorted(environment):
        own = name.removeprefix(_PREFIX)
        if name == own or own in known or own.startswith(_TESTS):
            continue
        near = difflib.get_close_matches(own, known, 1)
        advice = f"Is {_PREFIX}{near[0]} meant?" if near else "Remove it."
        yield local("settings", Status.WARNING, f"{name} is no setting", advice)


def _contradictions(settings: Settings) -> Iterator[Finding]:
    if settings.beat_seconds * 2 > settings.lease_seconds:
        yield local(
            "settings",
            Status.FAILURE,
            "a lease ends before it is renewed",
            "DOCSTAGE_BEAT_SECONDS must be less than half of DOCSTAGE_LEASE_SECONDS.",
        )
    try:
        TargetPolicy(settings.allow_private_targets, settings.deny_targets)
    except ValueError as error:
        what = f"DOCSTAGE_ALLOW_PRIVATE_TARGETS or DOCSTAGE_DENY_TARGETS: {error}"
        yield local("settings", Status.FAILURE, what, "A network looks like 10.1.0.0/16.")


def _secrets(settings: Settings) -> Iterator[Finding]:
    secret, key = _value(settings.secret), _value(settings.bootstrap_key)
    if not is_memory(settings.broker_url) and not secret:
        yield local(
            "secret",
            Status.WARNING,
            "DOCSTAGE_SECRET is not set: every data folder has a secret of its own",
            "Set it, the same for all processes; else keys that one made are refused by others.",
        )
    for name, value in (("SECRET", secret), ("BOOTSTRAP_KEY", key)):
        if value and len(set(value)) < _FEW_CHARACTERS:
            advice = "Take a random one: openssl rand -hex 32"
            yield local("secret", Status.WARNING, f"{_PREFIX}{name} can be guessed", advice)
    if secret and secret == key:
        what = "DOCSTAGE_SECRET and DOCSTAGE_BOOTSTRAP_KEY are the same"
        yield local("secret", Status.FAILURE, what, "Who has the key could sign links: change it.")
    parts = urlsplit(settings.broker_url)
    if (parts.username, parts.password) == ("guest", "guest") and parts.hostname != "localhost":
        what = "RabbitMQ is used as guest with its public password"
        yield local("secret", Status.WARNING, what, "Make a user of its own in RabbitMQ.")


def _exposure(settings: Settings) -> Iterator[Finding]:
    with contextlib.suppress(ValueError):
        policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)
        if policy.allows(_METADATA, 80):
            what = f"DOCSTAGE_ALLOW_PRIVATE_TARGETS lets strangers' URLs reach {_METADATA}"
            advice = "There clouds hand out credentials: name your own receivers only."
            yield local("settings", Status.WARNING, what, advice)
    if settings.log_level.upper() == "DEBUG":
        what = "DOCSTAGE_LOG_LEVEL is DEBUG"
        yield local("settings", Status.WARNING, what, "Every read is logged: take INFO.")


def _file_modes(settings: Settings) -> Iterator[Finding]:
    secrets = [settings.data_dir / "secret", settings.data_dir / "admin-key"]
    keys = (settings.secret, settings.bootstrap_key, settings.llm_api_key, settings.vlm_api_key)
    if any(keys) or _has_login(settings):
        secrets.append(Path(".env"))
    if settings.tls_cert:
        secrets.append(Path(settings.tls_key or settings.tls_cert))
    for path in secrets:
        try:
            is_open = bool(path.stat().st_mode & _FOR_OTHERS)
        except OSError:
            continue
        if is_open:
            what = f"{path} can be read by others"
            yield local("secret", Status.WARNING, what, f"chmod 600 {path}")


def _has_login(settings: Settings) -> bool:
    urls = (settings.broker_url, settings.store_url, settings.blobs_url)
    return any(urlsplit(it).password for it in urls)


def _value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def without_login(url: str) -> str:
    """A URL that can be shown."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}"


def without_secrets(text: str, url: str) -> str:
    """A text about the server at ``url``, without its login."""
    try:
        parts = urlsplit(url)
        given = {parts.password or "", unquote(parts.password or "")}
    except ValueError:
        given = set()
    for secret in filter(None, given):
        text = text.replace(secret, "…")
    return text.replace(url, without_login(url))
