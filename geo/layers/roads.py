"""Roads: lines that share end points where one can turn from one to the other."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column
from geo.terms import RoadClass, Surface

ROADS = LayerSpec(
    name="roads",
    title_zh="道路",
    title_en="roads",
    key="road_id",
    shape=Shape.LINE,
    columns=(
        Column("road_id", ColumnKind.TEXT, "道路编号", "road id"),
        Column("name", ColumnKind.TEXT, "名称", "name", required=False),
        Column("road_class", ColumnKind.TERM, "道路等级", "road class", vocabulary=RoadClass),
        Column("surface", ColumnKind.TERM, "路面", "surface", required=False, vocabulary=Surface),
        Column("speed_kph", ColumnKind.NUMBER, "行车速度(公里/时)", "speed", required=False, minimum=1, maximum=130),
        Column("oneway", ColumnKind.BOOLEAN, "单行(沿线方向)", "one-way along the line", required=False),
        synthetic_column(),
    ),
)
