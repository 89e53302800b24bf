"""The Board: the live state that questions see. So far it is folded from the checked frames of the live layers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import closures as road_closures
from geo import crs
from geo.atlas import Atlas
from geo.calendar import to_china
from geo.closures import RoadClosures
from geo.index import Mask, PointIndex
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import empty
from geo.network.stands import Stands
from geo.terms import Skill, TeamKind

_EARLIEST, _LATEST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, slots=True)
class Record:
    """The span that the stays tell of: the first evening, and the instant up to which they were known."""

    first_evening: date
    until: datetime


@dataclass(frozen=True, eq=False)
class Teams:
    """The teams where they stand, in the order of their ids, ready to be filtered.

    `stands` are their places on the road network, None where the county has no roads.
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

    def serving(self, first: date, last: date) -> Mask:
        """Which teams are assigned on at least one day of first..last; shape (teams,)."""
        return (self.assigned_from <= np.datetime64(last, "D")) & (np.datetime64(first, "D") <= self.assigned_to)

    def allowed(self, at: datetime, kind: TeamKind | None, skill: Skill | None) -> Mask:
        """Which teams are assigned at an instant, have members, and fit the filters; shape (teams,)."""
        day = to_china(at).date()  # a roster is looked up by the local day: at 17:00 UTC it is tomorrow here
        mask = self.serving(day, day) & self._manned
        if kind is not None:
            mask &= self._of_kind[kind]
        if skill is not None:
            mask &= self._with_skill[skill]
        return mask

    def why_not(self, position: int, at: datetime, kind: TeamKind | None, skill: Skill | None) -> str:
        """Why a team that `allowed` leaves out does not count."""
        day = to_china(at).date()
        if not self.serving(day, day)[position]:
            return f"not assigned on {day}"
        if not self._manned[position]:
            return "it has no members"
        if kind is not None and self.kinds[position] is not kind:
            return f"a {self.kinds[position].value} team; {kind.value} teams were asked for"
        return f"it has no skill {skill.value}" if skill is not None else "it was left out"


@dataclass(frozen=True, eq=False)
class Board:
    """Teams in place, the live layers, and the span that the record of stays covers (None: no stays at all).

    `roads` is what closures and risk zones do to the roads, None where the county has none.
    `left_at` holds for each stay when its member left, as far as is known: the check-out, else the member's next
    check-in, else NaT; datetime64[us] in UTC, shape (stays,).
    """

    teams: Teams
    stays: pd.DataFrame
    left_at: npt.NDArray[np.datetime64]
    incidents: pd.DataFrame
    closures: pd.DataFrame
    roads: RoadClosures | None
    record: Record | None


def fold(
    atlas: Atlas,
    stays: pd.DataFrame | None,
    incidents: pd.DataFrame | None,
    known_until: datetime | None,
    *,
    closures: pd.DataFrame | None = None,
    before: Board | None = None,
) -> Board:
    """A Board of checked frames. `known_until` is when the record of stays ends; by default, at its last instant.

    What was found on the roads for the Board `before` is kept where it still holds.
    """
    stays = empty(LAYERS["stays"]) if stays is None else stays
    incidents = empty(LAYERS["incidents"]) if incidents is None else incidents
    closures = empty(LAYERS["closures"]) if closures is None else closures
    return Board(
        teams=_teams(atlas.layers["teams"], _stands(atlas)),
        stays=stays,
        left_at=_left_at(stays),
        incidents=incidents,
        closures=closures,
        roads=road_closures.fold(atlas, closures, before.roads if before else None),
        record=_record(stays, known_until),
    )


def layer_frame(atlas: Atlas, board: Board, name: str) -> pd.DataFrame:
    """The rows of a layer wherever they live: reference layers in the Atlas, live ones on the Board."""
    live = {"stays": board.stays, "incidents": board.incidents, "closures": board.closures}
    return live[name] if layer(name).live else atlas.layers[name]


def microseconds(instants: pd.Series) -> npt.NDArray[np.datetime64]:
    """A column of instants as datetime64[us] in UTC."""
    return np.asarray(instants.dt.tz_convert("UTC").dt.tz_localize(None), dtype="datetime64[us]")


def _left_at(stays: pd.DataFrame) -> npt.NDArray[np.datetime64]:
    ordered = stays.sort_values(["member_id", "check_in"], kind="stable")
    next_check_in = ordered.groupby("member_id")["check_in"].shift(-1).reindex(stays.index)
    return microseconds(stays["check_out"].fillna(next_check_in))


def _record(stays: pd.DataFrame, known_until: datetime | None) -> Record | None:
    if stays.empty:
        return None
    first = (stays["check_in"].min() - timedelta(microseconds=1)).date()  # a check-in at 24:00 is of the day before
    last_seen = max(stays["check_in"].max(), stays["check_out"].max(skipna=True))
    return Record(first, to_china(known_until or last_seen.to_pydatetime()))


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
        assigned_from=_days(frame["assigned_from"], _EARLIEST),
        assigned_to=_days(frame["assigned_to"], _LATEST),
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
