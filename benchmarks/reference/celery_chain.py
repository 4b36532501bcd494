"""Three tasks in Celery, prefork with two processes: late acknowledgement, confirms.

The process that is told what to do publishes; the worker is a process below it. Each queue
has an exchange and a routing key of its own: without, kombu binds all of them to the key of
the first, and messages are copied.
"""

import asyncio
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from celery import Celery
from kombu import Exchange, Queue

from benchmarks.chain_options import PREFETCH, ChainOptions, chain_options
from benchmarks.driving import Driver, Teller, obey

PROCESSES = 2
VARIABLE = "DOCSTAGE_BENCH_CHAIN"
NAMES = [f"benchmarks.stage{number}" for number in range(3)]


def make_app(options: ChainOptions) -> Celery:
    """The application with its three tasks."""
    app = Celery("chain", broker=options.url, set_as_current=False)
    arguments = {"x-queue-type": options.kind}
    app.conf.update(
        task_queues=[
            Queue(name, Exchange(name), routing_key=name, queue_arguments=arguments)
            for name in options.queues
        ],
        task_routes={
            task: {"queue": queue, "routing_key": queue}
            for task, queue in zip(NAMES, options.queues, strict=True)
        },
        task_acks_late=True,
        task_ignore_result=True,
        task_default_delivery_mode="persistent",
        broker_transport_options={"confirm_publish": True},
        worker_prefetch_multiplier=PREFETCH // PROCESSES,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        worker_hijack_root_logger=False,
    )
    teller = cache(lambda: Teller(options.pipe))  # opened after the fork

    @app.task(name=NAMES[0])
    def first(job: str, note: str) -> None:
        app.send_task(NAMES[1], (job, note))

    @app.task(name=NAMES[1])
    def second(job: str, note: str) -> None:
        app.send_task(NAMES[2], (job, note))

    @app.task(name=NAMES[2])
    def last(job: str, note: str) -> None:  # noqa: ARG001 - as the others
        teller().finished(job)

    return app


def work() -> None:
    """The worker; it takes its options from the environment."""
    app = make_app(chain_options(json.loads(os.environ[VARIABLE])))
    app.worker_main([
        "worker", "--pool", "prefork", "--concurrency", str(PROCESSES), "--without-gossip",
        "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
    ])  # fmt: skip


async def run(options: ChainOptions) -> None:
    """Serve until standard input ends."""
    app = make_app(options)

    async def publish(job: str) -> None:
        app.send_task(NAMES[0], (job, "x" * 120))  # blocks until confirmed, as Celery does

    driver = Driver(options.pipe, publish)
    worker = start_worker(options)
    try:
        await obey(driver)
    finally:
        worker.terminate()
        worker.wait()


def start_worker(options: ChainOptions) -> subprocess.Popen[bytes]:
    """The worker as a process of its own; a first job says that it works."""
    environment = {**os.environ, VARIABLE: json.dumps(options.arguments())}
    module = Path(__file__).stem
    command = [sys.executable, "-c", f"from benchmarks.reference.{module} import work; work()"]
    return subprocess.Popen(command, env=environment, stdout=sys.stderr)  # noqa: S603


if __name__ == "__main__":
    asyncio.run(run(chain_options()))
