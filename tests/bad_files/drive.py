"""The child process that imports the bad files: `python -m tests.bad_files.drive FOLDER FIRST`.

It prints a line of JSON before each file and one after it, so that a crash names the file that it happened on.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geo import intake
from geo.errors import GeoError
from geo.intake import Wishes
from geo.layers.registry import LAYERS
from tests.bad_files.corpus import CORPUS
from tests.bad_files.sound import LAYER_OF, sound_files
from tests.county import checked_layers

Layers = Mapping[str, pd.DataFrame]
Told = dict[str, Any]

IN_DEGREES = Wishes(crs="EPSG:4326")


def drive(folder: Path, first: int) -> None:
    """Import the files from number `first` on; tell of each what became of it and how far memory grew."""
    layers = checked_layers()
    import_sound(folder / f"sound-{first}", layers)
    for number, bad in enumerate(CORPUS[first:], start=first):
        own = folder / f"{number:03d}-{first}"
        own.mkdir()
        path = bad.make(own)
        print(json.dumps({"number": number}), flush=True)
        before = _reset_peak()
        told = outcome_of(path, bad.layer, bad.wishes, layers, upsert=bad.upsert)
        told["grown_mib"] = (_peak_kib() - before) / 1024
        print(json.dumps({"number": number, **told}), flush=True)


def import_sound(folder: Path, layers: Layers) -> None:
    """Import a sound file of each format: what a library keeps for good is not held against a bad one."""
    folder.mkdir()
    for path in sound_files(folder):
        told = outcome_of(path, LAYER_OF[path.name], IN_DEGREES, layers)
        if told["error"] or told["faults"]:
            raise AssertionError(f"{path.name} is to be sound: {told}")


def outcome_of(path: Path, layer: str, wishes: Wishes, layers: Layers, *, upsert: bool = False) -> Told:
    """What the whole intake makes of a file beside the small county's layers, up to the table of refused rows."""
    known = layers[layer] if upsert else None
    try:
        taken = intake.read(path, LAYERS[layer], wishes, loaded=layers, known=known)
        taken.refused()
        taken.places_of(taken.faulty_rows)
        whole = any(fault.row == 0 for fault in taken.faults)
        return {
            "error": None,
            "rows": taken.source.rows,
            "accepted": None if whole else len(taken.accepted),
            "refused": len(taken.faulty_rows),
            "faults": [str(fault) for fault in taken.faults],
            "repairs": [str(repair) for repair in taken.repairs if repair.row],
            "remarks": [
                *(remark.text for remark in taken.remarks),
                *(str(repair) for repair in taken.repairs if not repair.row),  # of the whole layer: no place was moved
            ],
        }
    except GeoError as error:
        return {"error": type(error).__name__, "words": str(error)}
    except BaseException as error:  # noqa: BLE001  that is what the corpus is looking for
        return {"error": "TRACEBACK", "words": f"{error!r}\n{traceback.format_exc()}"}


def _reset_peak() -> int:
    """Begin to measure the process's peak memory anew; what it holds now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_kib()


def _peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


if __name__ == "__main__":
    warnings.simplefilter("error")
    drive(Path(sys.argv[1]), int(sys.argv[2]))
