"""What holds of the jobs of each stage, here and where they are deployed."""

from shared.models.work import StageName

JOB_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 60.0,
    StageName.UNPACK: 120.0,
    StageName.OCR: 600.0,
    StageName.EXTRACT: 120.0,
    StageName.NOTIFY: 20.0,
}
"""The longest a job may run; page < job < grace < consumer timeout (a test holds them)."""

GRACE_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 280.0,  # the gateway's: requests under way end first, then its stages
    StageName.UNPACK: 280.0,
    StageName.OCR: 660.0,
    StageName.EXTRACT: 180.0,
    StageName.NOTIFY: 60.0,
}
"""``terminationGracePeriodSeconds`` of each stage's pods."""

CONSUMER_TIMEOUT_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 3600.0,
    StageName.UNPACK: 3600.0,
    StageName.OCR: 3 * 3600.0,
    StageName.EXTRACT: 3600.0,
    StageName.NOTIFY: 3600.0,
}
"""RabbitMQ's ``consumer_timeout``, set by policy on the stage queues."""

PREFETCH: dict[StageName, int] = {
    StageName.FETCH: 16,
    StageName.UNPACK: 2,
    StageName.OCR: 1,
    StageName.EXTRACT: 4,
    StageName.NOTIFY: 16,
}
"""Jobs at a time per worker slot and lane; OCR takes one per child process."""
