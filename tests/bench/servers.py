"""Servers in processes of their own, for the time of a block: what is measured over HTTP shares no lock with it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)  # Debian keeps every version apart


@dataclass(frozen=True, slots=True)
class Process:
    """A running server: its address without a slash at the end, and its process."""

    address: str
    pid: int

    def client(self) -> HTTPConnection:
        """A connection that stays open."""
        return HTTPConnection(urlsplit(self.address).netloc, timeout=600)

    def forget_peak(self) -> None:
        """Count the most memory from now on."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def memory_mb(self, line: str) -> float:
        """The memory that it holds (VmRSS), or held at most (VmHWM)."""
        found = re.search(rf"^{line}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024 / 1e6


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """The server of a command that says where it listens."""
    around = {**os.environ, **(environment or {})}
    with subprocess.Popen(
        command, cwd=ROOT, env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said: list[str] = []
            for line in iter(process.stdout.readline, ""):
                said.append(line)
                if found := re.search(r"http://[\d.]+:\d+", line):
                    yield Process(found[0], process.pid)
                    return
            raise AssertionError("".join(said))
        finally:
            process.terminate()


@contextmanager
def postgis(tables: str) -> Iterator[str]:
    """PostgreSQL with what the script `tables` makes, on a free port of this machine; the port."""
    assert POSTGRES is not None
    # A folder of root's is closed to the user that PostgreSQL wants, pytest's temporary ones as well.
    asuser = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    made = subprocess.run([*asuser, "mktemp", "-d"], capture_output=True, text=True, check=True)
    folder = made.stdout.strip()
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    control = [*asuser, str(POSTGRES / "pg_ctl"), "-D", f"{folder}/db", "-w", "-s"]
    try:
        initdb = [str(POSTGRES / "initdb"), "-D", f"{folder}/db", "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run([*asuser, *initdb], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], check=True, cwd=folder)
        psql = [str(POSTGRES / "psql"), "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
        subprocess.run(psql, input=tables, text=True, check=True, stdout=subprocess.DEVNULL)
        yield port
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd="/", check=False)
        subprocess.run([*asuser, "rm", "-rf", folder], check=False)
