"""Datasets of a large catalog, made of words by a seed: as many as asked for, the same each time."""

import random

from catalog.figures.document import Label
from catalog.site.search.index import Findable, Names

TOPICS = ["air", "water", "health", "prices", "transport", "energy", "waste", "weather"]
SUBJECTS = [
    ("空氣品質", "air quality"), ("河川水質", "river water quality"), ("垃圾清運", "waste collection"),
    ("用電量", "electricity use"), ("公車路線", "bus routes"), ("登革熱病例", "dengue cases"),
    ("蔬菜價格", "vegetable prices"), ("雨量", "rainfall"), ("噪音", "noise"), ("停車場", "car parks"),
    ("人口數", "population"), ("地下水位", "groundwater level"), ("溫室氣體排放", "greenhouse gas emissions"),
    ("食品檢驗", "food inspections"), ("公園綠地", "parks"), ("交通事故", "traffic accidents"),
]  # fmt: skip
KINDS = [("監測值", "measurements"), ("統計", "statistics"), ("名單", "register"), ("年報", "annual report")]
SPANS = [("每小時", "hourly"), ("每日", "daily"), ("每月", "monthly"), ("歷年", "by year")]
COUNTIES = [
    "基隆市 Keelung", "臺北市 Taipei", "新北市 New_Taipei", "桃園市 Taoyuan", "新竹市 Hsinchu_City", "新竹縣 Hsinchu",
    "苗栗縣 Miaoli", "臺中市 Taichung", "彰化縣 Changhua", "南投縣 Nantou", "雲林縣 Yunlin", "嘉義市 Chiayi_City",
    "嘉義縣 Chiayi", "臺南市 Tainan", "高雄市 Kaohsiung", "屏東縣 Pingtung", "宜蘭縣 Yilan", "花蓮縣 Hualien",
    "臺東縣 Taitung", "澎湖縣 Penghu", "金門縣 Kinmen", "連江縣 Lienchiang",
]  # fmt: skip
SYLLABLES = "安平中正和信義東南西北大湖山豐原永康仁愛文化光明復興建國民生福德新成樂華龍竹林石門金水清泉美"


def label(chinese: str, english: str) -> Label:
    return Label(en=english, zh_tw=chinese)


PLACES = {f"C{at:02}": label(*each.replace("_", " ").split(" ", 1)) for at, each in enumerate(COUNTIES)}
AGENCIES = {f"a{at}": label(f"第{at}局", f"Bureau {at}") for at in range(300)}
NAMES: Names = {
    "agency": AGENCIES,
    "topic": {topic: label(f"{topic}類", topic.title()) for topic in TOPICS},
    "place": PLACES,
    "kind": {"data": label("資料", "Data"), "reference": label("參考表", "Reference table")},
    "cadence": {each: label(each, each) for each in ("hourly", "daily", "monthly", "yearly")},
    "format": {"csv": label("CSV", "CSV"), "parquet": label("Parquet", "Parquet")},
    "quality": {"high": label("90 至 100 分", "90 to 100 points"), "low": label("未滿 70 分", "under 70 points")},
    "state": {"fresh": label("正常更新", "Up to date"), "overdue": label("逾期未更新", "Overdue")},
}


def catalog(count: int, seed: int = 7) -> list[Findable]:
    """Datasets, those of an agency beside each other."""
    draw = random.Random(seed)
    return [_dataset(number, count, draw) for number in range(count)]


def _dataset(number: int, count: int, draw: random.Random) -> Findable:
    subject, kind, span = draw.choice(SUBJECTS), draw.choice(KINDS), draw.choice(SPANS)
    place = draw.choice([*PLACES, None])
    where = PLACES[place] if place else label("全國", "Taiwan")
    stations = ["".join(draw.sample(SYLLABLES, 2)) for _ in range(draw.randint(5, 60))]
    title = label(f"{where.zh_tw}{subject[0]}{span[0]}{kind[0]}", f"{span[1]} {subject[1]} {kind[1]}, {where.en}")
    says = label(
        f"{title.zh_tw}，依測站及日期。{''.join(draw.choices(SYLLABLES, k=120))}。", f"{title.en}, by station."
    )
    agency = f"a{number * len(AGENCIES) // count}"
    return Findable(
        slug=f"dataset-{number}",
        title=title,
        description=says,
        keywords=(label(*subject), label(*kind)),
        fields=(
            ("station", label("測站", "Station")),
            ("value", label("數值", "Value")),
            ("pm2_5", label("細懸浮微粒（PM2.5）", "PM2.5")),
        ),
        values=tuple((f"S{at}", label(each, f"Station {at}")) for at, each in enumerate(stations)),
        facets={
            "agency": (agency,),
            "topic": (draw.choice(TOPICS),),
            "place": (place,) if place else tuple(PLACES),
            "kind": ("data",),
            "cadence": (draw.choice(list(NAMES["cadence"])),),
            "format": ("csv", "parquet"),
            "quality": ("high" if draw.random() < 0.7 else "low",),
            "state": ("fresh" if draw.random() < 0.9 else "overdue",),
        },
        shown=shown(number),
    )


def shown(number: int) -> dict[str, object]:
    """What else a row shows."""
    newest = {"parts": [[f"{number % 97}.5", "μg/m³"]], "of": "PM2.5", "at": "2026-07-07"}
    return {
        "release": 9, "rows": number * 31, "created": "2026-07-07", "period": ["2019-01", "2026-07"],
        "spark": [float((number * at) % 53) for at in range(42)], "newest": [newest, newest],
    }  # fmt: skip
