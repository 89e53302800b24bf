"""Networks kept ready: the same as built, never trusted when broken, and never written by who only reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.imports import Manner, import_file
from geo import store
from geo.intake import ImportReport
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.network.building import Built, RoadArrays, from_arrays
from geo.network.graph import Arcs, RoadNetwork
from geo.network.speeds import Profile
from geo.store import ready
from tests import networks
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put

ROADS = networks.arrays(400)


def of(folder: Path, roads: RoadArrays = ROADS, *, write: bool = False) -> Built:
    network_of = store.network_kept(folder) if write else store.network_read(folder)
    return network_of(roads, Profile(), networks.METRIC_CRS)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[RoadArrays]:
    """The roads of which networks were built, not read."""
    asked: list[RoadArrays] = []

    def building(roads: RoadArrays, profile: Profile, metric_crs: str) -> Built:
        asked.append(roads)
        return from_arrays(roads, profile, metric_crs)

    monkeypatch.setattr(ready, "from_arrays", building)
    return asked


def equal(one: RoadNetwork, other: RoadNetwork) -> bool:
    arrays = [field.name for field in fields(RoadNetwork) if field.name not in ("arriving", "leaving")]
    arcs = [(getattr(one, name), getattr(other, name)) for name in ("arriving", "leaving")]
    pairs = [(getattr(one, name), getattr(other, name)) for name in arrays]
    pairs += [(getattr(a, field.name), getattr(b, field.name)) for a, b in arcs for field in fields(Arcs)]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def test_what_is_read_is_what_was_built(tmp_path: Path, built: list[RoadArrays]) -> None:
    kept = of(tmp_path, write=True)
    found = of(tmp_path)
    assert [ROADS] == built
    assert equal(kept.network, found.network)
    assert kept.report == found.report


def test_readers_write_nothing(tmp_path: Path, built: list[RoadArrays]) -> None:
    assert of(tmp_path).report == of(tmp_path).report
    assert 2 == len(built)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"speed_kph": ROADS.speed_kph + 1},
        {"oneway": ~ROADS.oneway},
        {"lon": ROADS.lon + 1e-9},
        {"spans": ~ROADS.spans},
        {"left_out": {"track": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_roads_are_another_network(tmp_path: Path, change: dict, built: list[RoadArrays]) -> None:
    of(tmp_path, write=True)
    of(tmp_path, replace(ROADS, **change))
    assert 2 == len(built)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: whole[:5000], id="cut short"),
        pytest.param(lambda whole: whole[:5000] + b"harmed" + whole[5006:], id="changed"),
    ],
)
def test_a_broken_file_is_as_good_as_none_and_is_written_anew(
    tmp_path: Path, harm: Callable[[bytes], bytes], built: list[RoadArrays]
) -> None:
    sound = of(tmp_path, write=True)
    (file,) = (tmp_path / "ready").iterdir()
    whole = file.read_bytes()
    file.write_bytes(harm(whole))
    assert equal(sound.network, of(tmp_path).network)
    of(tmp_path, write=True)
    assert whole == file.read_bytes()
    assert 3 == len(built)


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    for kph in range(1, 7):
        of(tmp_path, replace(ROADS, speed_kph=ROADS.speed_kph + kph), write=True)
    assert 3 == len(list((tmp_path / "ready").iterdir()))


def test_a_folder_that_holds_nothing_else_is_absent(tmp_path: Path) -> None:
    of(tmp_path, write=True)
    assert store.is_absent(tmp_path)


# The county


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "county"


def test_a_county_with_roads_has_a_network_and_one_without_has_none(small_county: SmallCounty, folder: Path) -> None:
    atlas = store.open_county(folder).atlas
    assert atlas.network is not None
    assert atlas.network_report is not None
    assert (5, 4, 1) == (atlas.network.nodes, atlas.network.segments, atlas.network_report.crossings)
    put(folder, "roads", small_county.layers["roads"].iloc[:0])
    atlas = store.open_county(folder).atlas
    assert (None, None, None) == (atlas.network, atlas.snapper, atlas.network_report)


def test_the_network_is_taken_over_while_its_roads_and_speeds_stay(
    small_county: SmallCounty, folder: Path, built: list[RoadArrays]
) -> None:
    before = store.open_county(folder)
    put(folder, "rivers", small_county.layers["rivers"].assign(name="甲"))
    after = store.open_county(folder, before=before)
    assert after.atlas.network is before.atlas.network
    assert after.atlas.snapper is before.atlas.snapper
    assert 1 == len(built)


def test_other_speeds_make_other_times(small_county: SmallCounty, folder: Path) -> None:
    before = store.open_county(folder)
    slow = pd.DataFrame({"road_class": ["secondary"], "speed_kph": [10]})
    put(folder, "speeds", check(slow, LAYERS["speeds"]))
    after = store.open_county(folder, before=before)
    assert before.atlas.network is not None
    assert after.atlas.network is not None
    on_first = before.atlas.network.road == 0
    assert 5 == pytest.approx(
        after.atlas.network.forward_ms[on_first] / before.atlas.network.forward_ms[on_first], rel=1e-5
    )


# Whoever imports leaves it ready


def imported(folder: Path, roads: pd.DataFrame, *, dry_run: bool = False) -> ImportReport:
    file = folder.parent / "roads.gpkg"
    roads.to_file(file)
    return import_file(folder, "roads", file, now=AS_OF, manner=Manner(dry_run=dry_run))


def test_an_import_of_roads_leaves_their_network_ready_and_tells_of_it(
    small_county: SmallCounty, folder: Path, built: list[RoadArrays]
) -> None:
    report = imported(folder, small_county.layers["roads"].iloc[:1])
    assert 1 == len(built)
    store.open_county(folder)
    assert 1 == len(built)
    (told,) = [remark.text for remark in report.remarks if remark.subject == "network"]
    assert told.startswith("2 nodes and 1 segments; 0 nodes lie outside the largest component")


def test_a_trial_leaves_nothing(small_county: SmallCounty, folder: Path) -> None:
    imported(folder, small_county.layers["roads"].iloc[:1], dry_run=True)
    assert not (folder / "ready").exists()
