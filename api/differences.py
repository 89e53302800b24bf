"""What changes between two checked frames of one layer, row by row of the same id."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.layers.spec import LayerSpec


def difference(before: pd.DataFrame | None, after: pd.DataFrame, spec: LayerSpec) -> tuple[int, int, int]:
    """How many ids were added, changed and removed."""
    if before is None or before.empty:
        return len(after), 0, 0
    old, new = common(before, after, spec)
    return len(after) - len(new), int(np.count_nonzero(~same(old, new, spec))), len(before) - len(old)


def common(before: pd.DataFrame, after: pd.DataFrame, spec: LayerSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of both with the ids that both have, in the order of `after`: as they were, and as they become."""
    ids = after[spec.key][after[spec.key].isin(before[spec.key])].tolist()
    old, new = (one.set_index(spec.key, drop=False).loc[ids] for one in (before, after))
    return old, new


def same(old: pd.DataFrame, new: pd.DataFrame, spec: LayerSpec) -> npt.NDArray[np.bool_]:
    """Which rows of two checked frames of the same ids in the same order have equal cells and shapes."""
    if old.empty:
        return np.ones(0, dtype=bool)
    columns = [column.name for column in spec.columns if not column.derived]
    hashes = [pd.util.hash_pandas_object(frame[columns].astype(str), index=False) for frame in (old, new)]
    equal: npt.NDArray[np.bool_] = hashes[0].to_numpy() == hashes[1].to_numpy()
    if not spec.is_table:
        were, are = (np.asarray(frame.geometry.values, dtype=object) for frame in (old, new))
        redrawn = np.flatnonzero(~shapely.equals_identical(were, are))  # perhaps only begun at another corner
        equal[redrawn] &= shapely.equals_identical(shapely.normalize(were[redrawn]), shapely.normalize(are[redrawn]))
    return equal
