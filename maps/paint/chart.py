"""The map itself: Folium without tiles and with Leaflet as its only library, and layers whose data stay outside.

A layer's data never enters a Folium template: `DataLayer` carries it as `payload`, the page writes that beside the
scripts as JSON, and the template holds only our own identifiers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import folium
from branca.element import Figure, MacroElement
from folium.map import Layer
from folium.plugins import VectorGridProtobuf
from folium.template import Template
from folium.utilities import JsCode

from maps import assets

Payload = dict[str, Any]


GROUPS = ("situation", "hazards", "ground")
"""The branches of the list of layers: what is asked and answered, what threatens, what lies under it."""
_BRANCHES = {
    "hazards": {
        "fire_class",
        "fire_zones",
        "geo_zones",
        "hazard_sites",
        "gravest_zones",
        "gravest_sites",
        "detections",
    },
    "ground": {"borders", "towns", "woodland", "rivers", "roads", "stations"},
}


class KeptPayload(Payload):
    """A payload that many pages share and nobody changes; `written` is for whoever writes it, to do so once."""

    written: Any = None


Bounds = tuple[float, float, float, float]
"""West, south, east and north, in degrees of WGS84."""


class CountyMap(folium.Map):
    """A Folium map without tiles and with Leaflet as its only library."""

    default_js = (("leaflet", assets.LEAFLET_JS),)  # type: ignore[assignment]  # Folium only reads them
    default_css = (("leaflet_css", assets.LEAFLET_CSS),)  # type: ignore[assignment]  # the same
    bounds: Bounds
    min_zoom: int
    root: str = "/"
    """Where the service is whose tiles the map asks for."""

    @property
    def has_tiles(self) -> bool:
        """Whether a layer is drawn from vector tiles."""
        return any(isinstance(child, VectorGridProtobuf) for child in self._children.values())

    @property
    def layers(self) -> list[DataLayer]:
        """From the bottom up."""
        return [child for child in self._children.values() if isinstance(child, DataLayer)]

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # as Folium's own elements do
        """As Folium does, but the page's own style sheet lays the map out, and readers may zoom the page."""
        super().render(**kwargs)  # type: ignore[no-untyped-call]  # Folium is typed in part
        figure = self.get_root()
        if isinstance(figure, Figure):
            figure.header._children.pop(self.get_name(), None)


class DataLayer(Layer):
    """A layer whose data the page holds in the block `block`; its Folium template names nothing else."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yixian.layer({{ this.block|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, identity: str, title: str | None, payload: Payload, *, show: bool = True) -> None:
        super().__init__(name=title, overlay=True, control=title is not None, show=show)
        self._name, self._id = "Layer", identity
        self.identity = identity
        self.block = f"layer-{identity.replace('_', '-')}"
        self.payload = payload

    @property
    def group(self) -> str:
        """Its branch in the list of layers, one of `GROUPS`."""
        return next((group for group, of in _BRANCHES.items() if self.identity in of), GROUPS[0])

    @property
    def is_empty(self) -> bool:
        """Whether it draws nothing."""
        return not self.payload["data"]["features"]

    @property
    def comes_later(self) -> bool:
        """Whether a served page asks for its data only when somebody switches it on."""
        return not self.show

    def alone(self) -> DataLayer | None:
        """What a file without a service draws in its place: most layers are all there."""
        return self


def drawn(layers: Iterable[DataLayer]) -> tuple[DataLayer, ...]:
    """The layers that draw anything: a toggle that shows and hides nothing would say that there is something."""
    return tuple(layer for layer in layers if not layer.is_empty)


class Furniture(MacroElement):
    """What stands on every map: scale, north arrow, zoom and home buttons, labels, and the panel beside it."""

    _template = Template("{% macro script(this, kwargs) %}yixian.furnish({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Folium is typed in part
        self._name, self._id = "Furniture", "page"


def county_map(bounds: Bounds, layers: Iterable[Layer], *, min_zoom: int = 9) -> CountyMap:
    """A map of `bounds` with `layers` from the bottom up and a control for those that have a title."""
    west, south, east, north = bounds
    chart = CountyMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=11,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.1,
        wheel_px_per_zoom_level=90,
    )
    chart._id, chart.bounds, chart.min_zoom = "county", bounds, min_zoom
    chart.options.update(min_zoom=min_zoom, max_zoom=17)  # without tiles Folium sets neither
    for layer in layers:
        chart.add_child(layer)
    control = folium.LayerControl(position="topright", autoZIndex=False)
    # A phone has no room for the open list.
    control.options.update(collapsed=JsCode("yixian.isNarrow()"))  # type: ignore[call-overload]  # it writes any value
    for number, child in enumerate((*chart._children.values(), control)):
        if not isinstance(child, DataLayer):
            child._id = f"part{number}"
    chart.add_child(control)
    chart.add_child(Furniture())
    # Children were filed under random names before they had fixed ones.
    children = list(chart._children.values())
    chart._children.clear()
    chart._children.update({child.get_name(): child for child in children})
    return chart


def alone(chart: CountyMap) -> CountyMap:
    """The map as a file without a service draws it; the same one where it has nothing to ask for."""
    layers = [layer.alone() for layer in chart.layers]
    if layers == chart.layers:
        return chart
    kept = [layer for layer in layers if layer is not None]
    return county_map(chart.bounds, kept, min_zoom=chart.min_zoom)


def corners(bounds: Bounds) -> list[list[float]]:
    """Bounds as Leaflet takes them: [[south, west], [north, east]]."""
    west, south, east, north = bounds
    return [[south, west], [north, east]]


def payloads(chart: CountyMap) -> Iterator[tuple[str, Payload]]:
    """The data block of every layer of the map."""
    for layer in chart.layers:
        yield layer.block, layer.payload
