"""What OpenStreetMap's tags say of a road or a place, in the layers' words. Pure functions of a mapping of tags.

The words are those of the OpenStreetMap wiki (Key:highway, Key:access, Key:maxspeed, Key:oneway, Key:surface,
Key:tracktype). A word that is not known is taken as not said: null, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from geo.terms import RoadClass, Surface, TownKind, VillageKind

Tags = Mapping[str, str]

_CLASS_OF: Final = {
    **{road_class.value: road_class for road_class in RoadClass},
    **{f"{name}_link": RoadClass(name) for name in ("motorway", "trunk", "primary", "secondary", "tertiary")},
    "living_street": RoadClass.RESIDENTIAL,
    "road": RoadClass.UNCLASSIFIED,  # a road whose class no mapper knew yet
}
_UNBUILT: Final = frozenset({"construction", "proposed", "planned", "abandoned", "razed", "disused"})
_FOOTWAYS: Final = {
    "pedestrian": RoadClass.SERVICE,
    "footway": RoadClass.SERVICE,
    "cycleway": RoadClass.SERVICE,
    "path": RoadClass.TRACK,
    "bridleway": RoadClass.TRACK,
}
_ACCESS_KEYS: Final = ("emergency", "motorcar", "motor_vehicle", "vehicle", "access")  # the most special one decides
_OPEN: Final = frozenset({"yes", "designated", "permissive", "destination", "official"})
_PUBLIC_KEYS: Final = _ACCESS_KEYS[1:]
_BARRED: Final = frozenset(
    {"private", "permit", "customers", "delivery", "employees", "residents", "military", "forestry", "agricultural"}
)
_GATES: Final = frozenset({"gate", "lift_gate", "swing_gate", "sliding_gate", "chain"})
_OBSTACLES: Final = frozenset({"bollard", "block", "jersey_barrier", "planter", "log", "debris"})
_MOVABLE: Final = frozenset({"removable", "rising", "foldable", "flexible", "locked", "unlocked"})  # Key:bollard

_MPH_KPH: Final = 1.609344
_KNOT_KPH: Final = 1.852
_TOP_KPH: Final = 130.0  # the layer's upper bound
_ZONE_KPH: Final = {"urban": 50.0, "rural": 90.0, "trunk": 110.0, "motorway": 120.0, "living_street": 20.0}
_SPEED: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|knots|km/h|kmh|kph)?", re.ASCII)
_ZONE: Final = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]+)?:(?:zone:?)?(\w+)", re.ASCII)

_PAVED_WORDS: Final = (
    "paved asphalt chipseal concrete concrete:lanes concrete:plates paving_stones paving_stones:lanes sett "
    "cobblestone unhewn_cobblestone bricks brick metal metal_grid wood"
)
_UNPAVED_WORDS: Final = (
    "unpaved compacted fine_gravel gravel pebblestone shells rock stone ground dirt earth grass grass_paver mud sand "
    "woodchips snow ice clay"
)
_SURFACE_OF: Final = {
    **dict.fromkeys(_PAVED_WORDS.split(), Surface.PAVED),
    **dict.fromkeys(_UNPAVED_WORDS.split(), Surface.UNPAVED),
    "grade1": Surface.PAVED,
    **dict.fromkeys(("grade2", "grade3", "grade4", "grade5"), Surface.UNPAVED),
}


def road_class(tags: Tags) -> RoadClass | str:
    """The class of a `highway` way that a vehicle on duty may use; else, as text, why it is left out.

    Private, forestry and customers' roads are kept: an emergency team may drive them. Where the most special access
    tag says `no`, nothing drives. A footpath counts where motor vehicles are said to be let in.
    """
    highway = tags["highway"]
    if highway in _UNBUILT:
        return "not built yet, or no more"
    if tags.get("area") == "yes":
        return "an area, not a line"
    if highway in _CLASS_OF:
        said = next((tags[key] for key in _ACCESS_KEYS if key in tags), "yes")
        return "closed to vehicles" if said == "no" else _CLASS_OF[highway]
    if highway in _FOOTWAYS and any(tags.get(key) in _OPEN for key in ("motorcar", "motor_vehicle", "emergency")):
        return _FOOTWAYS[highway]
    return "not for vehicles"


def is_barred(tags: Tags) -> bool:
    """Whether a way is for some drivers only (private, forestry, customers): a team may drive it, the public not."""
    said = next((tags[key] for key in _PUBLIC_KEYS if key in tags), "")
    return any(word.strip() in _BARRED for word in said.split(";"))


def is_gate(tags: Tags) -> bool:
    """Whether a node is a gate, a chain, a boom or a bollard that gives way, and is not said to be open to cars."""
    said = next((tags[key] for key in _PUBLIC_KEYS if key in tags), "")
    return (tags.get("barrier") in _GATES or tags.get("bollard") in _MOVABLE) and said not in _OPEN


def is_obstacle(tags: Tags) -> bool:
    """Whether a node stops every car, a team's too: a fixed bollard, a block, unless some cars are said to pass."""
    said = next((tags[key] for key in _ACCESS_KEYS if key in tags), "")
    return tags.get("barrier") in _OBSTACLES and tags.get("bollard") not in _MOVABLE and said not in _OPEN | _BARRED


def speed_kph(tags: Tags) -> float | None:
    """The legal limit in km/h: `50`, `30 mph`, `ES:urban`, `DE:zone:30`, the lowest of `50;70`; None when not said.

    `none` is the layer's upper bound of 130. What a country's `rural` means differs by some 10 km/h; 90 is taken.
    """
    limits = [_limit_kph(part.strip()) for part in tags.get("maxspeed", "").split(";")]
    known = [limit for limit in limits if limit is not None and limit >= 1]
    return min(min(known), _TOP_KPH) if known else None


def _limit_kph(text: str) -> float | None:
    if text == "none":
        return _TOP_KPH
    number = _SPEED.fullmatch(text)
    if number:
        unit_kph = {"mph": _MPH_KPH, "knots": _KNOT_KPH}.get(number[2] or "", 1.0)
        return round(float(number[1]) * unit_kph, 1)
    zone = _ZONE.fullmatch(text)
    if zone is None:
        return None
    return float(zone[1]) if zone[1].isdigit() else _ZONE_KPH.get(zone[1])


def direction(tags: Tags) -> int:
    """1 where traffic runs along the line only, -1 against it, 0 both ways; motorways and roundabouts imply 1."""
    said = tags.get("oneway", "")
    if said in ("-1", "reverse"):
        return -1
    if said in ("yes", "true", "1"):
        return 1
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return 1 if said == "" and implied else 0


def surface(tags: Tags) -> Surface | None:
    """Paved or unpaved by `surface`, else by `tracktype`; None when neither tells."""
    word = tags.get("surface", "").split(";")[0].strip()
    return _SURFACE_OF.get(word) or _SURFACE_OF.get(tags.get("tracktype", ""))


def is_set(tags: Tags, key: str) -> bool:
    """Whether `key` says anything but no: `bridge=viaduct` is a bridge."""
    return tags.get(key, "no") not in ("no", "0", "false")


def whole_number(tags: Tags, key: str) -> int | None:
    """A tag that is a plain whole number, such as population or layer; None otherwise (`~500`, `2;3`)."""
    text = tags.get(key, "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else None


def population(tags: Tags) -> int | None:
    """Residents as tagged; None is unknown, 0 is nobody."""
    count = whole_number(tags, "population")
    return count if count is not None and count >= 0 else None


def village_kind(tags: Tags) -> VillageKind:
    """A community for the quarters of towns and for the towns themselves, else a village."""
    rural = tags.get("place") in ("village", "hamlet", "isolated_dwelling", None) and not _name(tags).endswith("社区")
    return VillageKind.VILLAGE if rural else VillageKind.COMMUNITY


def town_kind(tags: Tags) -> TownKind:
    """By the last word of a Chinese name; elsewhere, a town."""
    name = _name(tags)
    if name.endswith("街道"):
        return TownKind.SUBDISTRICT
    return TownKind.TOWNSHIP if name.endswith("乡") else TownKind.TOWN


def _name(tags: Tags) -> str:
    return tags.get("name", "")
