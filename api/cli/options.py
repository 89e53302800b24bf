"""The options that several sub-commands share, each with one name, one meaning and one help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="YIXIAN_DATA", help="Data folder [default: data/county; absent: the built-in sample]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Week = Annotated[str | None, typer.Option(help="ISO week such as 2022-W51 [default: the present one]")]
AsOf = Annotated[str | None, typer.Option(help="What was known then: an instant, or an event's number")]
At = Annotated[str | None, typer.Option(help="At which instant, such as 2022-11-27T04:00 [default: the present]")]
Available = Annotated[
    str | None,
    typer.Option(
        help="now: on duty; recall: and those off duty, from their base [default]; stationed: all at their station"
    ),
]
Closures = Annotated[
    Path | None, typer.Option(help="GeoJSON of lines and areas: what if these closed the roads?", exists=True)
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", "--output", help="Write FILE.csv, FILE.xlsx or FILE.geojson instead")
]
Lang = Annotated[str | None, typer.Option(help="Language of a written table: zh or en [default: zh]")]
OneTable = Annotated[str | None, typer.Option("--table", help="Which table, as csv or geojson [default: the foremost]")]
