"""`lapwing serve` where it cannot serve: one line that says what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.command import run


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_told_in_one_line(lapwing: str, tmp_path: Path, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run(lapwing, "serve", "--port", port, "--host", host, home=tmp_path / "home")
    told = f"lapwing: Port {port} is in use, perhaps by another Lapwing: choose another one with --port or LAPWING_PORT."
    assert (done.code, done.out, done.err.strip()) == (2, "", told)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("host", ["no such host", "a..b", "192.0.2.7", "2001:db8::7"])
def test_an_address_of_another_machine_is_told_in_one_line(lapwing: str, tmp_path: Path, host: str) -> None:
    done = run(lapwing, "serve", "--port", 0, "--host", host, home=tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"lapwing: {host} is no address of this machine: use 127.0.0.1 ")
    assert done.err.count("\n") == 1
