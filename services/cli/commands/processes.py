"""``docstage up`` and ``run``: starting what the other commands speak to."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Service(StrEnum):
    """The services that run as processes of their own."""

    INGEST = "ingest"
    OCR = "ocr"
    EXTRACT = "extract"
    NOTIFY = "notify"


def up(
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            envvar="DOCSTAGE_HOST",
            help="Address to listen on: 127.0.0.1 unless given, 0.0.0.0 for all.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            envvar="DOCSTAGE_PORT",
            min=0,
            max=65535,
            help="Port to listen on: 8080 unless given.",
            metavar="PORT",
            show_default=False,
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            envvar="DOCSTAGE_DATA_DIR",
            file_okay=False,
            help="Folder for documents, database and keys: ./data unless given.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            envvar="DOCSTAGE_WORKERS",
            min=0,
            help="Child processes that compute: one for each core unless given.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls",
            help="Serve HTTPS: with DOCSTAGE_TLS_CERT, else with a certificate for development "
            "that is made in the data folder.",
        ),
    ] = False,
) -> None:
    """Run everything in one process: no other server is needed.

    At the first start a key is made, shown once, and kept in the data folder for the
    other commands; DOCSTAGE_BOOTSTRAP_KEY sets one of your own (32 characters or more).
    All DOCSTAGE_* settings hold, also from a file .env. Ctrl-C ends it.
    """
    # Only who runs services loads them.
    from services.cli.up import up as serve  # noqa: PLC0415

    serve(host, port, data_dir, workers, tls=tls)


def run(
    service: Annotated[
        Service,
        typer.Argument(metavar="ingest|ocr|extract|notify", help="Which one.", show_default=False),
    ],
) -> None:
    """Run one service as a process of its own, on RabbitMQ.

    Everything is set by DOCSTAGE_* variables, first of all DOCSTAGE_BROKER_URL,
    DOCSTAGE_STORE_URL and DOCSTAGE_BLOBS_URL.
    """
    from services.cli.run import run as serve  # noqa: PLC0415

    serve(service.value)
