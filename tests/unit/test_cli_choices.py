"""Which files are sent, to which server, with which key, and what times mean."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.cli.commands.times import future
from services.cli.connection import find_server
from services.cli.failures import CliError
from services.cli.selection import select_files

KEY = "a-key-of-thirty-two-characters-or-more"


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(folder: Path, files: list[Path]) -> list[str]:
    return [it.relative_to(folder).as_posix() for it in files]


def test_folders_are_walked_without_what_is_hidden_or_no_document(tmp_path: Path) -> None:
    make(
        tmp_path,
        *("b.pdf", "a.JPG", "sub/deep/c.tiff", "sub/odd", ".hidden.pdf", ".git/d.pdf"),
        *("a.expected.json", "sub/more.JSON", "README.md"),
    )
    selection = select_files([tmp_path])
    assert names(tmp_path, selection.files) == ["a.JPG", "b.pdf", "sub/odd", "sub/deep/c.tiff"]
    assert selection.skipped == {".json": 2, ".md": 1}
    everything = select_files([tmp_path], everything=True)
    assert set(names(tmp_path, everything.files)) == {
        *("a.JPG", "b.pdf", "sub/odd", "sub/deep/c.tiff"),
        *("a.expected.json", "sub/more.JSON", "README.md"),
    }
    assert not everything.skipped


def test_a_file_that_is_named_is_sent_whatever_it_is_and_once(tmp_path: Path) -> None:
    make(tmp_path, "data.json", "in/a.pdf")
    data, folder = tmp_path / "data.json", tmp_path / "in"
    selection = select_files([data, folder / "a.pdf", folder, data])
    assert selection.files == [data, folder / "a.pdf"]


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    make(tmp_path, "in/a.pdf")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "b.pdf").symlink_to(tmp_path / "in" / "a.pdf")
    assert len(select_files([tmp_path]).files) == 1


def test_no_pipe_in_a_folder_holds_us_up(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    os.mkfifo(tmp_path / "pipe.pdf")
    assert names(tmp_path, select_files([tmp_path]).files) == ["a.pdf"]


def test_nothing_to_send_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "a.json")
    with pytest.raises(CliError, match=r"no documents.*--all"):
        select_files([tmp_path])
    with pytest.raises(CliError, match="no file or folder"):
        select_files([tmp_path / "missing"])


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DOCSTAGE_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "data/admin-key", "other/admin-key")
    (tmp_path / "data" / "admin-key").write_text(f"{KEY}\n")
    (tmp_path / "other" / "admin-key").write_text(f"other-{KEY}\n")
    return tmp_path


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1/", "http://[::1]:8080", "http://127.9.9.9"]
)
@pytest.mark.usefixtures("data_folder")
def test_the_local_key_is_for_servers_on_this_machine(url: str) -> None:
    assert find_server(url, None).key == KEY


@pytest.mark.parametrize(
    "url", ["https://docs.example", "http://10.0.0.1", "http://127.0.0.1.example", "http://0.0.0.0"]
)
@pytest.mark.usefixtures("data_folder")
def test_the_local_key_never_goes_elsewhere(url: str) -> None:
    with pytest.raises(CliError, match="No API key"):
        find_server(url, None)
    assert find_server(url, "given").key == "given"


def test_the_data_folder_is_the_configured_one(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSTAGE_DATA_DIR", str(data_folder / "other"))
    assert find_server("http://127.0.0.1:8080", None).key == f"other-{KEY}"
    monkeypatch.setenv("DOCSTAGE_DATA_DIR", str(data_folder / "none"))
    with pytest.raises(CliError, match="No API key"):
        find_server("http://127.0.0.1:8080", None)


def test_a_public_call_sends_no_key(data_folder: Path) -> None:
    assert find_server("http://127.0.0.1:8080", None, needs_key=False).key is None


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://h:1/", "http://h:1"),
        ("https://h/docstage/", "https://h/docstage"),
        ("http://h/api/v1/", "http://h"),
    ],
)
def test_addresses_are_taken_as_people_write_them(given: str, base: str) -> None:
    assert find_server(given, KEY).url == base


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://h", "http://", "http://h:port", "http://h?a=b"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(CliError, match="no server address"):
        find_server(url, KEY)


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel", "x" * 513])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(CliError, match="An API key has only"):
        find_server("http://127.0.0.1:8080", key)


def test_times_are_spans_days_or_moments() -> None:
    in_a_day = datetime.fromisoformat(future("1d")) - datetime.now(UTC)
    assert timedelta(hours=23) < in_a_day <= timedelta(days=1)
    assert future("2999-01-31") == "2999-01-31T00:00:00+00:00"
    assert future("2999-01-31T10:00:00+02:00") == "2999-01-31T08:00:00+00:00"
    for bad in ("soon", "10", "99999y", "2020-01-01", "0d"):
        with pytest.raises(CliError):
            future(bad)
