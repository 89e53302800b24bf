"""The facts of Lengshuijiang City (431381): its towns and villages, with the codes and names that the state gives them.

Source: the division codes of the National Bureau of Statistics, 2023 edition (10 township-level units, 150 villages
and communities); population: census of 2020-11-01. Names repeat (杨桥村 stands twice), codes do not. Nothing here is
made up.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from geo.terms import TownKind, VillageKind

COUNTY_CODE: Final = "431381"
COUNTY_NAME: Final = "冷水江市"
COUNTY_NAME_EN: Final = "Lengshuijiang City"
POPULATION: Final = 329_912
URBAN_POPULATION: Final = 260_400
AREA_KM2: Final = 439.0
BOUNDS: Final = (111.313794, 27.526072, 111.607795, 27.840115)
"""West, south, east, north of the county in WGS84 degrees."""
CENTRE: Final = (111.4279, 27.68581)
"""The city's centre, WGS84 longitude and latitude."""


class TownFact(NamedTuple):
    """A township-level unit: 9-digit code, name, English name and kind."""

    code: str
    name: str
    name_en: str
    kind: TownKind


class VillageFact(NamedTuple):
    """A village or community: 12-digit code, full name as registered, and the short name for maps."""

    code: str
    official_name: str
    name: str

    @property
    def town_code(self) -> str:
        """The code of the town that the village belongs to."""
        return self.code[:9]

    @property
    def kind(self) -> VillageKind:
        """By the third part of the code: 001-199 is a community, 200-399 a village; holds for all 150."""
        return VillageKind.COMMUNITY if int(self.code[9:]) < 200 else VillageKind.VILLAGE


TOWNS: Final = (
    TownFact("431381001", "冷水江街道", "Lengshuijiang Subdistrict", TownKind.SUBDISTRICT),
    TownFact("431381002", "锡矿山街道", "Xikuangshan Subdistrict", TownKind.SUBDISTRICT),
    TownFact("431381003", "沙塘湾街道", "Shatangwan Subdistrict", TownKind.SUBDISTRICT),
    TownFact("431381004", "布溪街道", "Buxi Subdistrict", TownKind.SUBDISTRICT),
    TownFact("431381100", "禾青镇", "Heqing Town", TownKind.TOWN),
    TownFact("431381102", "渣渡镇", "Zhadu Town", TownKind.TOWN),
    TownFact("431381103", "铎山镇", "Duoshan Town", TownKind.TOWN),
    TownFact("431381105", "三尖镇", "Sanjian Town", TownKind.TOWN),
    TownFact("431381106", "金竹山镇", "Jinzhushan Town", TownKind.TOWN),
    TownFact("431381205", "中连乡", "Zhonglian Township", TownKind.TOWNSHIP),
)

VILLAGES: Final = (
    VillageFact("431381001001", "锑都社区居委会", "锑都社区"),
    VillageFact("431381001005", "冷钢社区居委会", "冷钢社区"),
    VillageFact("431381001006", "建新社区居委会", "建新社区"),
    VillageFact("431381001007", "冷金社区居委会", "冷金社区"),
    VillageFact("431381001008", "冷锡社区居委会", "冷锡社区"),
    VillageFact("431381001009", "冷新社区居委会", "冷新社区"),
    VillageFact("431381001010", "冷园社区居委会", "冷园社区"),
    VillageFact("431381001011", "涟溪社区居委会", "涟溪社区"),
    VillageFact("431381001012", "施塘社区居委会", "施塘社区"),
    VillageFact("431381001014", "红日社区居委会", "红日社区"),
    VillageFact("431381001015", "新桥社区居委会", "新桥社区"),
    VillageFact("431381001203", "同心村委会", "同心村"),
    VillageFact("431381001204", "永兴村委会", "永兴村"),
    VillageFact("431381002001", "长龙界社区居委会", "长龙界社区"),
    VillageFact("431381002002", "光荣社区居委会", "光荣社区"),
    VillageFact("431381002004", "联盟社区居委会", "联盟社区"),
    VillageFact("431381002005", "七里江社区居委会", "七里江社区"),
    VillageFact("431381002006", "七星社区居委会", "七星社区"),
    VillageFact("431381002008", "陶塘社区居委会", "陶塘社区"),
    VillageFact("431381002009", "艳山红社区居委会", "艳山红社区"),
    VillageFact("431381002010", "双木社区居委会", "双木社区"),
    VillageFact("431381002011", "谭家社区居委会", "谭家社区"),
    VillageFact("431381002202", "船山村委会", "船山村"),
    VillageFact("431381002203", "洞下村委会", "洞下村"),
    VillageFact("431381002204", "樊家村委会", "樊家村"),
    VillageFact("431381002207", "合兴村委会", "合兴村"),
    VillageFact("431381002211", "马井村委会", "马井村"),
    VillageFact("431381002213", "新生村委会", "新生村"),
    VillageFact("431381002214", "樟木村委会", "樟木村"),
    VillageFact("431381002215", "竹山村委会", "竹山村"),
    VillageFact("431381002216", "来峰村委会", "来峰村"),
    VillageFact("431381003002", "冷碱社区居委会", "冷碱社区"),
    VillageFact("431381003003", "炉埠社区居委会", "炉埠社区"),
    VillageFact("431381003005", "沙塘湾社区居委会", "沙塘湾社区"),
    VillageFact("431381003009", "王坪湾社区居委会", "王坪湾社区"),
    VillageFact("431381003010", "崇北社区居委会", "崇北社区"),
    VillageFact("431381003011", "俩塘社区居委会", "俩塘社区"),
    VillageFact("431381003012", "东站社区居委会", "东站社区"),
    VillageFact("431381003013", "枫树坳社区居委会", "枫树坳社区"),
    VillageFact("431381003014", "集中社区居委会", "集中社区"),
    VillageFact("431381003015", "颜家社区居委会", "颜家社区"),
    VillageFact("431381003016", "长铺社区居委会", "长铺社区"),
    VillageFact("431381003018", "群丰社区居委会", "群丰社区"),
    VillageFact("431381003020", "大建社区居委会", "大建社区"),
    VillageFact("431381003201", "太坪村委会", "太坪村"),
    VillageFact("431381003203", "长铺村委会", "长铺村"),
    VillageFact("431381003204", "柳溪村委会", "柳溪村"),
    VillageFact("431381003206", "筻溪村委会", "筻溪村"),
    VillageFact("431381003209", "毛易村委会", "毛易村"),
    VillageFact("431381003210", "清塘村委会", "清塘村"),
    VillageFact("431381004001", "布溪社区居委会", "布溪社区"),
    VillageFact("431381004002", "青园社区居委会", "青园社区"),
    VillageFact("431381004003", "施茶社区居委会", "施茶社区"),
    VillageFact("431381004004", "资江社区居委会", "资江社区"),
    VillageFact("431381004005", "郭家社区居委会", "郭家社区"),
    VillageFact("431381004202", "老屋村委会", "老屋村"),
    VillageFact("431381004205", "潘桥村委会", "潘桥村"),
    VillageFact("431381100002", "里福社区居委会", "里福社区"),
    VillageFact("431381100003", "球溪社区居委会", "球溪社区"),
    VillageFact("431381100004", "双星社区居委会", "双星社区"),
    VillageFact("431381100005", "资氮社区居民委员会", "资氮社区"),
    VillageFact("431381100201", "禾青村委会", "禾青村"),
    VillageFact("431381100203", "黄场村委会", "黄场村"),
    VillageFact("431381100204", "黄泥村委会", "黄泥村"),
    VillageFact("431381100207", "炉竹村委会", "炉竹村"),
    VillageFact("431381100209", "湍江村委会", "湍江村"),
    VillageFact("431381100210", "社学里村委会", "社学里村"),
    VillageFact("431381100212", "杨坪村委会", "杨坪村"),
    VillageFact("431381100215", "建新村委会", "建新村"),
    VillageFact("431381100217", "苗田村委会", "苗田村"),
    VillageFact("431381100218", "桥头村委会", "桥头村"),
    VillageFact("431381100220", "税塘村委会", "税塘村"),
    VillageFact("431381100221", "铜钟村委会", "铜钟村"),
    VillageFact("431381100222", "硐上村委会", "硐上村"),
    VillageFact("431381102001", "渣渡社区居委会", "渣渡社区"),
    VillageFact("431381102003", "木瓜居委会", "木瓜"),
    VillageFact("431381102204", "和平村委会", "和平村"),
    VillageFact("431381102206", "利民村委会", "利民村"),
    VillageFact("431381102209", "双丰村委会", "双丰村"),
    VillageFact("431381102210", "铁山村委会", "铁山村"),
    VillageFact("431381102211", "银溪村委会", "银溪村"),
    VillageFact("431381102212", "渣渡村委会", "渣渡村"),
    VillageFact("431381102214", "滴水村委会", "滴水村"),
    VillageFact("431381102218", "杨桥村委会", "杨桥村"),
    VillageFact("431381102219", "杨新村委会", "杨新村"),
    VillageFact("431381102220", "周头村委会", "周头村"),
    VillageFact("431381102221", "梓坪村委会", "梓坪村"),
    VillageFact("431381102222", "龙头新村委会", "龙头新村"),
    VillageFact("431381102223", "新利村委会", "新利村"),
    VillageFact("431381103001", "铎山社区居委会", "铎山社区"),
    VillageFact("431381103002", "红岩社区居委会", "红岩社区"),
    VillageFact("431381103005", "金星社区居委会", "金星社区"),
    VillageFact("431381103006", "塘冲社区居委会", "塘冲社区"),
    VillageFact("431381103201", "北元村委会", "北元村"),
    VillageFact("431381103202", "城山村委会", "城山村"),
    VillageFact("431381103203", "大坪村委会", "大坪村"),
    VillageFact("431381103205", "花桥村委会", "花桥村"),
    VillageFact("431381103207", "龙潭山村委会", "龙潭山村"),
    VillageFact("431381103208", "眉山村委会", "眉山村"),
    VillageFact("431381103210", "石湾村委会", "石湾村"),
    VillageFact("431381103212", "石柱村委会", "石柱村"),
    VillageFact("431381103213", "塘溪村委会", "塘溪村"),
    VillageFact("431381103214", "王家村委会", "王家村"),
    VillageFact("431381103216", "新枫村委会", "新枫村"),
    VillageFact("431381103218", "大冲村委会", "大冲村"),
    VillageFact("431381103220", "官溪村委会", "官溪村"),
    VillageFact("431381103221", "红安村委会", "红安村"),
    VillageFact("431381103222", "槐花村委会", "槐花村"),
    VillageFact("431381103223", "金连村委会", "金连村"),
    VillageFact("431381103227", "石坑村委会", "石坑村"),
    VillageFact("431381103230", "岩口村委会", "岩口村"),
    VillageFact("431381103232", "洞头村委会", "洞头村"),
    VillageFact("431381103233", "龙台村委会", "龙台村"),
    VillageFact("431381105001", "南阳社区居委会", "南阳社区"),
    VillageFact("431381105002", "三尖社区居委会", "三尖社区"),
    VillageFact("431381105003", "石槽社区居委会", "石槽社区"),
    VillageFact("431381105201", "光明村委会", "光明村"),
    VillageFact("431381105203", "九江村委会", "九江村"),
    VillageFact("431381105205", "连岩村委会", "连岩村"),
    VillageFact("431381105206", "六二村委会", "六二村"),
    VillageFact("431381105207", "木山村委会", "木山村"),
    VillageFact("431381105213", "石船村委会", "石船村"),
    VillageFact("431381105215", "新屋村委会", "新屋村"),
    VillageFact("431381105217", "粘禾村委会", "粘禾村"),
    VillageFact("431381106001", "坪塘社区居委会", "坪塘社区"),
    VillageFact("431381106002", "金竹山社区居委会", "金竹山社区"),
    VillageFact("431381106003", "木山坳社区居委会", "木山坳社区"),
    VillageFact("431381106004", "太主山社区居委会", "太主山社区"),
    VillageFact("431381106005", "太中社区居委会", "太中社区"),
    VillageFact("431381106006", "金山社区居委会", "金山社区"),
    VillageFact("431381106201", "当正村委会", "当正村"),
    VillageFact("431381106204", "恒星村委会", "恒星村"),
    VillageFact("431381106205", "金竹村委会", "金竹村"),
    VillageFact("431381106206", "麻溪村委会", "麻溪村"),
    VillageFact("431381106209", "新田村委会", "新田村"),
    VillageFact("431381106210", "杨桥村委会", "杨桥村"),
    VillageFact("431381106211", "杨源村委会", "杨源村"),
    VillageFact("431381205001", "杨家社区居委会", "杨家社区"),
    VillageFact("431381205002", "中连社区居委会", "中连社区"),
    VillageFact("431381205201", "坝塘村委会", "坝塘村"),
    VillageFact("431381205202", "诚意村委会", "诚意村"),
    VillageFact("431381205203", "福元村委会", "福元村"),
    VillageFact("431381205204", "金瓶村委会", "金瓶村"),
    VillageFact("431381205205", "金湾村委会", "金湾村"),
    VillageFact("431381205207", "民主村委会", "民主村"),
    VillageFact("431381205208", "南宫村委会", "南宫村"),
    VillageFact("431381205209", "青云村委会", "青云村"),
    VillageFact("431381205210", "全球村委会", "全球村"),
    VillageFact("431381205214", "余元村委会", "余元村"),
    VillageFact("431381205218", "岩里村委会", "岩里村"),
)
