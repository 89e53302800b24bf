"""Several workers behind one socket: the parent that starts them, watches them, and exchanges them one at a time.

The parent holds the listening socket for as long as the service lives, so a connection that comes while a worker is
restarted waits instead of being refused. It has loaded nothing but the standard library: `yixian serve` replaces itself
by it. A worker is a program of its own with the socket inherited, not a fork: compiled searches, GDAL and threads do
not bear one, and a worker that is exchanged takes the program as it is on the disk by then.

Parent and worker talk over a pair of sockets, a JSON object a line. The first line is the worker's plan; the worker
says when it is ready; the parent asks it to `leave` (others go on) or to `stop` (nobody does). Whichever end is closed
has died: workers without a parent stop.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict

from api.gate.lines import LineFormatter
from api.workers.crew import Crew, Plan


def become_parent(plan: Plan) -> None:
    """Replace this process by the parent of `plan`'s workers; does not return."""
    reader, writer = os.pipe()
    os.write(writer, json.dumps(asdict(plan)).encode())
    os.close(writer)
    for handle in (reader, plan.socket):
        os.set_inheritable(handle, True)
    os.execv(sys.executable, [sys.executable, "-m", "api.workers.parent", str(reader)])  # noqa: S606  # this program again


def main() -> None:
    """Be the parent of the plan in the pipe that is named."""
    with os.fdopen(int(sys.argv[1]), "rb") as pipe:
        plan = Plan(**json.load(pipe))
    said = logging.StreamHandler()
    said.setFormatter(LineFormatter(for_people=sys.stderr.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[said])
    with ExitStack() as leaving:
        shared = tempfile.mkdtemp(prefix="yixian-")  # readable by this user alone
        leaving.callback(shutil.rmtree, shared, ignore_errors=True)
        status = Crew(plan, shared).run()
    raise SystemExit(status)


if __name__ == "__main__":
    main()
