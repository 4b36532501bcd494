"""Who counts as one peer of the SMTP door."""

from ipaddress import ip_network

import pytest

from services.ingest.doors.smtp import networks_of, rate_of
from services.ingest.doors.smtp_limits import Sessions, SmtpLimits, plain_ip
from shared.config import Settings

LIMITS = SmtpLimits(
    max_bytes=1,
    max_recipients=1,
    max_sessions=3,
    max_sessions_per_ip=1,
    idle_seconds=1,
    session_seconds=1,
)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
    ],
)
def test_an_address_has_one_spelling(given: str, plain: str) -> None:
    assert plain_ip(given) == plain


def test_a_network_of_ipv6_is_one_peer() -> None:
    sessions = Sessions(LIMITS)
    assert sessions.enter("2001:db8::1")
    assert not sessions.enter("2001:db8::ffff")
    assert sessions.enter("2001:db8:0:1::1")
    assert sessions.enter("192.0.2.1")
    assert not sessions.enter("192.0.2.2")  # three are all there may be
    sessions.leave("2001:db8::1")
    assert not sessions.enter("192.0.2.1")
    assert sessions.enter("2001:db8::ffff")


def test_settings_are_read_as_lists_and_rates() -> None:
    listed = networks_of(" 10.0.0.0/8, 2001:db8::/32 ,")
    assert listed == [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]
    assert (rate_of(120).per_second, rate_of(120).burst) == (2.0, 120)
    assert rate_of(0).per_second == 0
    with pytest.raises(ValueError, match="smtp_relays"):
        Settings.model_validate({"smtp_relays": "10.0.0.1/8"})
    with pytest.raises(ValueError, match="smtp_tls"):
        Settings.model_validate({"smtp_tls": "sometimes"})
