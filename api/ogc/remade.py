"""A state of a collection that a client is in the middle of, made again from what the folder and the journal keep.

Another process may have handed it out, or this one before it was restarted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from api.wiring import Services
from geo import store
from geo.board import Board
from geo.calendar import CHINA, to_china
from geo.errors import GeoError
from geo.features import STAMP, FeatureSet, Snapshot
from geo.layers.registry import LAYERS


def marks(served: Services) -> dict[str, str]:
    """The marks of the reference layers: their files' hashes, as the manifest has them."""
    return {name: entry.sha256 for name, entry in served.county.manifest.layers.items()}


def remade(served: Services, name: str, mark: str) -> FeatureSet | None:
    """The features that `mark` names; None where they cannot be had any more."""
    made: Callable[[Services, str, str], FeatureSet | None]
    made = _of_the_folder if name in LAYERS and not LAYERS[name].live else _of_the_journal
    try:
        return made(served, name, mark)
    except (GeoError, ValueError):  # a file that is gone or harmed, an event that never was, a mark that nobody gave
        return None


def _of_the_folder(served: Services, name: str, mark: str) -> FeatureSet | None:
    for entry in reversed(store.read_manifest(served.folder).versions(name)):
        if entry.sha256 == mark:
            frame = store.read_layer(served.folder, entry, LAYERS[name])
            return FeatureSet.of(frame, LAYERS[name], mark, served.board.provenance)
    return None


def _of_the_journal(served: Services, name: str, mark: str) -> FeatureSet | None:
    """What the record told then, over today's reference layers: over others it was another answer."""
    sequence, version, rules, *stamp = mark.split(".")
    present = served.board.provenance
    if (version, rules) != (present.version, present.rules):
        return None
    board = _board_at(served, int(sequence))
    if board is None:
        return None
    at = _instant(board, stamp[0]) if stamp else served.now()
    known = board if board.sequence == 0 else board.known_to(at.replace(second=0, microsecond=0) + timedelta(minutes=1))
    features = Snapshot.of(served.atlas, known, at).feature_set(name)
    return features if features.mark == mark else None


def _board_at(served: Services, sequence: int) -> Board | None:
    if sequence == (served.board.sequence or 0):
        return served.board
    return None if served.record is None or sequence == 0 else served.record.as_of(sequence)


def _instant(board: Board, stamp: str) -> datetime:
    """The instant of an answer; it is that of the newest event where it is no whole minute (`api.pages.moment`)."""
    newest = board.recorded_at
    if newest is not None and f"{to_china(newest):{STAMP}}" == stamp:
        return newest
    return datetime.strptime(stamp, STAMP).replace(tzinfo=CHINA)
