"""What the page of a dataset opens with: the newest figure, the pictures that fit its schema, the newest values.

Which picture: places with a position are dots on a map, counties are tiles, else bars. Counts and prices of days are
columns, all else is lines; what is said of many counties over time is a heat strip.
"""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from catalog.declaration.site import SiteDeclaration
from catalog.figures.document import Course, Figures, Item
from catalog.site import draw
from catalog.site.draw import Alt
from catalog.site.measures import Measures, steps

SHOWN_ITEMS = 10
MOST_DOTS = 400
FEW_TILES = 12
"""With fewer places a map of tiles has more holes than tiles."""


class Headline(NamedTuple):
    """The newest figure, large."""

    parts: list[tuple[str, str]]
    """Figures, and what each counts or is measured in."""
    moment: str
    says: Markup | str
    picture: Markup | str = ""


class Picture(NamedTuple):
    """A picture with its title."""

    title: str
    note: str
    svg: Markup


class Row(NamedTuple):
    """A place or category in the table of newest values."""

    name: str
    place: str
    value: str
    level: str
    tone: str
    late: str
    """When the value was heard, if that is not the newest step."""
    month: str
    year_before: str


class Opening(NamedTuple):
    """All of it."""

    headline: Headline
    beside: Picture | None
    """What stands beside the figure: where."""
    pictures: list[Picture]
    """Over time, and compared."""
    rows: list[Row]
    more: int
    """How many places or categories the table leaves out."""
    months: bool
    """Whether the table has a column for this month."""
    years: bool
    """Whether it has one for the same month a year before: no column of dashes alone."""


def opening(measures: Measures, places: dict[str, str], declared: SiteDeclaration) -> Opening:
    """Return what the page of a dataset opens with.

    Args:
        measures: the figures, and how they are written.
        places: the names of the places that have a page, by code.
        declared: where each stands on the map of tiles.
    """
    figures = measures.figures
    time = [picture for picture in (course(measures), _compared(measures, places)) if picture]
    months = figures.step in ("hour", "day", "week")
    return Opening(
        headline(measures, places),
        _where(measures, places, declared),
        time,
        [row(measures, item, places) for item in figures.items] if figures.measure else [],
        figures.more,
        months,
        months and any(item.year_before is not None for item in figures.items),
    )


def headline(measures: Measures, places: dict[str, str]) -> Headline:
    """Return the newest figure of a dataset.

    Args:
        measures: the figures, and how they are written.
        places: the names of the places that have a page, by code.
    """
    figures, words = measures.figures, measures.words
    moment = measures.moment(figures.newest)
    if figures.measure is None or figures.newest is None:
        rows = sum(part.rows for part in measures.released.release.partitions.values())
        return Headline([(words.number(rows), str(words("headline.rows")))], "", "")
    if measures.levels and figures.items:
        counts = Counter(item.level for item in figures.items if item.value is not None and measures.tone(item.level))
        known = [code for code in measures.levels if counts[code]]
        parts = [(words.number(counts[code]), _counted(measures, code)) for code in known]
        bar = [draw.Part(measures.level(code), counts[code], str(counts[code]), measures.tone(code)) for code in known]
        svg = draw.stacked(Alt(str(words("headline.levels", moment=moment))), bar) if bar else ""
        return Headline(parts, moment, _gravest(measures, places), svg)
    of = measures.name(figures.first) or str(words("headline.all"))
    label = measures.unit
    if figures.first:
        label = words("headline.of", unit=label, of=of) if label else of
    says = words.sentences(
        words("headline.first", measure=measures.measure, of=of, n=len(figures.others)) if figures.others else "",
        measures.against(figures.whole),
        words("headline.growing") if figures.growing else "",
    )
    return Headline([(measures.value(figures.whole.value), str(label))], moment, says)


def _counted(measures: Measures, code: str) -> str:
    return str(measures.words("headline.counted", noun=measures.noun(), level=measures.level(code)))


def _gravest(measures: Measures, places: dict[str, str]) -> Markup | str:
    """Name the place with the gravest value, and those without any."""
    known = [item for item in measures.figures.items if item.value is not None]
    if not known:
        return ""
    top, words = max(known, key=lambda item: (item.value or 0, item.key)), measures.words
    silent = [measures.name(item.label) for item in measures.figures.items if item.value is None]
    says = words(
        "headline.highest", place=places.get(top.county or "", ""), name=measures.name(top.label),
        measure=measures.measure, value=measures.value(top.value), level=measures.level(top.level),
    )  # fmt: skip
    return words.sentences(
        says, words("headline.silent", names=words.listed(silent[:5]), n=len(silent)) if silent else ""
    )


def axis(measures: Measures) -> draw.Steps:
    """Return the steps of figures as an axis."""
    figures = measures.figures
    if figures.step is None:
        return draw.Steps(0)
    times = steps(figures)
    labels = {i: _tick(measures, i) for i in draw.time_ticks(times, figures.step)}
    return draw.Steps(len(times), labels)


def _tick(measures: Measures, index: int) -> str:
    at, grain = steps(measures.figures)[index], measures.figures.step
    if grain == "year":
        return str(at.year)
    if grain in ("week", "month"):
        return f"{at:%Y-%m}"
    return f"{at.month}/{at.day}"


def course(measures: Measures) -> Picture | None:
    """Return a picture over time: columns of what is counted or sold by the day, else lines; None without steps."""
    figures, words = measures.figures, measures.words
    if figures.step is None or len(figures.steps) < 2 or not figures.whole.series:
        return None
    title = str(words(f"course.{figures.step}", n=len(figures.steps)))
    alt = Alt(f"{measures.measure}, {title}", _range(measures, figures.whole))
    if figures.together == "sum" or (figures.first and figures.step != "hour"):
        growing = len(figures.steps) - figures.growing if figures.growing else None
        marks = _marks(measures, figures.whole)
        svg = draw.columns(
            alt, figures.whole.series, axis(measures), number=measures.tick, provisional_from=growing, marks=marks
        )
        note = words("course.growing", n=figures.growing) if figures.growing else words("course.gaps")
        return Picture(_titled(measures, title), _noted(measures, note), svg)
    series = _lines(measures)
    svg = draw.lines(alt, series, axis(measures), number=measures.tick)
    shown = words("course.gaps" if draw.zero_shown([one.values for one in series]) else "course.gaps_no_zero")
    return Picture(_titled(measures, title), _noted(measures, shown), svg)


def _titled(measures: Measures, title: str) -> str:
    first = measures.name(measures.figures.first)
    return str(measures.words("course.titled", of=first or measures.measure, title=title))


def _noted(measures: Measures, note: Markup | str) -> str:
    unit = measures.unit
    return str(measures.words.sentences(measures.words("course.unit", unit=unit) if unit else "", note))


def _range(measures: Measures, course: Course) -> str:
    known = [value for value in course.series if value is not None]
    if not known:
        return ""
    return str(measures.words("course.range", low=measures.value(min(known)), high=measures.with_unit(max(known))))


def _marks(measures: Measures, course: Course) -> dict[int, str]:
    """The newest value and the highest."""
    known = {i: value for i, value in enumerate(course.series) if value is not None}
    if not known:
        return {}
    marked = dict.fromkeys([max(known), max(known, key=lambda i: (known[i], i))])
    return {i: measures.value(known[i]) for i in marked}


def _lines(measures: Measures) -> list[draw.Series]:
    """All together, and where there are many: the middle of them, and the one that was highest."""
    figures, words = measures.figures, measures.words
    several = [item for item in figures.items if len(item.series) == len(figures.steps)]
    if len(several) < 2:
        label = measures.name(several[0].label) if several else measures.measure
        return [draw.Series(_ended(measures, label, figures.whole.series), figures.whole.series)]
    if len(several) <= 4:
        return [draw.Series(_ended(measures, measures.name(one.label), one.series), one.series) for one in several]
    middle = tuple(_median([one.series[i] for one in several]) for i in range(len(figures.steps)))
    peak = max(several, key=lambda one: (max((v for v in one.series if v is not None), default=0), one.key))
    named = [(several[0], measures.name(several[0].label))]
    named += [(peak, measures.name(peak.label))] if peak is not several[0] else []
    found = [
        draw.Series(
            _ended(measures, name, one.series), one.series, peak=_peak(measures, name, one) if one is peak else ""
        )
        for one, name in named
    ]
    return [*found, draw.Series(_ended(measures, str(words("course.middle")), middle), middle)]


def _peak(measures: Measures, name: str, item: Item) -> str:
    return f"{name} {measures.tick(max(value for value in item.series if value is not None))}"


def _ended(measures: Measures, name: str, series: Sequence[float | None]) -> str:
    known = [value for value in series if value is not None]
    return f"{name} {measures.tick(round(known[-1], measures.figures.decimals))}" if known else name


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _compared(measures: Measures, places: dict[str, str]) -> Picture | None:
    """Counties over time as a heat strip; without steps of time, nothing."""
    figures, words = measures.figures, measures.words
    named = [(places[code], figures.counties[code]) for code in places if code in figures.counties]
    if figures.step is None or len(named) < 2 or len(figures.steps) < 2:
        return None
    rows = [draw.HeatRow(name, one.series, _highest(measures, one)) for name, one in named]
    known = sorted(value for _, one in named for value in one.series if value is not None)
    if not known:
        return None
    bounds = _bounds(known)
    title = words("compared.title", n=len(named), of=measures.name(figures.first) or measures.measure)
    svg = draw.heat(Alt(str(title)), rows, axis(measures), bounds=bounds)
    names = [str(words("compared.up_to", value=measures.tick(bounds[0])))]
    names += [str(words("compared.between", low=measures.tick(a), high=measures.tick(b))) for a, b in pairwise(bounds)]
    names.append(str(words("compared.from", value=measures.tick(bounds[-1]))))
    tones = [f"q{5 - len(bounds) + i}" for i in range(len(names))]
    legend = draw.key(list(zip(tones, names, strict=True)))
    return Picture(str(title), _noted(measures, words("compared.note")), Markup("{}{}").format(svg, legend))


def _bounds(known: Sequence[float]) -> list[float]:
    """Four round values that part what there is about evenly; fewer, if they would fall together."""
    cuts = [known[int(len(known) * share)] for share in (0.3, 0.6, 0.85, 0.97)]
    rounded = sorted({float(f"{cut:.2g}") for cut in cuts if cut > known[0]})
    return rounded or [known[0] + 1]


def _highest(measures: Measures, course: Course) -> str:
    known = [value for value in course.series if value is not None]
    return measures.tick(round(max(known), 1)) if known else ""


def _where(measures: Measures, places: dict[str, str], declared: SiteDeclaration) -> Picture | None:
    """A map of dots or tiles, or bars: what says best where the figures are."""
    figures, words = measures.figures, measures.words
    title, note = str(words("where.title")), measures.moment(figures.newest)
    placed = [item for item in figures.items if item.longitude is not None and item.latitude is not None]
    if len(placed) > 1:
        points = [_dot(measures, item) for item in placed[:MOST_DOTS]]
        alt = Alt(str(words("where.map", n=len(placed), of=measures.measure)))
        inset = draw.MapWords(inset=str(words("where.inset")))
        return Picture(title, note, Markup("{}{}").format(draw.dots(alt, points, words=inset), _legend(measures)))
    tiles = declared.places.tiles if declared.places else {}
    on_map = [code for code in tiles if code in figures.counties and code in places]
    if len(on_map) >= FEW_TILES:
        return Picture(title, note, tile_map(measures, places, tiles, links={}))
    compared: Sequence[Item] = figures.others or (figures.items if figures.measure else ())
    if len(compared) > 1:
        bars = [draw.BarRow(measures.name(one.label), one.value, measures.value(one.value)) for one in compared[:20]]
        of = words("where.by", of=measures.name(figures.first) or measures.measure)
        return Picture(str(of), note, draw.bars(Alt(str(of)), bars))
    return None


def tile_map(
    measures: Measures, places: dict[str, str], tiles: dict[str, tuple[int, int]], links: dict[str, str]
) -> Markup:
    """Return the newest value of each place on the map of tiles.

    Args:
        measures: the figures, and how they are written.
        places: the names of the places that have a page, by code.
        tiles: column and row of each.
        links: the address of each that leads anywhere.
    """
    figures, cells, names = measures.figures, [], short(places)
    values = sorted(one.value for one in figures.counties.values() if one.value is not None)
    bounds = _bounds(values) if values else [1.0]
    for code, (column, row) in tiles.items():
        county = figures.counties.get(code)
        if code not in places:
            continue
        value = county.value if county else None
        tone = measures.tone(county.level) if county else ""
        if value is not None and not measures.levels:
            tone = f"q{5 - len(bounds) + sum(value >= bound for bound in bounds)}"
        cells.append(
            draw.Tile(
                column, row, names[code], measures.tick(round(value, 1)) if value is not None else "–",
                tone, measures.level(county.level) if county and value is not None else "", links.get(code, ""),
            )
        )  # fmt: skip
    alt = Alt(str(measures.words("where.tiles", of=measures.measure, moment=measures.moment(figures.newest))))
    return Markup("{}{}").format(draw.tiles(alt, cells), _legend(measures))


def short(places: dict[str, str]) -> dict[str, str]:
    """Return the names of places as they fit on tiles: without the word for county or city, where that is clear.

    Args:
        places: names by code.
    """
    stems = {code: re.sub(r"(?<=..)[縣市]$| (?:County|City)$", "", name) for code, name in places.items()}
    twice = {stem for stem, count in Counter(stems.values()).items() if count > 1}
    return {code: places[code] if stem in twice else stem for code, stem in stems.items()}


def _dot(measures: Measures, item: Item) -> draw.MapDot:
    grave = measures.levels.index(item.level) if item.level in measures.levels else 0
    value = measures.value(item.value) if measures.figures.measure else ""
    level = measures.level(item.level)
    tone = (measures.tone(item.level) or "level0") if measures.levels else "k1"
    named = f"{measures.name(item.label)} {value}".strip()
    return draw.MapDot(
        item.longitude or 0, item.latitude or 0, f"{named} {level}".strip(), tone, marked=grave > 0,
        label=named if grave > 0 or item.key in _corners(measures) else "",
    )  # fmt: skip


def _corners(measures: Measures) -> set[str]:
    """The places at the edges of the map, which are named so that the map can be read."""
    placed = [item for item in measures.figures.items if item.longitude is not None and item.latitude is not None]
    edges = [
        min(placed, key=lambda one: one.longitude or 0), max(placed, key=lambda one: one.longitude or 0),
        min(placed, key=lambda one: one.latitude or 0), max(placed, key=lambda one: one.latitude or 0),
    ]  # fmt: skip
    return {item.key for item in edges}


def _legend(measures: Measures) -> Markup | str:
    if not measures.levels:
        return ""
    present = {item.level for item in measures.figures.items if item.value is not None}
    present |= {one.level for one in measures.figures.counties.values()}
    marks = [(measures.tone(code), measures.level(code)) for code in measures.levels if code in present]
    silent = any(item.value is None for item in measures.figures.items)
    return draw.key([*marks, *([("level0", str(measures.words("value.none")))] if silent else [])])


def row(measures: Measures, item: Item, places: dict[str, str]) -> Row:
    """Return a row of the table of newest values."""
    late = item.value is None and item.last is not None
    return Row(
        measures.name(item.label),
        places.get(item.county or "", "") if item.county != item.key else "",
        measures.value(item.last if late else item.value),
        measures.level(item.level),
        measures.tone(item.level),
        measures.short(item.last_at) if late else "",
        measures.value(item.month, decimals=_decimals(measures.figures)) if item.month is not None else "–",
        measures.value(item.year_before, decimals=_decimals(measures.figures)) if item.year_before is not None else "–",
    )


def _decimals(figures: Figures) -> int:
    return 0 if figures.together == "sum" else 1
