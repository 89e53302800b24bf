"""Closed vocabularies, in the words of the field. An unknown word raises and lists what is allowed.

`WORDS` is the one table of what a source may write for each term, in Chinese and English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import IntEnum, StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

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


class SizeGrade(StrEnum):
    """Size grade (规模等级) of a hazard site, by its volume: small, medium, large, extra large."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    EXTRA_LARGE = "extra_large"


class YesNo(StrEnum):
    """An answer that may also be missing, which a truth value cannot be."""

    YES = "yes"
    NO = "no"


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


class ClosureCause(StrEnum):
    """Why a road is closed or slowed."""

    LANDSLIDE = "landslide"
    COLLAPSE = "collapse"
    DEBRIS_FLOW = "debris_flow"
    FLOOD = "flood"
    FIRE = "fire"
    SNOW_ICE = "snow_ice"
    ACCIDENT = "accident"
    WORKS = "works"
    ORDER = "order"
    OTHER = "other"


class RoadEffect(StrEnum):
    """What a closure or a risk zone does to the roads it covers."""

    CLOSED = "closed"
    SLOWED = "slowed"


class VehicleClass(StrEnum):
    """Whom a closure concerns. Responders are concerned only by one for all; `public` is everyone but responders."""

    ALL = "all"
    LARGE = "large"
    PUBLIC = "public"


class Basis(StrEnum):
    """How nearness was measured."""

    ROAD = "road"
    STRAIGHT = "straight"


class Reach(StrEnum):
    """Whether anyone reaches a place, as a value with a cause."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    OFF_NETWORK = "off_network"
    NO_TEAM = "no_team"
    OUTSIDE = "outside"
    INVALID_PLACE = "invalid_place"


class ReachState(StrEnum):
    """Whether as many teams as asked for make it to a place in time (R18).

    `late`: some team gets there, but too few of them in time. `unreachable`: none gets there by road. `no_team`: there
    is none that counts. `off_network`: no road within walking reach of the place.
    """

    IN_TIME = "in_time"
    LATE = "late"
    UNREACHABLE = "unreachable"
    NO_TEAM = "no_team"
    OFF_NETWORK = "off_network"


class DonorTier(StrEnum):
    """How near by command a donor of reinforcements is, nearest first (R19)."""

    SAME_VILLAGE = "same_village"
    ADJACENT_VILLAGE = "adjacent_village"
    SAME_TOWN = "same_town"
    CITY = "city"


class Role(StrEnum):
    """What a token's holder is: who may write what, and where."""

    VIEWER = "viewer"
    STATION = "station"
    POST = "post"
    PLANNER = "planner"
    HQ = "hq"
    ADMIN = "admin"


class EventKind(StrEnum):
    """What the journal records."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    STAY_DECLARED = "stay_declared"
    LEAVE = "leave"
    ROSTER_CHANGE = "roster_change"
    ASSIGNMENT = "assignment"
    EXEMPTION = "exemption"
    MOBILISATION = "mobilisation"
    MOBILISATION_ENDED = "mobilisation_ended"
    ARRIVAL = "arrival"
    CLOSURE_OPENED = "closure_opened"
    CLOSURE_LIFTED = "closure_lifted"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_CLOSED = "incident_closed"
    COMMITMENT = "commitment"
    COMMITMENT_ENDED = "commitment_ended"
    CORRECTION = "correction"
    ACCESS = "access"


class AccessAct(StrEnum):
    """What the journal keeps of who used the service. Reading what is open to its reader is none of it."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_REFUSED = "sign_in_refused"
    REFUSED = "refused"
    EXPORTED = "exported"
    TOKEN_ADDED = "token_added"  # noqa: S105  # the name of an act
    TOKEN_ROTATED = "token_rotated"  # noqa: S105  # the name of an act
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # the name of an act
    ACCOUNT_ADDED = "account_added"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an act
    ACCOUNT_DISABLED = "account_disabled"


class Passage(StrEnum):
    """Which way a member passes, in a list of check-ins and check-outs."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"


class RosterAction(StrEnum):
    """What a roster change does: a member joins a team, leaves it, is kept back at the unit (R14, R15), or released."""

    JOINED = "joined"
    LEFT = "left"
    RESERVED = "reserved"
    RELEASED = "released"


class DutyState(StrEnum):
    """What a team is doing at an instant (R15, R15b).

    `on_duty`: at its station in the hours of a duty day or of a counted night, newly checked in, or in emergency.
    `recall`: off duty, to be called from its base. `unknown_calendar`: the same, in a year whose workdays are not known
    (R04a). The others do not come: `committed` to an incident, all its members `on_leave` or in `reserve`,
    `no_members` at all, or `not_assigned` to any village on the day.
    """

    ON_DUTY = "on_duty"
    RECALL = "recall"
    UNKNOWN_CALENDAR = "unknown_calendar"
    COMMITTED = "committed"
    ON_LEAVE = "on_leave"
    RESERVE = "reserve"
    NO_MEMBERS = "no_members"
    NOT_ASSIGNED = "not_assigned"


class PlacedBy(StrEnum):
    """What tells where a team is at an instant (R15a)."""

    CHECK_IN = "check_in"
    STATION = "station"
    BASE = "base"


class Available(StrEnum):
    """Which teams a question counts: those on duty `now`, those to be recalled too, or all, each `stationed`.

    `stationed` is for planning: every assigned team at its station, whatever the hour.
    """

    NOW = "now"
    RECALL = "recall"
    STATIONED = "stationed"


class Mode(StrEnum):
    """Whether a village is in emergency: a mobilisation order of the headquarters holds there (R13, R15)."""

    NORMAL = "normal"
    EMERGENCY = "emergency"


class OrderState(StrEnum):
    """How a member stands to a mobilisation order (R14).

    `on_station`, `late`: arrived by the limit, or after it. `on_the_way`: not yet arrived, before the limit. `missing`:
    not arrived, after it. `released`: the order ended first. `on_leave` and `reserve` owe nothing.
    """

    ON_STATION = "on_station"
    LATE = "late"
    ON_THE_WAY = "on_the_way"
    MISSING = "missing"
    RELEASED = "released"
    ON_LEAVE = "on_leave"
    RESERVE = "reserve"


class DayKind(StrEnum):
    """What a day is: off as a holiday or a plain weekend, or worked, at a weekend to make up for a holiday."""

    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"
    WORKDAY = "workday"
    WEEKEND = "weekend"


class StayState(StrEnum):
    """State of a village in a week, or of a city leader in a month (DOMAIN.md section 7)."""

    MET = "met"
    CURABLE = "curable"
    LOST = "lost"
    EXEMPT = "exempt"
    NOT_ASSESSED = "not_assessed"
    NO_TEAM = "no_team"
    NO_DATA = "no_data"


class EveningState(StrEnum):
    """What became of one evening's night in a village, of the team that the village's state speaks of (R07, R12).

    `open`: it can still be kept. `exempt`: nobody owes it. `unknown`: it is outside the record. `not_assigned`: the
    team does not serve there that day.
    """

    KEPT = "kept"
    MISSING = "missing"
    OPEN = "open"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"
    NOT_ASSIGNED = "not_assigned"


class Matched(StrEnum):
    """By what a search found something: a part of its name, the name's pinyin or its initials, or its code."""

    NAME = "name"
    PINYIN = "pinyin"
    INITIALS = "initials"
    CODE = "code"


class Attendance(StrEnum):
    """State of a team's duty day in its village (R03 to R06, R17).

    `full`: at least three members were there, `short`: fewer, `absent`: none. `expected`: none yet, and the day is not
    over. `suspended`: an order was in force there. `unknown_calendar`: the year's workdays are not known (R04a).
    """

    FULL = "full"
    SHORT = "short"
    ABSENT = "absent"
    EXPECTED = "expected"
    SUSPENDED = "suspended"
    NOT_REQUIRED = "not_required"
    UNKNOWN_CALENDAR = "unknown_calendar"
    NO_DATA = "no_data"


Vocabulary = type[StrEnum] | type[IntEnum]

_SMALL = ("小型 小 Ⅳ Ⅳ级 四级 4级 小型(Ⅳ) 小型(Ⅳ级)", "level IV")
_MEDIUM = ("中型 中 Ⅲ Ⅲ级 三级 3级 中型(Ⅲ) 中型(Ⅲ级)", "level III")
_LARGE = ("大型 大 Ⅱ Ⅱ级 二级 2级 大型(Ⅱ) 大型(Ⅱ级)", "level II")
_EXTRA_LARGE = ("特大型 特大 Ⅰ Ⅰ级 一级 1级 特大型(Ⅰ) 特大型(Ⅰ级)", "level I, very large")

_TABLE: dict[Vocabulary, dict[Any, tuple[str, str]]] = {
    TeamKind: {
        TeamKind.CITY: ("市派 市级 市直 市派工作队", "city-dispatched"),
        TeamKind.TOWNSHIP: ("乡派 乡镇派 镇派 乡级 乡镇 乡派工作队", "township-dispatched"),
    },
    Tier: {
        Tier.HQ: ("一线工作指挥部 指挥部 市级", "city headquarters, headquarters"),
        Tier.POST: ("一线工作指挥所 指挥所 乡镇级", "township command post, command post"),
        Tier.STATION: ("一线工作站 工作站 村级", "village station"),
    },
    VillageKind: {
        VillageKind.VILLAGE: ("村 行政村 村委会 村民委员会", "village committee"),
        VillageKind.COMMUNITY: ("社区 居委会 居民委员会 社区居委会", "residents' committee"),
    },
    TownKind: {
        TownKind.SUBDISTRICT: ("街道 街道办 街道办事处", "sub-district"),
        TownKind.TOWN: ("镇 建制镇", "market town"),
        TownKind.TOWNSHIP: ("乡 民族乡", "ethnic township"),
    },
    Skill: {
        Skill.FIRE_FIGHTING: ("森林防灭火 森林灭火 灭火 扑火", "fire suppression"),
        Skill.GEOLOGY: ("地质 地质灾害", "geological survey"),
        Skill.WATER_RESCUE: ("水上救援 水域救援", "flood rescue"),
        Skill.FIRST_AID: ("急救 医疗急救 救护", "medical"),
        Skill.MACHINERY: ("机械 工程机械 机械操作", "heavy machinery"),
        Skill.COMMUNICATIONS: ("通信 通信保障 应急通信", "communication"),
        Skill.MEDIATION: ("调解 矛盾调解 矛盾纠纷调解", "dispute mediation"),
    },
    HazardKind: {
        HazardKind.FOREST_FIRE: ("森林火灾 森林火险 森林防灭火 山火", "wildfire"),
        HazardKind.LANDSLIDE: ("滑坡 山体滑坡", "slide"),
        HazardKind.ROCKFALL: ("崩塌 危岩 危岩体 崩塌(危岩)", "rock fall"),
        HazardKind.DEBRIS_FLOW: ("泥石流", "debris flows"),
        HazardKind.GROUND_COLLAPSE: ("地面塌陷 塌陷 采空塌陷 岩溶塌陷", "surface collapse"),
        HazardKind.GROUND_FISSURE: ("地裂缝 地裂", "ground crack"),
        HazardKind.LAND_SUBSIDENCE: ("地面沉降", "subsidence"),
        HazardKind.UNSTABLE_SLOPE: ("不稳定斜坡 斜坡", "slope"),
    },
    HazardLevel: {
        HazardLevel.LOW: ("低 低火险 低风险 绿 绿色", "green"),
        HazardLevel.FAIRLY_LOW: ("较低 较低火险 较低风险 蓝 蓝色 蓝色预警", "blue"),
        HazardLevel.FAIRLY_HIGH: ("较高 较高火险 较高风险 黄 黄色 黄色预警", "yellow"),
        HazardLevel.HIGH: ("高 高火险 高风险 橙 橙色 橙色预警", "orange"),
        HazardLevel.EXTREME: ("极高 很高 极高火险 极高风险 红 红色 红色预警", "red, very high"),
    },
    DangerGrade: {
        DangerGrade.SMALL: (f"{_SMALL[0]} 一般", _SMALL[1]),
        DangerGrade.MEDIUM: (f"{_MEDIUM[0]} 较大", _MEDIUM[1]),
        DangerGrade.LARGE: (f"{_LARGE[0]} 重大", _LARGE[1]),
        DangerGrade.EXTRA_LARGE: (f"{_EXTRA_LARGE[0]} 特别重大", _EXTRA_LARGE[1]),
    },
    SizeGrade: {
        SizeGrade.SMALL: _SMALL,
        SizeGrade.MEDIUM: _MEDIUM,
        SizeGrade.LARGE: _LARGE,
        SizeGrade.EXTRA_LARGE: (f"{_EXTRA_LARGE[0]} 巨型", _EXTRA_LARGE[1]),
    },
    YesNo: {YesNo.YES: ("是 有 已", "y, true"), YesNo.NO: ("否 无 未", "n, false")},
    Passage: {
        Passage.CHECK_IN: ("签到 到达 进村 上班", "in, checked in, arrival"),
        Passage.CHECK_OUT: ("签退 离开 离村 下班", "out, checked out, departure"),
    },
    DayKind: {
        DayKind.HOLIDAY: ("节假日 放假 休 休息 休假 法定节假日 节日 公休 放假调休", "day off, public holiday, off"),
        DayKind.MAKEUP_WORKDAY: ("调休上班 补班 班 调休补班 调休工作日", "make-up workday, makeup day"),
        DayKind.WORKDAY: ("工作日 上班", "working day"),
        DayKind.WEEKEND: ("周末 双休日 休息日", "weekend day"),
    },
    SiteStatus: {
        SiteStatus.ACTIVE: ("在册 在册管理 未销号 有效", "registered"),
        SiteStatus.REMOVED: ("已销号 销号 核销 已核销", "deregistered"),
    },
    DetectionKind: {
        DetectionKind.HOTSPOT: ("热点 卫星热点 火点", "thermal hotspot, fire point"),
        DetectionKind.LANDSLIDE_REPORT: ("滑坡目录记录 滑坡记录", "landslide record"),
    },
    DetectionSource: {
        DetectionSource.FIRMS_MODIS: ("MODIS热点 MODIS火点", "MODIS"),
        DetectionSource.FIRMS_VIIRS: ("VIIRS热点 VIIRS火点", "VIIRS"),
        DetectionSource.NASA_GLC: ("NASA全球滑坡目录 全球滑坡目录", "NASA Global Landslide Catalog, GLC"),
    },
    IncidentKind: {
        IncidentKind.FOREST_FIRE: ("森林火灾 山火", "wildfire"),
        IncidentKind.OPEN_FIRE: ("野外用火", "open burning"),
        IncidentKind.LANDSLIDE: ("滑坡 山体滑坡", "slide"),
        IncidentKind.ROCKFALL: ("崩塌", "rock fall"),
        IncidentKind.DEBRIS_FLOW: ("泥石流", "debris flows"),
        IncidentKind.GROUND_COLLAPSE: ("地面塌陷 塌陷", "surface collapse"),
        IncidentKind.FLOOD: ("洪水 洪涝 山洪", "flooding"),
        IncidentKind.OTHER: ("其他 其它", "others"),
    },
    RoadClass: {
        RoadClass.MOTORWAY: ("高速公路 高速", "motorway link"),
        RoadClass.TRUNK: ("国道 国道干线", "trunk link"),
        RoadClass.PRIMARY: ("省道", "primary link"),
        RoadClass.SECONDARY: ("县道", "secondary link"),
        RoadClass.TERTIARY: ("乡道", "tertiary link"),
        RoadClass.UNCLASSIFIED: ("村道", "road"),
        RoadClass.RESIDENTIAL: ("居民区道路 小区道路", "living street"),
        RoadClass.SERVICE: ("服务道路 专用道路", "service road"),
        RoadClass.TRACK: ("机耕道 机耕路 林道", "forest road"),
    },
    Surface: {
        Surface.PAVED: ("铺装 硬化 已硬化 沥青 沥青路 水泥 水泥路 混凝土", "asphalt, concrete, paving stones, sett"),
        Surface.UNPAVED: ("未铺装 未硬化 土路 砂石 砂石路 碎石", "gravel, fine gravel, compacted, dirt, ground, sand"),
    },
    ClosureCause: {
        ClosureCause.LANDSLIDE: ("滑坡 山体滑坡", "slide"),
        ClosureCause.COLLAPSE: ("塌方 坍塌 垮塌 崩塌 落石 路基塌陷 地面塌陷", "rockfall, rock fall, road collapse"),
        ClosureCause.DEBRIS_FLOW: ("泥石流", "mudslide, debris flows"),
        ClosureCause.FLOOD: ("洪水 水淹 积水 洪涝 山洪 水毁", "flooding"),
        ClosureCause.FIRE: ("火灾 山火 森林火灾", "wildfire"),
        ClosureCause.SNOW_ICE: ("冰雪 积雪 结冰 道路结冰 雨雪冰冻", "snow, ice"),
        ClosureCause.ACCIDENT: ("交通事故 事故 车祸", "crash"),
        ClosureCause.WORKS: ("施工 道路施工 养护 养护施工", "roadworks, construction"),
        ClosureCause.ORDER: ("交通管制 管制 封控", "traffic control"),
        ClosureCause.OTHER: ("其他 其它", "others"),
    },
    RoadEffect: {
        RoadEffect.CLOSED: ("封闭 中断 阻断 封路 禁止通行 禁行", "blocked, impassable"),
        RoadEffect.SLOWED: ("缓行 限速 限速通行 减速慢行", "slow, speed limited"),
    },
    VehicleClass: {
        VehicleClass.ALL: ("全部车辆 所有车辆 全部", "all vehicles, every vehicle"),
        VehicleClass.LARGE: ("大型车辆 大型车 大车 货车", "large vehicles, heavy vehicles, trucks"),
        VehicleClass.PUBLIC: ("社会车辆", "public vehicles, civilian vehicles"),
    },
    DonorTier: {
        DonorTier.SAME_VILLAGE: ("本村 本村(社区) 本社区", "own village"),
        DonorTier.ADJACENT_VILLAGE: ("相邻村 相邻村(社区) 相邻社区 邻村", "neighbouring village"),
        DonorTier.SAME_TOWN: ("本乡镇 本乡镇(街道) 本街道", "own town"),
        DonorTier.CITY: ("全市 市内其他乡镇", "elsewhere in the city"),
    },
}

WORDS: Mapping[Vocabulary, Mapping[Any, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        vocabulary: MappingProxyType(
            {
                term: (tuple(chinese.split()), tuple(word.strip() for word in english.split(",")))
                for term, (chinese, english) in rows.items()
            }
        )
        for vocabulary, rows in _TABLE.items()
    }
)
"""For each term the accepted words in Chinese and in English, beside the code itself; the first Chinese word names it.

Source: DOMAIN.md section 6 and the grades of section 4, in a register's usual spellings; the roads' English words are
OpenStreetMap's values. 一级 to 五级 are absent from `HazardLevel`: see `ordinal_level`.
"""

_GAP = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])|\s+")

_ORDINALS = ("一级 1级 Ⅰ Ⅰ级", "二级 2级 Ⅱ Ⅱ级", "三级 3级 Ⅲ Ⅲ级", "四级 4级 Ⅳ Ⅳ级", "五级 5级 Ⅴ Ⅴ级")


def folded(word: str) -> str:
    """`word` as it is compared: full-width forms and Roman numerals in plain letters, no case, no gaps within.

    Spaces, hyphens and underscores between letters are gaps; a sign before a number is not.
    """
    return _GAP.sub("", unicodedata.normalize("NFKC", word).casefold().strip())


def ordinal_level(word: str, kind: HazardKind) -> HazardLevel | None:
    """The common level of 一级 … 五级 (also 1级, Ⅰ, Ⅰ级) for a hazard of `kind`; None for any other word.

    Fire classes rise (一级 is the least, QX/T 77-2007); the levels of the geological warning fall (一级 is the worst
    of four), so the word alone means nothing.
    """
    numbers = [number for number, forms in enumerate(_ORDINALS, 1) if folded(word) in map(folded, forms.split())]
    if not numbers:
        return None
    if kind is HazardKind.FOREST_FIRE:
        return HazardLevel(numbers[0])
    return HazardLevel(6 - numbers[0]) if numbers[0] <= 4 else None


@cache
def accepted_words(vocabulary: Vocabulary) -> Mapping[str, Any]:
    """Each accepted word of `vocabulary`, folded, and the term that it means."""
    return MappingProxyType({folded(word): term for term in vocabulary for word in _words_of(vocabulary, term)})


def _words_of(vocabulary: Vocabulary, term: Any) -> Iterator[str]:
    chinese, english = WORDS.get(vocabulary, {}).get(term, ((), ()))
    yield from (str(term), term.name, *chinese, *english)


def described_terms(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every term as its code and its first Chinese word, such as "landslide (滑坡)"."""
    named = WORDS.get(vocabulary, {})
    return tuple(f"{term} ({named[term][0][0]})" if term in named else str(term) for term in vocabulary)


def parse_word(vocabulary: Vocabulary, value: object, *, parameter: str) -> Any:
    """The term that a source's word means, in either language; UnknownTermError lists the terms in both."""
    term = accepted_words(vocabulary).get(folded(str(value)))
    if term is None:
        raise UnknownTermError(parameter, value, described_terms(vocabulary))
    return term


Term = TypeVar("Term", bound=StrEnum)


def parse_term(vocabulary: type[Term], value: object, *, parameter: str) -> Term:
    """The member of `vocabulary` whose code is `value`; UnknownTermError lists what is allowed."""
    try:
        return vocabulary(str(value))
    except ValueError:
        raise UnknownTermError(parameter, value, vocabulary) from None
