"""Figures of made-up datasets, and how they are written: for tests of what pages open with."""

from types import SimpleNamespace
from typing import Any, cast

from catalog.figures.document import County, Course, Figures, Item, Label, Preview
from catalog.site.measures import Measures
from catalog.site.sources import Released
from catalog.site.words import words

HOURS = tuple(f"2026-07-0{1 + hour // 24}T{hour % 24:02}:00:00+08:00" for hour in range(48))
DAYS = tuple(f"2026-07-{day:02}" for day in range(1, 11))


def label(name: str) -> Label:
    """The same name in both languages, the English one in capitals."""
    return Label(en=name.upper(), zh_tw=name)


def course(*series: float | None, **more: Any) -> dict[str, Any]:
    """The values of a course, its last ones reckoned."""
    known = [value for value in series if value is not None]
    return {"value": series[-1], "last": known[-1] if known else None, "series": series} | more


def item(key: str, *series: float | None, **more: Any) -> Item:
    return Item(key=key, label=label(more.pop("name", key)), **course(*series, **more))


def county(*series: float | None, **more: Any) -> County:
    return County(items=more.pop("items", 1), **course(*series, **more))


def figures(**more: Any) -> Figures:
    """Figures of one series of days, changed by what is given."""
    whole = Course(**course(*range(1, 11)))
    plain = {
        "made_of": "", "tables": (), "n": 3, "measure": "level", "together": "mean", "by": "place", "across": None,
        "first": None, "step": "day", "steps": DAYS, "growing": 0, "decimals": 1, "whole": whole, "items": (),
        "more": 0, "others": (), "counties": {}, "preview": Preview(columns=(), rows=()),
    }  # fmt: skip
    return Figures(**(plain | more))


FIELDS = [
    {"name": "place", "title": "Place code", "translations": {"zh-TW": {"title": "地點代碼"}}},
    {"name": "place_name", "title": "Place", "translations": {"zh-TW": {"title": "地點"}}},
    {"name": "level", "title": "Water level", "unit": "{TWD}/kg", "translations": {"zh-TW": {"title": "水位"}}},
    {
        "name": "state", "title": "State",
        "categories": [{"value": "calm", "label": "Calm (up to 1)"}, {"value": "wild", "label": "Wild (above)"}],
        "translations": {
            "zh-TW": {
                "title": "狀態",
                "categories": [{"value": "calm", "label": "平靜（至 1）"}, {"value": "wild", "label": "湍急"}],
            }
        },
    },
]  # fmt: skip
FIELDS.append({"name": "heard", "title": "Heard", "type": "datetime"})
VIEWS = {"measure": "level", "by": "place", "labels": {"place": "place_name"}}
LEVELS = {"levels": {"field": "state", "order": ["calm", "wild"]}, "noun": {"en": "rivers", "zh-TW": "條"}}


def measures(language: str, shown: Figures, views: dict[str, Any] | None = None, rows: int = 9) -> Measures:
    """How the figures of a made-up dataset are written."""
    release = SimpleNamespace(partitions={"all": SimpleNamespace(rows=rows)})
    declaration = {"dataset": {"minsheng": {"views": views or VIEWS}}}
    return Measures(words(language), Released(cast(Any, release), {"fields": FIELDS}, {}, declaration), shown)
