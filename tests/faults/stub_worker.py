"""A worker that loads nothing, for tests of those who look after workers: `python stub_worker.py FOLDER CHANNEL`.

What it does is read from files of FOLDER, so that a test may change it while workers run: `health`, the status that it
tells when it is ready; `broken`, to end at once; `stuck`, never to be ready.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from pathlib import Path


def main(folder: Path, channel: socket.socket) -> None:
    """Be ready, and go when the parent says so or is gone."""
    lines = channel.makefile("rb")
    json.loads(lines.readline())
    if (folder / "broken").exists():
        raise SystemExit(2)
    while (folder / "stuck").exists():
        time.sleep(0.01)
    health = int((folder / "health").read_text()) if (folder / "health").exists() else 200
    tempfile.mkstemp(prefix="unfinished-")
    told = {"county": "county", "health": health, "is_well": health < 500}
    channel.sendall(json.dumps(told).encode() + b"\n")
    asked = lines.readline()
    with (folder / "asked").open("ab") as file:
        file.write(asked or b"gone\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
