"""Pictures in a real browser: no label overlaps another, nothing leaves its place, axe finds nothing."""

import datetime as dt
import math
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM
from markupsafe import Markup
from pictures import ALT, number
from playwright.sync_api import Browser

from catalog.site.draw import (
    Alt,
    Band,
    BarRow,
    Bin,
    HeatRow,
    MapDot,
    MapWords,
    Part,
    RangeDot,
    Series,
    Steps,
    StripCell,
    Tile,
    bars,
    before_after,
    columns,
    dots,
    heat,
    histogram,
    key,
    lines,
    range_line,
    small_multiples,
    sparkline,
    stacked,
    strip,
    tiles,
    time_ticks,
)
from catalog.site.words import FOLDER

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

HOURS = [dt.datetime(2026, 7, 3, 22) + dt.timedelta(hours=i) for i in range(96)]  # noqa: DTZ001  local time
NAMED = {i: f"{HOURS[i]:%-m/%-d}（六）" for i in time_ticks(HOURS, "hour")}
COUNTIES = ["基隆市", "臺北市", "新北市", "桃園市", "新竹縣", "A county with a long name"]


def wave(middle: float, high: float, shift: int, count: int = 96) -> list[float | None]:
    return [None if i in (30, 31) else round(middle + high * math.sin((i + shift) / 7)) for i in range(count)]


HOT = Band(51, 100, "普通 51–100", "level2")


def timed() -> Iterator[Markup]:
    ends = enumerate([("大同", 24), ("大城", 23), ("中位", 22), ("New Taipei City", 21)])
    near = [
        Series(f"{name} {end}", [*wave(40, 20, i)[:-1], end], peak="大城 83" if i == 2 else "")
        for i, (name, end) in ends
    ]
    yield lines(ALT, near, Steps(96, NAMED), number=number, bands=[HOT])
    yield lines(
        Alt("people"), [Series("2,328 萬", [2336.1, 2333, 2328.0])], Steps(3, {0: "2025/7", 2: "2026/2"}), number=number
    )
    counts = [abs(value or 0) * 17 for value in wave(40, 20, 3, 50)]
    weeks = {i: f"{i} 月" for i in range(0, 50, 4)}
    yield columns(
        Alt("weeks"), counts, Steps(50, weeks), number=number, provisional_from=48, marks={9: "1,020", 49: "80"}
    )
    later = [value + 20 for value in counts[:24]]
    yield before_after(Alt("versions"), counts[:24], later, Steps(24, {0: "6/10", 23: "7/1"}), number=number,
                       marks=dict.fromkeys(range(23, 15, -1), "+20"))  # fmt: skip
    rows = [HeatRow(name, wave(40, 30, i * 5), "83") for i, name in enumerate(COUNTIES)]
    yield heat(Alt("counties"), rows, Steps(96, NAMED), bounds=[21, 36, 51, 76])
    few = [Series(name, wave(40, 20, i), peak="64 普通") for i, name in enumerate(COUNTIES)]
    yield small_multiples(Alt("stations"), few, Steps(96, {0: "7/3", 95: "7/7 21 時"}), number=number)
    yield Markup('<div class="pic">{}</div>').format(sparkline(Alt("course"), wave(40, 20, 0)))
    cells = [StripCell("partial" if i % 9 == 0 else "complete", f"day {i}") for i in range(90)]
    yield strip(Alt("coverage"), cells, Steps(90, {0: "4/9", 30: "5/9", 60: "6/8", 89: "7/7"}))


def placed() -> Iterator[Markup]:
    yield bars(Alt("people"), [BarRow(name, 9.0 - i, "2,434,479", "a.html") for i, name in enumerate(COUNTIES)])
    yield stacked(Alt("power"), [Part(name, 10, "16.7%") for name in COUNTIES])
    places = [
        Tile(1 + i % 5, 1 + i // 5, name[:3], "無數值", "level2", "普通", f"{i}.html")
        for i, name in enumerate(COUNTIES)
    ]
    yield tiles(Alt("air"), places)
    crowd = [
        MapDot(121.5 + i % 5 / 40, 25 + i / 80, f"{i}", "level1", i == 2, f"站 {i}" if i < 9 else "") for i in range(14)
    ]
    far = [MapDot(118.4, 24.4, "金門", label="金門 28"), MapDot(120.8, 22, "恆春", "level0", label="恆春 無數值")]
    yield dots(Alt("stations on a map"), crowd + far, words=MapWords(inset="雙北放大"))
    yield histogram(Alt("spread"), [Bin(i % 5 + 1, f"{i * 20}–", "25 站" if i == 4 else "") for i in range(8)])
    where = [RangeDot(i * i, f"{i}", i == 21) for i in range(22)]
    yield range_line(Alt("place"), where, low="連江縣 13,631", high="新北市 4,043,220", mark="新北市 4,043,220")
    yield key([("hatch", "無數值"), ("provisional", "日後仍會增加"), ("level3", "對敏感族群不健康")])


PAGE = Markup(
    '<!doctype html><html lang="zh-TW"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>pictures</title><style>{}</style></head><body><main><h1>pictures</h1>{}</main></body></html>"
).format(
    Markup((FOLDER / "style.css").read_text(encoding="utf-8")),
    Markup("").join(Markup("<figure>{}</figure>").format(one) for one in [*timed(), *placed()]),
)

OVERLAPS = """() => [...document.querySelectorAll('.pic')].flatMap(picture => {
  const boxes = [...picture.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0);
  const hit = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  return boxes.flatMap(([one, a], i) =>
    boxes.slice(i + 1).filter(([, b]) => hit(a, b)).map(([other]) => `${one} / ${other}`));
})"""
BEYOND = """() => [...document.querySelectorAll('.pic :is(text, rect, circle), :is(.pic-bars, .pic-tiles, .pic-key) *')]
  .filter(one => !one.closest('.unseen, .hatch, .unhatch')).filter(one => {
    const box = one.getBoundingClientRect(), around = one.closest('figure').getBoundingClientRect();
    return box.width > 0 && (box.left < around.left - 6 || box.right > around.right + 6);
  }).map(one => one.outerHTML)"""


def test_labels_that_overlap_or_leave_are_found(browser: Browser) -> None:
    texts = "".join(f'<text x="{x}" y="20">some words</text>' for x in (0, 10, 300))
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        opened = context.new_page()
        svg = f'<svg width="310" height="30" style="overflow:visible">{texts}</svg>'
        opened.set_content(f'<figure style="margin:0;width:310px"><div class="pic">{svg}</div></figure>')
        assert opened.evaluate(OVERLAPS) == ["some words / some words"]
        assert len(opened.evaluate(BEYOND)) == 1


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (700, "dark"), (1280, "light")])
def test_labels_do_not_overlap_and_nothing_leaves_its_place(browser: Browser, width: int, scheme: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        opened = context.new_page()
        opened.set_content(PAGE)
        assert opened.evaluate("document.querySelectorAll('.pic text').length") > 60
        assert opened.evaluate(OVERLAPS) == []
        assert opened.evaluate(BEYOND) == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_and_tiles_are_large_enough_to_touch(browser: Browser) -> None:
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        opened = context.new_page()
        opened.set_content(PAGE)
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        sizes = "[...document.querySelectorAll('.pic-tiles a, .pic-bars a')].map(e => e.getBoundingClientRect().height)"
        assert min(opened.evaluate(sizes)) >= 44


def test_on_a_phone_fewer_words_are_shown_rather_than_smaller_ones(browser: Browser) -> None:
    shown = "[...document.querySelectorAll('.pic text')].filter(e => e.getBoundingClientRect().width > 0)"
    count, sizes = [], set()
    for width in (360, 1280):
        with browser.new_context(viewport={"width": width, "height": 800}) as context:
            opened = context.new_page()
            opened.set_content(PAGE)
            count.append(opened.evaluate(f"{shown}.length"))
            sizes |= set(opened.evaluate(f"{shown}.map(e => getComputedStyle(e).fontSize)"))
    assert count[0] < count[1]
    assert sizes == {"12px"}
