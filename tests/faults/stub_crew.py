"""The parent of stub workers, as a program: `python stub_crew.py FOLDER WORKERS READY_S`."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path

from api.workers.crew import Crew, Plan


def main(folder: Path, workers: int, ready_s: float) -> int:
    """Keep so many stub workers until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        plan = Plan(workers, sock.fileno(), "{}", "en", "{county} is served", ready_s=ready_s)
        program = (sys.executable, str(Path(__file__).with_name("stub_worker.py")), str(folder))
        return Crew(plan, str(folder), program).run()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
