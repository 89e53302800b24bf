"""How much a village matters when it lacks coverage: its people, and the worst hazard that lies in it."""

from __future__ import annotations

from statistics import median

import numpy as np
import numpy.typing as npt

from geo.atlas import Atlas
from geo.exposure import exposed_villages
from geo.reach.places import once_for_each_atlas

Floats = npt.NDArray[np.float64]


@once_for_each_atlas
def attention(atlas: Atlas) -> Floats:
    """A weight for each village, in people, shape (villages,): its people times one more than its worst hazard's level.

    Levels are the common scale's 1 to 5; without a hazard, or with one of unknown level alone, the weight is the
    people. A village whose people nobody counted is taken to have the median of the others, or one where none were.
    """
    known = [area.population for area in atlas.villages if area.population is not None]
    usual = median(known) if known else 1
    level = {area.code: int(area.level or 0) for area in exposed_villages(atlas)}
    people = (usual if area.population is None else area.population for area in atlas.villages)
    return np.array(
        [count * (1 + level.get(area.code, 0)) for count, area in zip(people, atlas.villages, strict=True)], dtype=float
    )
