"""What happened: the real detections, and made-up incidents."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Final

import geopandas
import shapely

from geo.calendar import CHINA
from geo.synthetic import chance, facts, record
from geo.synthetic.rows import Row, framed
from geo.terms import IncidentKind

_HAPPENINGS: Final = {  # kind: months in which it happens, what is said of it
    IncidentKind.LANDSLIDE: ((4, 5, 6, 7), "强降雨引发小型滑坡,道路受阻"),
    IncidentKind.ROCKFALL: ((5, 6, 8), "边坡落石,临时封闭单侧车道"),
    IncidentKind.DEBRIS_FLOW: ((6, 7), "沟谷泥石流,转移沟口住户"),
    IncidentKind.GROUND_COLLAPSE: ((3, 5, 9), "农田地面塌陷,设置警戒"),
    IncidentKind.FLOOD: ((5, 6, 6), "低洼处积水,转移群众"),
    IncidentKind.OPEN_FIRE: ((10, 10, 11, 11, 12), "野外用火,现场制止并教育"),
    IncidentKind.FOREST_FIRE: ((4, 9, 10), "林地起火,组织扑救"),
}
_Incident = tuple[datetime, datetime | None, datetime | None, IncidentKind, str, str]


def detections() -> geopandas.GeoDataFrame:
    """The three NASA detections inside the county, real: two of the Global Landslide Catalog, one FIRMS MODIS hotspot.

    The catalogue gives no time of day; the hotspot's is 2022-04-04 03:00 UTC.
    """
    landslide: Row = {"kind": "landslide_report", "source": "nasa_glc", "accuracy": "unknown", "synthetic": False}
    rows: list[Row] = [
        {**landslide, "detection_id": "glc-1846", "detected_on": date(2010, 5, 6), "category": "complex"},
        {**landslide, "detection_id": "glc-2055", "detected_on": date(2010, 7, 11), "category": "landslide"},
        {
            "detection_id": "firms-T-20220404T0300-27.71606-111.58614",
            "kind": "hotspot",
            "source": "firms_modis",
            "detected_on": date(2022, 4, 4),
            "detected_at": datetime(2022, 4, 4, 11, 0, tzinfo=CHINA),
            "satellite": "T",
            "confidence": "64",
            "frp_mw": 7.5,
            "synthetic": False,
        },
    ]
    places = ((111.4563986, 27.61919882), (111.4132365, 27.67089598), (111.58614, 27.71606))
    return framed(rows, [shapely.Point(place) for place in places])


def incidents(rng: random.Random, villages: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Incidents of 2022 as they were discovered; the times of each keep R20's order. The last three are open."""
    shape = dict(zip(villages["code"], villages.geometry, strict=True))
    found = [_story_incident(), *_open_incidents()]
    kinds = list(_HAPPENINGS)
    for number in range(21):
        kind = kinds[number % len(kinds)]
        months, summary = _HAPPENINGS[kind]
        month = rng.choice(months)
        day = rng.randint(1, 18 if month == record.AS_OF.month else 28)
        discovered = datetime(2022, month, day, rng.randint(0, 23), rng.randint(0, 59), tzinfo=CHINA)
        notified = discovered + timedelta(minutes=rng.choice((2, 4, 6, 9, 12, 15, 22)))
        handled = notified + timedelta(minutes=rng.choice((35, 50, 70, 95, 118, 160, 240)))
        found.append((discovered, notified, handled, kind, rng.choice(facts.VILLAGES).code, summary))
    found.sort(key=lambda incident: incident[0])
    rows: list[Row] = [
        {
            "incident_id": f"I-2022-{number:03d}",
            "kind": kind,
            "summary": summary,
            "discovered_at": discovered,
            "notified_at": notified,
            "handled_at": handled,
        }
        for number, (discovered, notified, handled, kind, _, summary) in enumerate(found, start=1)
    ]
    return framed(rows, [chance.point_in(rng, shape[village]) for _, _, _, _, village, _ in found])


def _story_incident() -> _Incident:
    """The article's: 2022-11-27 at 04:00 in 建新社区; only place and hour are told, the rest is made up."""
    at = datetime(2022, 11, 27, 4, 0, tzinfo=CHINA)
    summary = "凌晨险情,相邻社区工作队就近增援"
    return at, at + timedelta(minutes=5), at + timedelta(minutes=95), IncidentKind.OTHER, "431381001006", summary


def _open_incidents() -> list[_Incident]:
    """Three that are not handled by record.AS_OF; of the last nobody has been told yet."""
    evening = datetime(2022, 12, 22, 21, 34, tzinfo=CHINA)
    morning = datetime(2022, 12, 23, 8, 41, tzinfo=CHINA)
    late = datetime(2022, 12, 23, 9, 52, tzinfo=CHINA)
    sinking = "采空区地面下沉,已拉警戒线"
    smoke = "山腰冒烟,护林员前往核查"
    return [
        (evening, evening + timedelta(minutes=11), None, IncidentKind.GROUND_COLLAPSE, "431381002204", sinking),
        (morning, morning + timedelta(minutes=6), None, IncidentKind.FOREST_FIRE, "431381102214", smoke),
        (late, None, None, IncidentKind.OPEN_FIRE, "431381103222", "田边烧秸秆"),
    ]
