"""What it costs a service to know of one new event: read, checked, folded, and handed to the next question.

Run with `make bench`. Times are printed, never asserted; that everything is there is. A wait for the disk makes the
processor forget the program, so two services catch up one after the other: the first pays for that, the second is like
a service that is busy, and is held against the bar.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest

from api.access import LOCAL
from api.settings import SAMPLE_FOLDER, Settings
from api.wiring import Services, open_services
from geo import crs
from geo.events import CheckIn, Draft
from geo.journal import Journal

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

EVENTS = 400


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Services]]:
    """Two services on one folder."""
    folder = tmp_path_factory.mktemp("bench") / "county"
    shutil.copytree(SAMPLE_FOLDER, folder)
    with (
        closing(open_services(Settings(data=folder))) as first,
        closing(open_services(Settings(data=folder))) as second,
    ):
        first.write(LOCAL, check_ins(first, 1, "EPSG:4326"))
        yield [first, second]


def check_ins(services: Services, count: int, system: str) -> list[Draft]:
    """Check-ins at the teams' stations, in the order of time, after the county's present."""
    teams, begin = services.board.teams, services.now() - timedelta(hours=20)
    x, y = crs.from_wgs84(system)(teams.places.lon, teams.places.lat)
    places = list(zip(teams.ids, x.tolist(), y.tolist(), strict=True))
    drafts = []
    for number in range(count):
        team_id, lon, lat = places[number % len(places)]
        at = begin + timedelta(seconds=number)
        member = f"{system} {number}"
        drafts.append(
            Draft.of(CheckIn(team_id=team_id, member_id=member, lon=lon, lat=lat, crs=system, device_time=at))
        )
    return drafts


@pytest.mark.parametrize("system", ["EPSG:4326", "GCJ-02", "BD-09"])
def test_a_service_catches_up_by_one_event(pair: list[Services], system: str) -> None:
    spent: tuple[list[float], ...] = ([], [])
    with Journal.open(pair[0].folder, clock=pair[0].now) as other:
        for draft in check_ins(pair[0], EVENTS, system):
            other.append([draft], actor="bench")
            for services, own in zip(pair, spent, strict=True):
                begin = perf_counter()
                services.caught_up()
                own.append((perf_counter() - begin) * 1e6)
        assert other.newest() == pair[0].caught_up().board.sequence == pair[1].caught_up().board.sequence
    idle_us, busy_us = map(median, spent)
    print(f"\none event of {system}: {busy_us:.0f} us (bar 100 us), right after the disk {idle_us:.0f} us")
