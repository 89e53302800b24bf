"""The columns that say what kind of road is meant: the roads' own, and those of the table of speeds."""

from geo.layers.spec import Column, ColumnKind
from geo.terms import RoadClass, Surface


def road_class_column() -> Column:
    """The class of a road, in OpenStreetMap's words."""
    headings = ("等级", "公路等级", "道路类型", "道路类别", "highway", "fclass", "class")
    return Column("road_class", ColumnKind.TERM, "道路等级", "road class", vocabulary=RoadClass, headings=headings)


def surface_column() -> Column:
    """What a road is made of; missing where nobody tells."""
    headings = ("路面类型", "路面材料", "铺装")
    return Column("surface", ColumnKind.TERM, "路面", "surface", required=False, vocabulary=Surface, headings=headings)
