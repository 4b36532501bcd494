"""Ports for servers that are started a moment later, and again after they were killed."""

import socket
from pathlib import Path

import pytest

from tests.servers import process
from tests.servers.process import HOST, accepts, free_ports


def test_nobody_is_given_them_who_does_not_name_one() -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    found = free_ports(20)
    assert len(set(found)) == 20
    assert not any(low <= it <= high or accepts(it) for it in found)


def test_what_somebody_has_is_not_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        taken = other.getsockname()[1]
        monkeypatch.setattr(process, "_FIRST_PORT", taken)
        (tmp_path / "range").write_text(f"{taken + 1}\t60999\n")
        monkeypatch.setattr(process, "_RANGE", tmp_path / "range")
        assert taken not in free_ports(3), "the only one below, so they are the kernel's"


def test_where_the_kernel_keeps_all_to_itself_it_chooses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "range").write_text("1024\t65535\n")
    for place in (tmp_path / "range", tmp_path / "none"):
        monkeypatch.setattr(process, "_RANGE", place)
        assert len(set(free_ports(5))) == 5
