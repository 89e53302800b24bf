"""Presences that count in a village, as coverage takes them and as the layer of stays has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.board.columns import Column
from geo.board.presence import Presence
from geo.calendar import CHINA
from geo.layers.registry import LAYERS
from geo.layers.spec import INSTANT_DTYPE, conform

Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Stays:
    """The presences that count in a village, in the order they were recorded, shape (n,); UTC in microseconds.

    `left_at` is when the member left as far as is known: the check-out, else the begin of the member's next presence
    that ended it, else NaT. A stay without a check-out is open. `team` and `village` are positions in `team_ids` and
    `village_codes`.
    """

    presence: Presence

    @cached_property
    def rows(self) -> npt.NDArray[np.intp]:
        """Their rows among the presences."""
        return np.flatnonzero(self.presence.known.counts & (self.presence.rows["village"] >= 0))

    @cached_property
    def check_in(self) -> Instants:
        """When each began."""
        return self._of("begin").view("datetime64[us]")

    @cached_property
    def check_out(self) -> Instants:
        """When each member checked out; NaT for an open stay."""
        return self.presence.known.check_out[self.rows].view("datetime64[us]")

    @cached_property
    def left_at(self) -> Instants:
        """When each member had left, as far as is known."""
        return self.presence.known.left[self.rows].view("datetime64[us]")

    @cached_property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Which have no check-out."""
        return np.isnat(self.check_out)

    @cached_property
    def team(self) -> npt.NDArray[np.int32]:
        """Positions in `team_ids`."""
        return self._of("team")

    @cached_property
    def village(self) -> npt.NDArray[np.int32]:
        """Positions in `village_codes`."""
        return self._of("village")

    @property
    def team_ids(self) -> list[str]:
        """What `team` stands for, and other words."""
        return self.presence.words.words

    @property
    def village_codes(self) -> list[str]:
        """What `village` stands for."""
        return self.presence.villages.words

    @cached_property
    def frame(self) -> pd.DataFrame:
        """As the layer has them; a check-in's id is E and its sequence, and a stay of no named member has none."""
        words = self.presence.words
        recorded = [f"E{sequence}" for sequence in self._of("sequence").tolist()]
        ids = words.spelt(self._of("stay_id"))
        columns = {
            "stay_id": np.where(self._of("stay_id") < 0, np.array(recorded, dtype=object), ids),
            "team_id": words.spelt(self.team),
            "member_id": words.spelt(self._of("member")),
            "village_code": self.presence.villages.spelt(self.village),
            "check_in": _local(self.check_in),
            "check_out": _local(self.check_out),
            "synthetic": self._of("synthetic"),
        }
        return conform(pd.DataFrame(columns), LAYERS["stays"])

    @property
    def origin(self) -> pd.DataFrame:
        """The same rows with the column `synthetic` alone, in a hundredth of the time."""
        return pd.DataFrame({"synthetic": self._of("synthetic")})

    def _of(self, name: str) -> Column:
        column: Column = self.presence.rows[name][self.rows]
        return column


def _local(instants: Instants) -> pd.Series:
    column: pd.Series = pd.Series(instants).dt.tz_localize("UTC").dt.tz_convert(CHINA).astype(INSTANT_DTYPE)
    return column
