"""Mutated filters, asked in a process of their own: `python -m tests.filter_mutations COUNT SEED`.

Each must be answered, or refused with InputError, within a second; the last line printed counts both.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Literal

import geopandas
import shapely

from geo import crs
from geo.errors import InputError
from geo.filters import FilterSource, QueryableType, mask, parse

SEEDS = [
    "name = 'it''s' AND NOT (people >= 10 OR people IS NULL)",
    "people BETWEEN 1 AND 1e3 OR name NOT IN ('a', CASEI('B'))",
    "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('é%_\\%'))",
    "people + 2 * -people / 3 % 4 div 5 ^ 2 > 0.5",
    "S_INTERSECTS(geometry, BBOX(170, -10, -170, 10))",
    "S_WITHIN(geometry, POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (2 2, 3 2, 3 3, 2 2)))",
    "S_CROSSES(GEOMETRYCOLLECTION(POINT(1 1), LINESTRING Z (0 0 1, 5 5 2)), geometry)",
    "S_EQUALS(geometry, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0))))",
    "T_DURING(INTERVAL(day, '..'), INTERVAL('2022-01-01', '2022-12-31T00:00:00Z'))",
    "day <> DATE('2022-04-05') AND T_AFTER(day, TIMESTAMP('2022-04-05T00:00:00.5Z'))",
    "A_OVERLAPS(skills, ('a', name, 1, TRUE))",
    '"people" = people AND TRUE <> FALSE',
]
JSON_SEEDS = [
    {"op": "and", "args": [{"op": "like", "args": [{"property": "name"}, "a%"]}, True]},
    {"op": "s_touches", "args": [{"property": "geometry"}, {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4, 5]]}]},
    {"op": "t_meets", "args": [{"interval": ["..", "2022-04-05"]}, {"interval": [{"property": "day"}, ".."]}]},
    {"op": "in", "args": [{"property": "people"}, [1, 2.5, {"op": "+", "args": [1, {"property": "people"}]}]]},
    {"op": "a_equals", "args": [["a", {"date": "2022-04-05"}], {"property": "skills"}]},
]
SIGNS = [
    *"()[]{},'\"\\%_+-*/^<>=.:0 \n\t\x00é长",
    "NOT ",
    "AND ",
    "(" * 30,
    "NULL",
    "1e309",
    "POINT",
    "Z",
    "..",
    "null",
]


def source() -> FilterSource:
    """Four rows that have, lack or stretch every kind of value."""
    frame = geopandas.GeoDataFrame(
        {
            "name": ["a", "É", None, ""],
            "people": [1.0, None, -3.5, 1e308],
            "day": [None, None, None, None],
            "skills": ["a;b", None, "", "c"],
        },
        geometry=[shapely.Point(1, 1), None, shapely.box(0, 0, 10, 10), shapely.LineString([(0, 0), (5, 5)])],
        crs=crs.WGS84,
    )
    kinds = {
        "name": QueryableType.TEXT,
        "people": QueryableType.NUMBER,
        "day": QueryableType.DATE,
        "skills": QueryableType.TEXTS,
        "geometry": QueryableType.GEOMETRY,
    }
    return FilterSource(frame, kinds)


def mutated(text: str, others: list[str], draw: random.Random) -> str:
    """`text` after one to four cuts, repetitions, insertions or graftings."""
    for _ in range(draw.randint(1, 4)):
        start = draw.randint(0, len(text))
        end = min(len(text), start + draw.choice([1, 2, 5, 20]))
        other = draw.choice(others)
        piece = draw.choice(
            [
                "",
                text[start:end] * draw.choice([2, 3, 40]),
                draw.choice(SIGNS),
                other[start : end + draw.randint(0, 30)],
            ]
        )
        text = text[:start] + piece + text[draw.choice([start, end]) :]
    return text


def main(count: int, seed: int) -> None:
    """Ask `count` mutations; whatever is neither an answer nor an InputError ends the process."""
    draw, asked = random.Random(seed), source()
    answered = refused = 0
    texts, objects = SEEDS, [json.dumps(one) for one in JSON_SEEDS]
    for _ in range(count):
        lang: Literal["cql2-text", "cql2-json"] = draw.choice(["cql2-text", "cql2-json"])
        corpus = texts if lang == "cql2-text" else objects
        text = mutated(draw.choice(corpus), corpus, draw)
        begin = time.perf_counter()
        try:
            mask(parse(text, lang), asked)
            answered += 1
        except InputError:
            refused += 1
        except BaseException:
            print(f"{lang}: {text!r}", file=sys.stderr)
            raise
        if time.perf_counter() - begin > 1:
            raise SystemExit(f"slow: {lang}: {text!r}")
    print(answered, refused)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
