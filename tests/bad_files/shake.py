"""Sound files with bytes changed at random, imported in a child process.

`python -m tests.bad_files.shake FOLDER SEED COUNT` prints a line of JSON for each file, and one more for each that
ends in anything but an Intake or an error of the core.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import warnings
from pathlib import Path

from tests.bad_files.drive import IN_DEGREES, import_sound, outcome_of
from tests.bad_files.sound import LAYER_OF
from tests.county import checked_layers

SHAKEN = (*LAYER_OF, "a.shx", "a.dbf")


def shake(folder: Path, seed: int, count: int) -> None:
    """Import `count` sound files with bytes changed by a generator that begins with `seed`."""
    layers = checked_layers()
    import_sound(folder / "sound", layers)
    draw = random.Random(seed)
    for number in range(count):
        own = folder / str(number)
        shutil.copytree(folder / "sound", own)
        path = own / draw.choice(SHAKEN)
        changed = draw.choice(sorted(path.iterdir())) if path.is_dir() else path
        changed.write_bytes(_shaken(changed.read_bytes(), draw))
        print(json.dumps({"number": number, "file": str(changed)}), flush=True)
        whole = path.with_suffix(".shp") if path.suffix in (".shx", ".dbf") else path
        told = outcome_of(whole, LAYER_OF[whole.name], IN_DEGREES, layers)
        if told["error"] == "TRACEBACK":
            print(json.dumps({"number": number, **told}), flush=True)
        shutil.rmtree(own)


def _shaken(content: bytes, draw: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 5, 30])):
        at = draw.randrange(len(made) + 1)
        match draw.randrange(10):
            case 0:
                del made[at : at + draw.randrange(1, 50)]
            case 1:
                made[at:at] = draw.randbytes(draw.randrange(1, 20))
            case 2:
                made[at : at + 4] = b"\xff\xff\xff\xff"
            case 3:
                del made[at + 200 :]
            case _:
                made[at : at + 1] = draw.randbytes(1)
    return bytes(made)


if __name__ == "__main__":
    warnings.simplefilter("error")
    shake(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
