"""Registers whose words, codes, numbers and references the layer cannot take."""

from __future__ import annotations

from geo.intake.mapping_file import MappingFile, Take
from tests.bad_files import json_files
from tests.bad_files.cases import Family, Faulty, Outcome, Taken
from tests.bad_files.making import file, villages, written

FILES = Family("hazard_sites")

SITE = {
    "隐患点编号": "431381010001", "名称": "甲", "灾害类型": "滑坡", "是否销号": "否", "经度": "111.43", "纬度": "27.69",
}  # fmt: skip
TEAM = {
    "队伍编号": "T1", "名称": "一队", "派出层级": "city", "驻村代码": "431381001001", "队员数": "3", "经度": "111.43",
    "纬度": "27.69",
}  # fmt: skip


def _register(name: str, rows: list[dict[str, str]], outcome: Outcome, **options: object) -> None:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    lines = [headings, *([row.get(heading, "") for heading in headings] for row in rows)]
    content = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    FILES.add(name, file("a.csv", content), outcome, **options)


def _site(name: str, cells: dict[str, str], outcome: Outcome, **options: object) -> None:
    _register(name, [SITE | cells], outcome, **options)


def _team(name: str, cells: dict[str, str], outcome: Outcome) -> None:
    _register(name, [TEAM | cells], outcome, layer="teams")


_site("word: an unknown kind of hazard", {"灾害类型": "溜方"}, Faulty("unknown word; allowed: ", 1))
_site("word: an unknown status", {"是否销号": "也许"}, Faulty("must be yes or no; allowed", 1))
_site("word: forest fire as a hazard site", {"灾害类型": "森林火灾"}, Faulty("a hazard site is geological", 1))
_site("word: nothing for a name", {"名称": " "}, Faulty("a value is required", 1))
_site("code: 4.31381E+11", {"隐患点编号": "4.31381E+11"}, Faulty("Excel turned the code into a number", 1))
_site("code: with .0", {"隐患点编号": "431381010001.0"}, Faulty("with .0 has been a number", 1))
_site("code: of eleven digits", {"隐患点编号": "43138101001"}, Faulty("must have the form", 1))
_site("code: in full width", {"隐患点编号": "４３１３８１０１０００１"}, Faulty("must have the form", 1))
_register("code: the same in two rows", [SITE, SITE | {"名称": "乙"}], Faulty("the id stands in an earlier row too", 2))
_site("code: of a village that is not there", {"村代码": "431381999999"}, Faulty("names no row of villages", 1))
_site("number: people below zero", {"威胁人数": "-3"}, Faulty("must be at least 0", 1))
_site("number: half a person", {"威胁人数": "1.5"}, Faulty("must be a whole number", 1))
_site("number: words for people", {"威胁人数": "约三十"}, Faulty("must be a number", 1))
_site("number: infinitely many people", {"威胁人数": "1e999"}, Faulty("must be a finite number", 1))
_site("number: more people than 64 bits", {"威胁人数": "9" * 30}, Faulty("at most 64 bits", 1))
_site("number: assets without a unit", {"威胁财产": "12"}, Faulty("unit", 1))
_site(
    "number: a grade that its figures deny",
    {"威胁人数": "600", "险情等级": "小型"},
    Faulty("the figures give large", 1),
)
_site("date: the 31st of February", {"发现时间": "2022-02-31"}, Faulty("date", 1))
_site("date: a word", {"发现时间": "去年"}, Faulty("date", 1))
_site("heading: two for one column", {"灾害点名称": "乙"}, Faulty("2 columns could fill it", 1))
_site(
    "heading: told in vain",
    {},
    Faulty("names a missing column", 1),
    mapping=MappingFile(columns={"name": Take("点位")}),
)
_team("team: an unknown kind", {"派出层级": "省派"}, Faulty("unknown word; allowed: ", 1))
_team("team: it ends before it begins", {"驻村开始": "2022-12-20", "驻村结束": "2022-12-01"}, Faulty("is before", 1))
_team("team: an unknown skill", {"专长": "geology;飞行"}, Faulty("unknown word; allowed: ", 1))
_team("team: in a village that is not there", {"驻村代码": "431381999999"}, Faulty("names no row of villages", 1))
FILES.add(
    "number: a phone that lost its first 0",
    file(
        "a.geojson",
        json_files.collection(
            json_files.feature(
                '{"type":"Point","coordinates":[111.43,27.69]}', f'{json_files.SITE},"monitor_phone":7385212345'
            )
        ),
    ),
    Faulty("may have lost its leading 0, met '(restricted)'", 1),
)
_register(
    "register: new names for old codes",
    [{"村代码": "431381001001", "村名": "新名"}],
    Taken(1, "keep the shape"),
    layer="villages",
    upsert=True,
)
_register(
    "register: a code without a shape",
    [{"村代码": "431381001999", "村名": "新名"}],
    Faulty("a geometry is required", 1, 3),
    layer="villages",
    upsert=True,
)
FILES.add(
    "register: a town that is not there",
    lambda folder: written(folder, "a.gpkg", villages(town_code=["431381001", "431381999", "431381001"])),
    Faulty("names no row of towns", 3),
    layer="villages",
)
FILES.add(
    "register: codes as numbers",
    lambda folder: written(
        folder, "a.gpkg", villages(code=[431381001200, 431381001201, 431381001202]).astype({"code": "int64"})
    ),
    Faulty("must be text", 3, 3),
    layer="villages",
)
FILES.add(
    "register: columns named like each other",
    lambda folder: written(folder, "a.gpkg", villages(村名=["a", "b", "c"])),
    Faulty("2 columns could fill it", 3),
    layer="villages",
)
