"""Whose works the pages are made of, and on what terms: one entry a work, with the text that must go along with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maps import assets


@dataclass(frozen=True, slots=True)
class Work:
    """A work that reaches browsers. `licence` is its SPDX name, `url` the pinned asset that holds it, if one does."""

    name: str
    version: str
    copyright: str
    licence: str
    url: str | None = None

    @property
    def terms(self) -> str:
        """The copyright line and the text of the licence."""
        return f"{self.copyright}\n\n{assets.own_text(f'licences/{self.licence.lower()}.txt')}"


_BUNDLED: Final = assets.VECTOR_GRID_JS

WORKS: Final = (
    Work("Yixian 一线", "0.1.0", "Copyright the authors of Yixian", "Apache-2.0"),
    Work(
        "Leaflet",
        "1.9.3",
        "Copyright (c) 2010-2022, Volodymyr Agafonkin. Copyright (c) 2010-2011, CloudMade. All rights reserved.",
        "BSD-2-Clause",
        assets.LEAFLET_JS,
    ),
    Work("Folium (the script that draws the map)", "0.20.0", "Copyright (C) 2013-, Folium developers", "MIT"),
    Work("Leaflet.VectorGrid", "1.3.0", "Iván Sánchez Ortega", "Beer-Ware", _BUNDLED),
    Work("pbf", "in Leaflet.VectorGrid", "Copyright (c) 2017, Mapbox. All rights reserved.", "BSD-3-Clause", _BUNDLED),
    Work(
        "vector-tile",
        "in Leaflet.VectorGrid",
        "Copyright (c) 2014, Mapbox. All rights reserved.",
        "BSD-3-Clause",
        _BUNDLED,
    ),
    Work("point-geometry, geojson-vt", "in Leaflet.VectorGrid", "Copyright (c) 2015, Mapbox", "ISC", _BUNDLED),
    Work(
        "topojson-client",
        "in Leaflet.VectorGrid",
        "Copyright 2012-2016 Michael Bostock. All rights reserved.",
        "BSD-3-Clause",
        _BUNDLED,
    ),
    Work(
        "ieee754",
        "in Leaflet.VectorGrid",
        "Copyright (c) 2008, Fair Oaks Labs, Inc. All rights reserved.",
        "BSD-3-Clause",
        _BUNDLED,
    ),
    Work(
        "whatwg-fetch, node-buffer-more-ints, buffer",
        "in Leaflet.VectorGrid",
        "Copyright (c) 2014-2016 GitHub, Inc. Copyright (c) 2012 David Wragg. Copyright (c) Feross Aboukhadijeh.",
        "MIT",
        _BUNDLED,
    ),
)
"""Everything that a page or an asset holds; Leaflet.VectorGrid is one file with what it needs."""
