"""Woodland: where forest grows, for orientation and for what a fire could take."""

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, synthetic_column

WOODLAND = LayerSpec(
    name="woodland",
    title_zh="林地",
    title_en="woodland",
    key="woodland_id",
    shape=Shape.POLYGON,
    columns=(
        Column("woodland_id", ColumnKind.TEXT, "林地编号", "woodland id", headings=("编号", "小班号", "osm_id")),
        Column("name", ColumnKind.TEXT, "名称", "name", required=False, headings=("林地名称", "小班名称", "林场")),
        synthetic_column(),
    ),
)
