"""The time that the made-up record spans."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from geo.calendar import CHINA, DAY, Week

AS_OF: Final = datetime(2022, 12, 23, 10, 0, tzinfo=CHINA)
FIRST_WEEK: Final = Week(2022, 40)
LAST_WEEK: Final = Week(2022, 51)


def weeks() -> list[Week]:
    """The weeks of the record, the first to the last."""
    found = [FIRST_WEEK]
    while found[-1] != LAST_WEEK:
        found.append(Week.of(found[-1].sunday + DAY))
    return found
