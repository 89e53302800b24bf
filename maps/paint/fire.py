"""The forest-fire class of a day, under everything else."""

from __future__ import annotations

from geo.atlas import Atlas
from maps.paint.chart import DataLayer
from maps.words import Words


def fire_class(atlas: Atlas, words: Words) -> DataLayer:
    """Towns by their class of the day that is shown, the whole county where there are no towns.

    The areas are those of the layer of towns, in its order; the page's script knows the classes.
    """
    towns = atlas.layers["towns"]["code"].tolist()
    codes = towns or [atlas.villages[0].town_code]
    known = codes if len(atlas.layers["fire_dangers"]) else []
    payload = {
        "kind": "fire_class",
        "shapes": "layer-towns" if towns else "layer-county",
        "codes": codes,
        "data": {"features": known},
    }
    return DataLayer("fire_class", words("layer.fire_class"), payload)
