"""From when until when someone is assigned: a rule that teams and leaders share."""

from collections.abc import Iterator

import pandas as pd

from geo.layers.spec import RowFault


def assignment_order(rows: pd.DataFrame) -> Iterator[RowFault]:
    """A fault for each row whose assignment ends before it begins."""
    for position, (start, end) in enumerate(zip(rows["assigned_from"], rows["assigned_to"], strict=True)):
        if start is not None and end is not None and end < start:
            yield position, "assigned_to", end, f"is before assigned_from {start}", ""
