"""The command `yixian` for tests: each call a process of its own, forked from one that has its libraries loaded.

Loading them takes some two seconds of processor; a few hundred calls would take longer than everything else.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]


def yixian(
    *words: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """What the command says to `words`, in a terminal of 200 columns and the environment `env` (this one's)."""
    command = [sys.executable, "-m", "api.cli", *map(str, words)]
    environment = {**(os.environ if env is None else env), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    if hasattr(os, "fork"):
        told = _asked({"words": command[3:], "cwd": str(cwd), "env": environment})
        done = subprocess.CompletedProcess(command, told["code"], told["out"], told["err"])
    else:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd, env=environment)
    if check:
        done.check_returncode()
    return done


def _asked(question: Mapping[str, Any]) -> Any:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(question) + "\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[str]:
    """The process that forks, one for each that runs tests."""
    server = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    atexit.register(_ended, server)
    return server


def _ended(server: subprocess.Popen[str]) -> None:
    for pipe in (server.stdin, server.stdout):
        assert pipe is not None
        pipe.close()
    server.wait()


def _serve() -> None:
    """Load everything, then answer each question, one a line, by a child of its own."""
    for room in ("geo", "maps", "api"):
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    _warm()
    gc.freeze()  # no child looks through what is loaded
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        question = json.loads(line)
        with _spool() as out, _spool() as err:
            child = os.fork()
            if child == 0:
                _run(question, out, err)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said = [_read(file) for file in (out, err)]
        answers.write(json.dumps({"code": code, "out": said[0], "err": said[1]}) + "\n")
        answers.flush()


def _warm() -> None:
    """Ask once by road, so that the compiled searches are loaded."""
    from api.settings import SAMPLE_FOLDER, Settings
    from api.wiring import open_services
    from geo.nearest import nearest
    from geo.reach import reach_areas

    services = open_services(Settings(data=SAMPLE_FOLDER))
    nearest(services.atlas, services.board, 111.43, 27.69, at=services.now(), paths=True)
    reach_areas(services.atlas, services.board, at=services.now())
    services.close()


def _spool() -> IO[bytes]:
    import tempfile

    return tempfile.TemporaryFile()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _run(question: Mapping[str, Any], out: IO[bytes], err: IO[bytes]) -> None:
    """The command, in this process, which ends with it."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.chdir(question["cwd"])
        os.environ.clear()
        os.environ.update(question["env"])
        sys.argv = ["yixian", *question["words"]]
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # for as long as the process lives
        from api.cli import main

        code = 0
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001  # as Python itself ends
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
