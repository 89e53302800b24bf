"""A service whose disk fills up, or can only be read; run by test_failing_service.py in a process of its own.

    python -m tests.faults.failing_service FOLDER full|calls|read-only

`full`: FOLDER is on a small disk of its own, which is filled. `calls`: the system says "no space", then "read-only", to
each change, by libfiu. `read-only`: FOLDER is on a disk that can only be read. Prints the words of each refusal.
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.swap import Live
from api.wiring import open_services
from tests.county import AS_OF
from tests.faults.failing_calls import Failing

READS = (
    "/v1/nearest?lon=111.41&lat=27.66",
    "/v1/coverage/stays",
    "/v1/layers/incidents.geojson",
    "/health/live",
    "/",
)
LEAVE = {"team_id": "T12", "member_id": "M1", "first_day": "2022-12-24", "last_day": "2022-12-25"}


def expect(holds: bool, what: object) -> None:  # reads as an assertion, which -O would not drop
    """End the program when something does not hold."""
    if not holds:
        raise SystemExit(str(what))


def ask(client: TestClient) -> None:
    """Everything that only reads is answered."""
    for path in READS:
        answer = client.get(path)
        expect(answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}")


def post(client: TestClient, key: str) -> Any:
    """One write, under a key."""
    return client.post("/v1/leave", json=LEAVE, headers={"Idempotency-Key": key})


def refused(client: TestClient, key: str, statuses: tuple[int, ...]) -> str:
    """The words of a write that is refused; reads go on, and it can be tried again."""
    ask(client)
    answers = [post(client, key) for _ in range(3)]
    ask(client)
    for answer in answers:
        expect(answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}")
    return str(answers[-1].json()["detail"])


def recovered(client: TestClient, key: str) -> None:
    """The same write is taken, once, without a restart."""
    first, again = post(client, key), post(client, key)
    expect(first.status_code == 201, f"{first.status_code} {first.text[:300]}")
    expect(again.json()["sequences"] == first.json()["sequences"], "it is recorded twice")
    ask(client)


def on_a_full_disk(client: TestClient, folder: Path) -> list[str]:
    """The disk is filled to the last byte, and room is made again."""
    recovered(client, "before")
    ballast = folder.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    expect(shutil.disk_usage(folder).free == 0, "the disk is not full")
    words = [refused(client, "full", (507, 503))]
    ready = client.get("/health/ready").json()
    expect(ready["degraded"] and ready["disk"]["low"], f"health: {ready}")
    ballast.unlink()
    recovered(client, "full")
    return words


def with_failing_calls(client: TestClient, _: Path) -> list[str]:
    """Every change on the disk is refused by the system for a while."""
    recovered(client, "before")
    words = []
    for code in (errno.ENOSPC, errno.EROFS, errno.EIO):
        with Failing(1, code, stays=True):
            words.append(refused(client, str(code), (507, 503)))
        recovered(client, str(code))
    return words


def on_a_read_only_disk(client: TestClient, _: Path) -> list[str]:
    """The service starts on a disk that can only be read."""
    words = [refused(client, "never", (503,))]
    ready = client.get("/health/ready").json()
    expect(ready["degraded"], f"health: {ready}")
    return words


WAYS: dict[str, Callable[[TestClient, Path], list[str]]] = {
    "full": on_a_full_disk,
    "calls": with_failing_calls,
    "read-only": on_a_read_only_disk,
}


def main(folder: Path, way: str, secret: str) -> None:
    """One way."""
    settings = Settings(data=folder, now=AS_OF)
    live = Live(open_services(settings), settings)
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(create_app(live), raise_server_exceptions=False, headers=headers) as client:
        words = WAYS[way](client, folder)
    live.current.close()
    print(json.dumps(words))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
