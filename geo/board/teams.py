"""Teams where they stand, in which village they serve on a day, and which of them are free."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import crs
from geo.atlas import Atlas
from geo.board.ledger import Committed
from geo.board.spans import EARLIEST, LATEST, Spans, spans_of
from geo.calendar import to_china
from geo.events import Assignment
from geo.index import Mask, PointIndex
from geo.network.stands import Stands
from geo.terms import Skill, TeamKind

_KEPT_MASKS = 64  # more than the filters that the questions of one day combine


@dataclass(frozen=True, eq=False)
class Teams:
    """The teams where they stand, in the order of their ids, ready to be filtered.

    `stands` are their places on the road network, None where the county has no roads. `village_codes`, `assigned_from`
    and `assigned_to` are the register's; `assignments` were recorded since, and `spans` are what both amount to.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str | None, ...]
    village_codes: tuple[str, ...]
    kinds: tuple[TeamKind, ...]
    skills: tuple[tuple[Skill, ...], ...]
    strengths: tuple[int, ...]
    assigned_from: npt.NDArray[np.datetime64]
    assigned_to: npt.NDArray[np.datetime64]
    places: PointIndex
    stands: Stands | None
    _manned: Mask
    _of_kind: dict[TeamKind, Mask]
    _with_skill: dict[Skill, Mask]
    _allowed: dict[tuple[date, TeamKind | None, Skill | None], Mask] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    commitments: tuple[Committed, ...] = ()

    @cached_property
    def spans(self) -> Spans:
        """Where each team serves, day by day."""
        return spans_of(self.ids, self.village_codes, self.assigned_from, self.assigned_to, self.assignments)

    @cached_property
    def position(self) -> dict[str, int]:
        """Each id's position."""
        return {team_id: position for position, team_id in enumerate(self.ids)}

    def serving(self, first: date, last: date) -> Mask:
        """Which teams are assigned on at least one day of first..last; shape (teams,)."""
        spans, mask = self.spans, np.zeros(len(self.ids), dtype=bool)
        mask[spans.team[(spans.first <= np.datetime64(last, "D")) & (np.datetime64(first, "D") <= spans.last)]] = True
        return mask

    def allowed(self, at: datetime, kind: TeamKind | None, skill: Skill | None) -> Mask:
        """Which teams are assigned at an instant, have members, are not at an incident, and fit the filters.

        Shape (teams,).
        """
        day = to_china(at).date()  # a roster is looked up by the local day: at 17:00 UTC it is tomorrow here
        mask = self._allowed.get((day, kind, skill))
        if mask is None:
            mask = self.serving(day, day) & self._manned & self.fitting(kind, skill)
            if len(self._allowed) >= _KEPT_MASKS:
                self._allowed.clear()
            self._allowed[day, kind, skill] = mask
        mask = mask.copy()  # the caller's own: what is kept must not change
        mask[[self.position[one.team_id] for one in self._committed(at)]] = False
        return mask

    def why_not(self, position: int, at: datetime, kind: TeamKind | None, skill: Skill | None) -> str:
        """Why a team that `allowed` leaves out does not count."""
        day = to_china(at).date()
        if not self.serving(day, day)[position]:
            return f"not assigned on {day}"
        if not self._manned[position]:
            return "it has no members"
        return self.incident_of(position, at) or self.unfit(position, kind, skill)

    def incident_of(self, position: int, at: datetime) -> str | None:
        """At which incident a team is, in words; None where it is at none."""
        for one in self._committed(at):
            if one.team_id == self.ids[position]:
                since = to_china(one.from_at)
                clock = f"{since:%H:%M}" if since.date() == to_china(at).date() else f"{since:%Y-%m-%d %H:%M}"
                return f"committed to incident {one.incident_id} since {clock}"
        return None

    def unfit(self, position: int, kind: TeamKind | None, skill: Skill | None) -> str:
        """Why a team does not fit the filters."""
        if kind is not None and self.kinds[position] is not kind:
            return f"a {self.kinds[position].value} team; {kind.value} teams were asked for"
        return f"it has no skill {skill.value}" if skill is not None else "it was left out"

    def fitting(self, kind: TeamKind | None, skill: Skill | None) -> Mask:
        """Which teams fit the filters; shape (teams,)."""
        mask = np.ones(len(self.ids), dtype=bool)
        if kind is not None:
            mask &= self._of_kind[kind]
        if skill is not None:
            mask &= self._with_skill[skill]
        return mask

    def _committed(self, at: datetime) -> list[Committed]:
        return [one for one in self.commitments if one.holds(to_china(at)) and one.team_id in self.position]


def teams_of(atlas: Atlas) -> Teams:
    """The register's teams, none of them moved or at an incident."""
    return _teams(atlas.layers["teams"], _stands(atlas))


def _stands(atlas: Atlas) -> Stands | None:
    if atlas.network is None or atlas.snapper is None:
        return None
    places = atlas.layers["teams"].geometry
    x_m, y_m = crs.transformer(crs.WGS84, atlas.metric_crs).transform(places.x.to_numpy(), places.y.to_numpy())
    return Stands(atlas.network, atlas.snapper.snap_all(x_m, y_m))


def _teams(frame: pd.DataFrame, stands: Stands | None) -> Teams:
    kinds = tuple(TeamKind(kind) for kind in frame["kind"])
    skills = tuple(_skills(text) for text in frame["skills"])
    shapes = frame.geometry
    return Teams(
        ids=tuple(frame["team_id"]),
        names=tuple(frame["name"]),
        units=tuple(None if pd.isna(unit) else unit for unit in frame["unit"]),
        village_codes=tuple(frame["village_code"]),
        kinds=kinds,
        skills=skills,
        strengths=tuple(int(strength) for strength in frame["strength"]),
        assigned_from=_days(frame["assigned_from"], EARLIEST),
        assigned_to=_days(frame["assigned_to"], LATEST),
        places=PointIndex(shapes.x.to_numpy(), shapes.y.to_numpy()),
        stands=stands,
        _manned=frame["strength"].to_numpy() > 0,
        _of_kind={kind: np.array([own is kind for own in kinds], dtype=bool) for kind in TeamKind},
        _with_skill={skill: np.array([skill in own for own in skills], dtype=bool) for skill in Skill},
    )


def _skills(text: object) -> tuple[Skill, ...]:
    return tuple(Skill(word) for word in text.split(";")) if isinstance(text, str) else ()


def _days(dates: pd.Series, missing: np.datetime64) -> npt.NDArray[np.datetime64]:
    return np.array([missing if day is None else np.datetime64(day, "D") for day in dates], dtype="datetime64[D]")
