"""Snapshots of the Board, kept on a thread of their own: no question waits for them."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock, Thread

from geo.board import Board, to_snapshot
from geo.errors import GeoError
from geo.journal import Journal


class Keeper:
    """Keeps a journal's snapshots, one at a time; one that is offered while another is kept is passed over."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None

    def offer(self, journal: Journal, board: Board) -> bool:
        """Begin to keep a Board, so that the next start need not begin at the first event; whether it is kept."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._thread = Thread(target=_keep, args=(journal, board), name="yixian-snapshot")
            self._thread.start()
        return True

    def close(self) -> None:
        """Wait for the one that is being kept."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()


def _keep(journal: Journal, board: Board) -> None:
    with suppress(GeoError, OSError):  # a full disk: the next start folds longer, and that is all
        journal.keep_snapshot(board.sequence, to_snapshot(board))
