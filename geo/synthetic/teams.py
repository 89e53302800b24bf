"""Who serves where: stations, teams and leaders."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Final

import geopandas
import numpy as np
import pandas as pd
import shapely

from geo.synthetic import drawing, facts, sketch
from geo.synthetic.borders import unions
from geo.synthetic.land import Land
from geo.synthetic.rows import Row, framed
from geo.synthetic.streets import Streets
from geo.terms import RoadClass, Skill, TeamKind, Tier, TownKind

_BUREAUS: Final = {  # sending units (the list is made up, though such bureaus exist) and the skill that each brings
    "市应急管理局": Skill.FIRE_FIGHTING, "市林业局": Skill.FIRE_FIGHTING, "市消防救援大队": Skill.FIRE_FIGHTING,
    "市自然资源局": Skill.GEOLOGY, "市水利局": Skill.WATER_RESCUE, "市农业农村局": Skill.MACHINERY,
    "市卫生健康局": Skill.FIRST_AID, "市疾控中心": Skill.FIRST_AID, "市人民医院": Skill.FIRST_AID,
    "市中医医院": Skill.FIRST_AID, "市交通运输局": Skill.MACHINERY, "市住房和城乡建设局": Skill.MACHINERY,
    "市城市管理局": Skill.MACHINERY, "市公路建设养护中心": Skill.MACHINERY,
    "市科技和工业信息化局": Skill.COMMUNICATIONS, "市融媒体中心": Skill.COMMUNICATIONS,
    "市供电公司": Skill.COMMUNICATIONS, "市人民法院": Skill.MEDIATION, "市人民检察院": Skill.MEDIATION,
    "市公安局": Skill.MEDIATION, "市司法局": Skill.MEDIATION, "市信访局": Skill.MEDIATION,
    "市民政局": Skill.MEDIATION, "市总工会": Skill.MEDIATION, "市妇联": Skill.MEDIATION, "团市委": None,
    "市财政局": None, "市税务局": None, "市审计局": None, "市统计局": None, "市教育局": None, "市商务局": None,
    "市人力资源和社会保障局": None, "市医疗保障局": None, "市退役军人事务局": None, "市市场监督管理局": None,
    "市发展和改革局": None, "市文化旅游广电体育局": None, "市乡村振兴局": None, "市行政审批服务局": None,
    "市生态环境局": Skill.GEOLOGY, "市机关事务服务中心": None,
}  # fmt: skip
_ASSIGNED_FROM: Final = date(2022, 9, 26)
LATE_TEAMS: Final = {  # township teams that began later: on a Friday, on a Thursday, on a Monday
    "431381105206": date(2022, 10, 21),
    "431381205210": date(2022, 10, 13),
    "431381103233": date(2022, 11, 7),
}


def stations(land: Land, streets: Streets) -> geopandas.GeoDataFrame:
    """Headquarters, posts and village stations, each on a node of the road network inside its area."""
    barred = {node for edge, kind in streets.classes.items() if kind is RoadClass.MOTORWAY for node in edge}
    nodes = [place for node, place in enumerate(streets.places) if node not in barred]
    points = shapely.points(sketch.to_degrees(nodes))
    inner = {code: shape.buffer(-0.0004) for code, shape in land.shapes.items()}  # some 40 m from the border
    towns = unions(list(land.shapes.values()), [code[:9] for code in land.shapes])
    wanted = [(facts.COUNTY_CODE, Tier.HQ, facts.COUNTY_NAME, shapely.Point(facts.CENTRE), None)]
    wanted += [
        (t.code, Tier.POST, t.name, shapely.Point(drawing.SEATS[t.code][:2]), towns[t.code]) for t in facts.TOWNS
    ]
    wanted += [(v.code, Tier.STATION, v.name, inner[v.code].centroid, inner[v.code]) for v in facts.VILLAGES]
    titles = {Tier.HQ: "一线工作指挥部", Tier.POST: "一线工作指挥所", Tier.STATION: "一线工作站"}
    rows: list[Row] = []
    chosen = []
    for code, tier, name, ideal, area in wanted:
        rows.append({"code": code, "tier": tier, "name": name + titles[tier]})
        near = range(len(nodes)) if area is None else np.flatnonzero(shapely.contains(area, points)).tolist()
        chosen.append(points[min(near, key=lambda n: (round(shapely.distance(points[n], ideal), 7), n))])
    return framed(rows, chosen)


def teams(rng: random.Random, stations: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """One city and one township team for every village (R02), at its station; 锑都社区 has the finance bureau's."""
    place = dict(zip(stations["code"], stations.geometry, strict=True))
    towns = {town.code: town for town in facts.TOWNS}
    bureaus = _dealt(rng, list(_BUREAUS), len(facts.VILLAGES))
    story = next(i for i, village in enumerate(facts.VILLAGES) if village.code == "431381001001")
    other = bureaus.index("市财政局")
    bureaus[story], bureaus[other] = bureaus[other], bureaus[story]
    rows: list[Row] = []
    for village, bureau in zip(facts.VILLAGES, bureaus, strict=True):
        town = towns[village.town_code]
        office = "办事处" if town.kind is TownKind.SUBDISTRICT else "人民政府"
        shared: Row = {"village_code": village.code, "station": village.code, "strength": 3}
        rows.append(
            {
                **shared,
                "team_id": f"C-{village.code}",
                "name": f"{bureau}驻{village.name}一线工作队",
                "kind": TeamKind.CITY,
                "unit": bureau,
                "skills": _skills(rng, _BUREAUS[bureau]),
                "base": facts.COUNTY_CODE,
                "assigned_from": _ASSIGNED_FROM,
            }
        )
        rows.append(
            {
                **shared,
                "team_id": f"T-{village.code}",
                "name": f"{town.name}驻{village.name}一线工作队",
                "kind": TeamKind.TOWNSHIP,
                "unit": town.name + office,
                "skills": _skills(rng, Skill.MEDIATION if rng.random() < 0.5 else None),
                "base": town.code,
                "assigned_from": LATE_TEAMS.get(village.code, _ASSIGNED_FROM),
            }
        )
    return framed(rows, [place[row["village_code"]] for row in rows])


def _dealt(rng: random.Random, names: Sequence[str], count: int) -> list[str]:
    """The names dealt out in shuffled rounds, so that each comes up about equally often."""
    dealt: list[str] = []
    while len(dealt) < count:
        dealt += rng.sample(names, len(names))
    return dealt[:count]


def _skills(rng: random.Random, own: Skill | None) -> str | None:
    """Up to three skills: the unit's own, and what its members happen to bring."""
    found = {own} if own is not None else set()
    found |= set(rng.sample(list(Skill), rng.choice((0, 0, 1, 1, 2))))
    return ";".join(skill for skill in Skill if skill in found) or None


def leaders() -> pd.DataFrame:
    """Thirty stationed city leaders, three to a town; posts, no names."""
    return pd.DataFrame(
        [
            {
                "leader_id": f"L{number + 1:02d}",
                "title": f"驻点市领导{number + 1:02d}",
                "town_code": facts.TOWNS[number // 3].code,
                "synthetic": True,
            }
            for number in range(3 * len(facts.TOWNS))
        ]
    )
