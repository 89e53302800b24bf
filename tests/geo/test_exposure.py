"""Exposure equals planar distances measured one at a time; the worst level wins; nobody is counted twice."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.atlas import Provenance, build
from geo.errors import InputError
from geo.exposure import FARTHEST_M, Exposure, exposure
from geo.terms import HazardKind, HazardLevel
from tests import oracles
from tests.county import AS_OF, SmallCounty, checked_layers, county_of, features, raw_layers, square

LANDSLIDE_ZONE = "Z2"
GRADES = {"small": 2, "medium": 3, "large": 4, "extra_large": 5}


def hazards_of(county: SmallCounty) -> dict[str, tuple[str, int | None, Any]]:
    """Id -> (kind, level, shape) of everything that threatens, read off the layers row by row."""
    found: dict[str, tuple[str, int | None, Any]] = {}
    for row in county.atlas.layers["risk_zones"].itertuples():
        found[row.zone_id] = (row.kind, row.level, row.geometry)
    for row in county.atlas.layers["hazard_sites"].itertuples():
        if row.status == "active":
            grade = row.danger_grade if isinstance(row.danger_grade, str) else None
            found[row.site_id] = (row.kind, GRADES[grade] if grade else None, row.geometry)
    return found


def hazards_by_area(answer: Exposure, layer: str) -> dict[str, set[str]]:
    areas = {"villages": answer.villages, "grids": answer.grids}[layer]
    return {area.code: {hazard.hazard_id for hazard in area.hazards} for area in areas}


@pytest.fixture(scope="module")
def measured(small_county: SmallCounty) -> dict[str, dict[str, dict[str, float]]]:
    """Layer -> area -> hazard -> metres, measured one pair at a time."""
    shapes = {name: shape for name, (_, _, shape) in hazards_of(small_county).items()}
    frames = {layer: small_county.atlas.layers[layer] for layer in ("villages", "grids")}
    return {
        layer: oracles.distances_m(dict(zip(frame["code"], frame.geometry, strict=True)), shapes, "EPSG:4546")
        for layer, frame in frames.items()
    }


@given(
    st.one_of(st.just(0.0), st.floats(0, 6000)),
    st.one_of(st.none(), st.sets(st.sampled_from(HazardKind))),
    st.sampled_from(HazardLevel),
)
def test_the_exposed_areas_are_those_whose_measured_distance_is_within_the_limit(
    small_county: SmallCounty,
    measured: dict[str, dict[str, dict[str, float]]],
    within_m: float,
    kinds: set[HazardKind] | None,
    min_level: HazardLevel,
) -> None:
    levels = {
        name: level
        for name, (kind, level, _) in hazards_of(small_county).items()
        if (kinds is None or kind in kinds) and (level or 1) >= min_level
    }
    answer = exposure(small_county.atlas, within_m=within_m, kinds=kinds, min_level=min_level)
    for layer, areas in measured.items():
        # At the limit itself a rounding may put a hazard on either side of it.
        assume(all(abs(far - within_m) > 1e-6 or far == within_m for near in areas.values() for far in near.values()))
        near = {code: {name for name, far in all_m.items() if far <= within_m} for code, all_m in areas.items()}
        expected = {code: names & set(levels) for code, names in near.items() if names & set(levels)}
        assert expected == hazards_by_area(answer, layer)
        for area in {"villages": answer.villages, "grids": answer.grids}[layer]:
            known = [level for hazard in area.hazards if (level := levels[hazard.hazard_id]) is not None]
            assert max(known, default=None) == area.level


def test_the_worst_level_wins_and_hazards_come_worst_first(small_county: SmallCounty) -> None:
    answer = exposure(small_county.atlas)
    village = next(area for area in answer.villages if area.code == "431381001001")
    assert HazardLevel.HIGH is village.level
    assert ["Z1", "Z2"] == [hazard.hazard_id for hazard in village.hazards]


def test_areas_come_worst_first_then_by_people(small_county: SmallCounty) -> None:
    answer = exposure(small_county.atlas, within_m=3000)
    order = [(-(area.level or 0), -(area.population or 0), area.code) for area in answer.villages]
    assert sorted(order) == order
    assert HazardLevel.EXTREME is answer.villages[0].level


def test_a_removed_site_threatens_nobody(small_county: SmallCounty) -> None:
    answer = exposure(small_county.atlas, within_m=FARTHEST_M)
    named = {hazard.hazard_id for area in (*answer.villages, *answer.grids) for hazard in area.hazards}
    assert set(hazards_of(small_county)) == named
    assert "431381010002" not in named


def test_a_site_of_unknown_grade_counts_only_at_the_lowest_level(small_county: SmallCounty) -> None:
    unknown = "431381010003"  # stands in 431381100001
    assert {unknown} == hazards_by_area(exposure(small_county.atlas), "villages")["431381100001"]
    alone = next(area for area in exposure(small_county.atlas).villages if area.code == "431381100001")
    assert alone.level is None
    assert alone.hazards[0].level is None
    above = exposure(small_county.atlas, min_level=HazardLevel.FAIRLY_LOW)
    assert "431381100001" not in hazards_by_area(above, "villages")


def test_people_are_those_of_the_exposed_grid_cells(small_county: SmallCounty) -> None:
    answer = exposure(small_county.atlas, kinds=[HazardKind.GROUND_COLLAPSE])
    # Zone Z3 lies in the south-western cell of village 431381100201, the twelfth: 12 * 25 people.
    assert ["431381100201003"] == [area.code for area in answer.grids]
    assert (300, {HazardLevel.EXTREME: 300}) == (
        answer.people,
        {level: people for level, people in answer.people_by_level.items() if people},
    )
    assert set(HazardLevel) == set(answer.people_by_level)


def test_nobody_is_counted_twice_however_many_hazards_there_are(small_county: SmallCounty) -> None:
    everyone = sum(small_county.atlas.layers["grids"]["population"])
    assert everyone == exposure(small_county.atlas, within_m=FARTHEST_M).people


def test_without_grid_cells_people_are_those_of_the_villages() -> None:
    layers = checked_layers()
    del layers["grids"]
    atlas = build(layers, Provenance("test", AS_OF))
    answer = exposure(atlas, kinds=[HazardKind.GROUND_COLLAPSE])
    assert (1200, (), ["431381100201"]) == (answer.people, answer.grids, [area.code for area in answer.villages])


def test_people_are_unknown_when_no_population_is() -> None:
    grids = raw_layers()["grids"].assign(population=None)
    answer = exposure(county_of(grids=grids).atlas)
    assert answer.people is None
    assert {None} == {area.population for area in answer.grids}


def test_where_nothing_threatens_nobody_is_exposed() -> None:
    layers = checked_layers()
    del layers["risk_zones"], layers["hazard_sites"]
    answer = exposure(build(layers, Provenance("test", AS_OF)))
    assert ((), (), 0) == (answer.villages, answer.grids, answer.people)


def test_a_zone_that_only_touches_a_village_exposes_it() -> None:
    zones = features([{"zone_id": "Z", "name": "z", "kind": "landslide", "level": 1}], [square(111.44, 27.65, 0.01)])
    answer = exposure(county_of(risk_zones=zones).atlas, kinds=[HazardKind.LANDSLIDE], within_m=0)
    assert {"431381001201", "431381002200"} <= set(hazards_by_area(answer, "villages"))


def test_a_wider_question_never_exposes_fewer(small_county: SmallCounty) -> None:
    sizes = [len(exposure(small_county.atlas, within_m=float(within_m)).grids) for within_m in range(0, 6001, 500)]
    assert sorted(sizes) == sizes
    assert sizes[0] < sizes[-1]


@pytest.mark.parametrize("within_m", [-0.1, FARTHEST_M + 1, float("nan"), float("inf"), -float("inf")])
def test_a_distance_outside_the_bounds_is_refused(within_m: float, small_county: SmallCounty) -> None:
    with pytest.raises(InputError, match="between 0 and 20000 metres") as caught:
        exposure(small_county.atlas, within_m=within_m)
    assert "within_m" == caught.value.parameter


def test_the_bounds_themselves_are_taken(small_county: SmallCounty) -> None:
    assert 0.0 == exposure(small_county.atlas, within_m=0.0).within_m
    assert FARTHEST_M == exposure(small_county.atlas, within_m=FARTHEST_M).within_m


def test_an_answer_repeats_what_was_asked(small_county: SmallCounty) -> None:
    answer = exposure(
        small_county.atlas, kinds=[HazardKind.ROCKFALL, HazardKind.FOREST_FIRE], min_level=HazardLevel.HIGH
    )
    assert ((HazardKind.FOREST_FIRE, HazardKind.ROCKFALL), HazardLevel.HIGH) == (answer.kinds, answer.min_level)
    assert tuple(HazardKind) == exposure(small_county.atlas).kinds


def test_a_grid_cell_is_named_by_its_village(small_county: SmallCounty) -> None:
    cell = exposure(small_county.atlas, kinds=[HazardKind.GROUND_COLLAPSE]).grids[0]
    assert ("grids", "431381100201", "村100201") == (cell.layer, cell.village_code, cell.name)


def test_distances_are_those_of_the_ellipsoid_to_a_few_parts_in_ten_thousand() -> None:
    # A site 500 m east of the county's south-eastern village, by the geodesic.
    lon, lat, _ = oracles.GEOD.fwd(111.52, 27.66, 90, 500)
    site = {"site_id": "431381010009", "name": "远", "kind": "landslide", "threatened_people": 1, "status": "active"}
    sites = features([{**site, "threatened_assets_cny": None}], [shapely.Point(lon, lat)])
    atlas = county_of(hazard_sites=sites, risk_zones=raw_layers()["risk_zones"].iloc[:0]).atlas
    assert [0, 1] == [len(exposure(atlas, within_m=within_m).villages) for within_m in (499.8, 500.2)]
