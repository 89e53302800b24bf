"""Closed vocabularies, in the words of the field. An unknown word raises and lists what is allowed."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TypeVar

from geo.errors import UnknownTermError


class TeamKind(StrEnum):
    """Who sent a frontline team (R02)."""

    CITY = "city"
    TOWNSHIP = "township"


class Tier(StrEnum):
    """The three tiers of command (R01)."""

    HQ = "hq"
    POST = "post"
    STATION = "station"


class VillageKind(StrEnum):
    """A village (村) or a community (社区)."""

    VILLAGE = "village"
    COMMUNITY = "community"


class TownKind(StrEnum):
    """A subdistrict (街道), a town (镇) or a township (乡)."""

    SUBDISTRICT = "subdistrict"
    TOWN = "town"
    TOWNSHIP = "township"


class Skill(StrEnum):
    """What a team can do beyond presence."""

    FIRE_FIGHTING = "fire_fighting"
    GEOLOGY = "geology"
    WATER_RESCUE = "water_rescue"
    FIRST_AID = "first_aid"
    MACHINERY = "machinery"
    COMMUNICATIONS = "communications"
    MEDIATION = "mediation"


class HazardKind(StrEnum):
    """Forest fire, the six legal kinds of geological hazard, and the unstable slope."""

    FOREST_FIRE = "forest_fire"
    LANDSLIDE = "landslide"
    ROCKFALL = "rockfall"
    DEBRIS_FLOW = "debris_flow"
    GROUND_COLLAPSE = "ground_collapse"
    GROUND_FISSURE = "ground_fissure"
    LAND_SUBSIDENCE = "land_subsidence"
    UNSTABLE_SLOPE = "unstable_slope"


class HazardLevel(IntEnum):
    """One ordered scale for every hazard, so that "worst wins" has a meaning across kinds.

    It is the five classes of QX/T 77-2007 for forest fire (1 green to 5 red). The four levels of the
    geological weather warning (4 blue to 1 red) and the four danger grades (IV small to I extra large)
    share its upper four colours and therefore its upper four values.
    """

    LOW = 1
    FAIRLY_LOW = 2
    FAIRLY_HIGH = 3
    HIGH = 4
    EXTREME = 5


class DangerGrade(StrEnum):
    """Danger grade (险情等级) of a hazard site: small, medium, large, extra large."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    EXTRA_LARGE = "extra_large"

    @property
    def level(self) -> HazardLevel:
        """The grade on the common scale: small is blue (2), extra large is red (5)."""
        return HazardLevel(2 + list(DangerGrade).index(self))


class SiteStatus(StrEnum):
    """Whether a hazard site still threatens anyone."""

    ACTIVE = "active"
    REMOVED = "removed"


class DetectionKind(StrEnum):
    """What an instrument or a catalogue claims; never a hazard by itself (R22)."""

    HOTSPOT = "hotspot"
    LANDSLIDE_REPORT = "landslide_report"


class DetectionSource(StrEnum):
    """Where a detection comes from."""

    FIRMS_MODIS = "firms_modis"
    FIRMS_VIIRS = "firms_viirs"
    NASA_GLC = "nasa_glc"


class IncidentKind(StrEnum):
    """What happened."""

    FOREST_FIRE = "forest_fire"
    OPEN_FIRE = "open_fire"
    LANDSLIDE = "landslide"
    ROCKFALL = "rockfall"
    DEBRIS_FLOW = "debris_flow"
    GROUND_COLLAPSE = "ground_collapse"
    FLOOD = "flood"
    OTHER = "other"


class RoadClass(StrEnum):
    """Road classes, in OpenStreetMap's words."""

    MOTORWAY = "motorway"
    TRUNK = "trunk"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"
    UNCLASSIFIED = "unclassified"
    RESIDENTIAL = "residential"
    SERVICE = "service"
    TRACK = "track"


class Surface(StrEnum):
    """What a road is made of."""

    PAVED = "paved"
    UNPAVED = "unpaved"


class Basis(StrEnum):
    """How nearness was measured."""

    STRAIGHT = "straight"


class Reach(StrEnum):
    """Whether anyone reaches a place, as a value with a cause."""

    REACHED = "reached"
    NO_TEAM = "no_team"
    OUTSIDE = "outside"
    INVALID_PLACE = "invalid_place"


class StayState(StrEnum):
    """State of a village in a week (DOMAIN.md section 7)."""

    MET = "met"
    CURABLE = "curable"
    LOST = "lost"
    NOT_ASSESSED = "not_assessed"
    NO_TEAM = "no_team"
    NO_DATA = "no_data"


Term = TypeVar("Term", bound=StrEnum)


def parse_term(vocabulary: type[Term], value: object, *, parameter: str) -> Term:
    """The member of `vocabulary` whose code is `value`; UnknownTermError lists what is allowed."""
    try:
        return vocabulary(str(value))
    except ValueError:
        raise UnknownTermError(parameter, value, vocabulary) from None
