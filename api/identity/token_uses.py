"""When each token was last used: gathered in memory and kept in a file, at most once a minute."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

import orjson

from api.identity.entrants import keep_private
from api.later import MINUTE_S, Later
from geo import store
from geo.errors import GeoError
from geo.files import read_bytes

USES: Final = "token_uses.json"
log = logging.getLogger("yixian")


def uses(folder: Path) -> dict[str, str]:
    """The instant (ISO 8601) of each token's last use that was kept; a file that cannot be read tells of none."""
    path = folder / USES
    try:
        told = orjson.loads(read_bytes(path)) if path.exists() else {}
    except (GeoError, orjson.JSONDecodeError):
        told = {}
    return {str(name): str(at) for name, at in told.items()} if isinstance(told, dict) else {}


class TokenUses:
    """Notes of uses, put into the folder's file with those of its other processes. Safe for threads."""

    def __init__(self, folder: Path, after_s: float = MINUTE_S) -> None:
        self._folder, self._lock = folder, Lock()
        self._noted: dict[str, datetime] = {}
        self._later = Later(after_s)

    def note(self, name: str, at: datetime) -> None:
        """A token was used; under a microsecond, but for the first of a minute."""
        self._noted[name] = at
        self._later.ask(self._keep)

    def close(self) -> None:
        """Keep what was noted."""
        self._later.close()

    def _keep(self) -> None:
        with self._lock:
            noted, self._noted = self._noted, {}
            try:
                with store.keeping_accounts(self._folder):
                    kept = uses(self._folder)
                    for name, at in noted.items():
                        before = kept.get(name)
                        kept[name] = at.isoformat() if before is None else max(before, at.isoformat())
                    keep_private(self._folder / USES, orjson.dumps(kept, option=orjson.OPT_INDENT_2))
            except (GeoError, OSError) as reason:  # a full disk refuses nobody
                log.warning("the last use of tokens could not be kept: %s", reason)
