"""The nearest teams by straight distance: filtered before k, with a reason; many places answer as one does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import nearest as questions
from geo.calendar import CHINA
from geo.errors import FarPlaceError, InputError
from geo.nearest import MOST_TEAMS
from geo.terms import Available, Basis, Reach, Skill, TeamKind
from tests import oracles
from tests.county import AS_OF, SmallCounty, county_of, raw_layers

nearest = partial(questions.nearest, basis=Basis.STRAIGHT)
nearest_bulk = partial(questions.nearest_bulk, basis=Basis.STRAIGHT)

_lon = st.one_of(st.floats(111.38, 111.54), st.integers(0, 24).map(lambda step: round(111.40 + step / 200, 7)))
_lat = st.one_of(st.floats(27.63, 27.71), st.integers(0, 8).map(lambda step: round(27.65 + step / 200, 7)))
_at = st.integers(0, 60).map(lambda days: datetime(2022, 11, 20, 23, 30, tzinfo=CHINA) + timedelta(days=days))


def fits(row: dict[str, Any], at: datetime, kind: TeamKind | None, skill: Skill | None) -> bool:
    """Whether a checked row of the teams may be in an answer, read off the row itself."""
    start, end = row["assigned_from"] or date.min, row["assigned_to"] or date.max
    skills = row["skills"].split(";") if isinstance(row["skills"], str) else []
    return (
        start <= at.date() <= end
        and (kind is None or row["kind"] == kind.value)
        and (skill is None or skill.value in skills)
    )


@given(
    _lon,
    _lat,
    _at,
    st.integers(1, 30),
    st.one_of(st.none(), st.sampled_from(TeamKind)),
    st.one_of(st.none(), st.sampled_from(Skill)),
)
def test_the_answer_is_that_of_measuring_the_way_of_every_team_that_fits(
    small_county: SmallCounty,
    lon: float,
    lat: float,
    at: datetime,
    k: int,
    kind: TeamKind | None,
    skill: Skill | None,
) -> None:
    teams = small_county.atlas.layers["teams"]
    rows = teams.drop(columns="geometry").to_dict("records")
    points = [(point.x, point.y) for point in teams.geometry]
    allowed = [fits(row, at, kind, skill) for row in rows]
    expected = [
        (rank, rows[position]["team_id"], distance_m)
        for rank, (position, distance_m) in enumerate(oracles.nearest(points, lon, lat, k, allowed), start=1)
    ]
    answer = nearest(
        small_county.atlas,
        small_county.board,
        lon,
        lat,
        at=at,
        k=k,
        kind=kind,
        skill=skill,
        available=Available.STATIONED,  # the search, whoever is on duty at the hour
    )
    assert expected == [(team.rank, team.team_id, team.distance_m) for team in answer.teams]
    assert (Reach.REACHED if expected else Reach.NO_TEAM) == answer.reach


def test_an_answer_says_for_what_place_instant_and_data_it_holds(small_county: SmallCounty) -> None:
    answer = nearest(small_county.atlas, small_county.board, 111.405, 27.675, at=AS_OF)
    assert ("431381001001", AS_OF, Basis.STRAIGHT, small_county.atlas.provenance) == (
        answer.place.village_code,
        answer.at,
        answer.basis,
        answer.provenance,
    )


def test_a_team_comes_with_what_a_dispatcher_needs_and_no_contact(small_county: SmallCounty) -> None:
    team = nearest(small_county.atlas, small_county.board, 111.43, 27.68, at=AS_OF).teams[0]
    assert ("C02", "C队2", TeamKind.CITY, "财政局", "431381001002", (Skill.GEOLOGY, Skill.FIRST_AID), 3) == (
        team.team_id,
        team.name,
        team.kind,
        team.unit,
        team.village_code,
        team.skills,
        team.strength,
    )
    assert (111.43, 27.68, 0.0) == (team.lon, team.lat, team.distance_m)
    assert "某某" not in repr(team)


def test_at_one_station_the_lower_team_id_comes_first(small_county: SmallCounty) -> None:
    answer = nearest(small_county.atlas, small_county.board, 111.405, 27.675, at=AS_OF, k=2)
    assert ["C01", "T01"] == [team.team_id for team in answer.teams]


def test_a_filter_is_applied_before_k(small_county: SmallCounty) -> None:
    # The ten nearest teams hold one geologist; the three nearest geologists are asked for.
    answer = nearest(small_county.atlas, small_county.board, 111.405, 27.675, at=AS_OF, k=3, skill=Skill.GEOLOGY)
    assert ["C02", "C06", "C10"] == [team.team_id for team in answer.teams]


def test_a_team_whose_assignment_is_over_is_not_named(small_county: SmallCounty) -> None:
    there = small_county.atlas.layers["teams"].set_index("team_id").geometry["T08"]
    answer = nearest(small_county.atlas, small_county.board, there.x, there.y, at=AS_OF, k=24)
    assert "T08" not in [team.team_id for team in answer.teams]
    its_last_day = datetime(2022, 11, 30, 10, tzinfo=CHINA)  # a Wednesday, in duty hours
    earlier = nearest(small_county.atlas, small_county.board, there.x, there.y, at=its_last_day)
    assert "T08" in [team.team_id for team in earlier.teams]


def test_when_no_team_fits_the_reason_says_which_team_was_wanted(small_county: SmallCounty) -> None:
    answer = nearest(
        small_county.atlas,
        small_county.board,
        111.405,
        27.675,
        at=AS_OF,
        kind=TeamKind.TOWNSHIP,
        skill=Skill.WATER_RESCUE,
    )
    assert (Reach.NO_TEAM, ()) == (answer.reach, answer.teams)
    assert "none of 24 teams counts: no available township team(s) with water_rescue" == answer.reason


def test_when_fewer_fit_than_were_asked_for_the_reason_says_how_many(small_county: SmallCounty) -> None:
    answer = nearest(small_county.atlas, small_county.board, 111.405, 27.675, at=AS_OF, k=5, skill=Skill.GEOLOGY)
    assert (3, Reach.REACHED) == (len(answer.teams), answer.reach)
    assert answer.reason.startswith("only 3 ")
    assert answer.reason.endswith("5 were asked for")


@pytest.mark.parametrize("k", [0, -1, MOST_TEAMS + 1])
def test_k_has_bounds(k: int, small_county: SmallCounty) -> None:
    with pytest.raises(InputError, match=f"k={k} is not between 1 and {MOST_TEAMS}"):
        nearest(small_county.atlas, small_county.board, 111.43, 27.66, at=AS_OF, k=k)
    with pytest.raises(InputError, match=f"k={k} is not"):
        nearest_bulk(small_county.atlas, small_county.board, np.array([111.43]), np.array([27.66]), at=AS_OF, k=k)


def test_a_far_place_is_refused(small_county: SmallCounty) -> None:
    with pytest.raises(FarPlaceError):
        nearest(small_county.atlas, small_county.board, 27.66, 11.43, at=AS_OF)


def test_a_place_near_the_county_but_in_no_village_is_answered(small_county: SmallCounty) -> None:
    answer = nearest(small_county.atlas, small_county.board, 111.60, 27.66, at=AS_OF)
    assert (None, 3) == (answer.place.village_code, len(answer.teams))


# Many places at once


@given(
    st.lists(st.tuples(_lon, _lat), max_size=8),
    st.integers(1, 30),
    st.one_of(st.none(), st.sampled_from(TeamKind)),
    st.one_of(st.none(), st.sampled_from(Skill)),
)
def test_many_places_are_answered_as_each_alone(
    small_county: SmallCounty,
    places: list[tuple[float, float]],
    k: int,
    kind: TeamKind | None,
    skill: Skill | None,
) -> None:
    atlas, board = small_county.atlas, small_county.board
    lon, lat = np.array([place[0] for place in places]), np.array([place[1] for place in places])
    bulk = nearest_bulk(atlas, board, lon, lat, at=AS_OF, k=k, kind=kind, skill=skill)
    assert (len(places), k) == bulk.neighbours.positions.shape
    for row, place in enumerate(places):
        alone = nearest(atlas, board, *place, at=AS_OF, k=k, kind=kind, skill=skill)
        assert (alone.reach, alone.reason) == (bulk.reaches[row], bulk.reasons[row])
        positions, distances_m = bulk.neighbours.positions[row], bulk.neighbours.distances_m[row]
        assert [(team.team_id, team.distance_m) for team in alone.teams] == [
            (board.teams.ids[position], distance_m)
            for position, distance_m in zip(positions.tolist(), distances_m.tolist(), strict=True)
            if position >= 0
        ]


def test_a_row_that_cannot_be_asked_about_has_its_own_reason_and_stops_nobody(small_county: SmallCounty) -> None:
    lon = np.array([111.43, np.nan, 27.66, 27.66, 111.60, 111.43, np.inf, 200.0])
    lat = np.array([27.66, 27.66, 111.43, 11.43, 27.66, np.nan, 27.66, 27.66])
    bulk = nearest_bulk(small_county.atlas, small_county.board, lon, lat, at=AS_OF, k=2)
    assert [
        Reach.REACHED,
        Reach.INVALID_PLACE,
        Reach.OUTSIDE,
        Reach.OUTSIDE,
        Reach.REACHED,
        Reach.INVALID_PLACE,
        Reach.INVALID_PLACE,
        Reach.OUTSIDE,
    ] == list(bulk.reaches)
    assert "no usable Point" in bulk.reasons[1]
    assert "swapped lon and lat" in bulk.reasons[2]
    assert "swapped lon and lat" in bulk.reasons[3]
    refused = [reach is not Reach.REACHED for reach in bulk.reaches]
    assert refused == (bulk.neighbours.positions == -1).all(axis=1).tolist()
    assert refused == np.isnan(bulk.neighbours.distances_m).all(axis=1).tolist()


def test_when_no_team_fits_every_row_says_so(small_county: SmallCounty) -> None:
    bulk = nearest_bulk(
        small_county.atlas,
        small_county.board,
        np.array([111.43, 0.0]),
        np.array([27.66, 0.0]),
        at=AS_OF,
        skill=Skill.WATER_RESCUE,
    )
    assert (Reach.NO_TEAM, Reach.OUTSIDE) == bulk.reaches


def test_no_places_have_no_answers(small_county: SmallCounty) -> None:
    bulk = nearest_bulk(small_county.atlas, small_county.board, np.array([]), np.array([]), at=AS_OF)
    assert ((), (), (0, 3)) == (bulk.reaches, bulk.reasons, bulk.neighbours.positions.shape)


def test_a_county_of_one_team_answers_with_it() -> None:
    county = county_of(teams=raw_layers()["teams"].iloc[[0]], stays=raw_layers()["stays"].iloc[:0])
    answer = nearest(county.atlas, county.board, 111.51, 27.66, at=AS_OF)
    assert ["C01"] == [team.team_id for team in answer.teams]


def test_a_team_without_members_is_not_sent() -> None:
    teams = raw_layers()["teams"]
    teams["strength"] = [0 if kind == "city" else 3 for kind in teams["kind"]]
    county = county_of(teams=teams)
    answer = nearest(county.atlas, county.board, 111.405, 27.675, at=AS_OF, k=50)
    assert {TeamKind.TOWNSHIP} == {team.kind for team in answer.teams}
