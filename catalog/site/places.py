"""What the page of a place shows: the newest figure of every dataset that speaks of it, and how it stands among all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from markupsafe import Markup

from catalog.declaration.references import plain_references
from catalog.figures.document import Item, Label
from catalog.figures.place import of_place
from catalog.site import draw, opening, views
from catalog.site.draw import Alt
from catalog.site.measures import NO_VALUE, Measures
from catalog.site.opening import Picture, Row
from catalog.site.sources import Standing
from catalog.site.words import Words

_SHORT = re.compile("[：，（]|[:,] | [(]")
FEW = 3
"""Among fewer places than these, a rank says nothing."""
MOST_SMALL = 12
"""Small pictures of what lies in a place."""
MOST_STEPS = 40
"""Rows of the table behind a picture; of more steps, every so many are shown."""


@dataclass(frozen=True)
class Speaking:
    """A dataset that speaks of places."""

    slug: str
    measures: Measures
    """Of all its places."""
    standing: Standing | None
    places: str = ""
    """The table of places."""

    def of(self, code: str) -> Measures | None:
        """Return the figures of one place; None where the dataset does not speak of it."""
        figures = of_place(self.measures.figures, code)
        return replace(self.measures, figures=figures) if figures else None

    @property
    def what(self) -> str:
        """What is measured, and of which category; never blank."""
        first, measure = self.measures.name(self.measures.figures.first), self.measures.measure
        shown = measure if measure.strip() else self.short
        return self.measures.words.plain("place.what_of", measure=shown, of=first) if first else shown

    @property
    def title(self) -> str:
        """The title of the dataset."""
        return views.title(self.measures.words, self.measures.released)

    @property
    def short(self) -> str:
        """The title without what stands behind a colon, comma or bracket: enough beside a figure."""
        short = _SHORT.split(self.title)[0]
        return short if short.strip() else self.title

    @property
    def column(self) -> str:
        """The column whose values are the codes of places, as the declaration refers to their table."""
        references = plain_references(self.measures.released.declared.get("minsheng", {}))
        named = [each.fields[0] for each in references if each.dataset == self.places]
        return str(next(iter(named), ""))

    @property
    def agency(self) -> str:
        """Who the data comes from."""
        return views.agency(self.measures.words, self.measures.released)


class PlaceCard(NamedTuple):
    """The newest figure of a dataset."""

    slug: str
    title: str
    agency: str
    what: str
    value: str
    unit: str
    level: str
    tone: str
    of: str
    """Where in the place the value is, if it is that of one spot."""
    at: str
    late: bool
    """Whether nothing is known of the newest step, and the value is older."""
    state: str
    spark: Markup | str


class PlaceRank(NamedTuple):
    """Where a place stands among all."""

    title: str
    what: str
    at: str
    value: str
    rank: str
    picture: Markup


class PlaceCourse(NamedTuple):
    """The course of a dataset in a place, and of what lies in it."""

    slug: str
    title: str
    what: str
    picture: Picture
    items: list[Row]
    """What lies in the place, in a table; of stations, behind the picture."""
    by: str
    open: bool
    """Whether the table of items is not folded."""
    steps: list[tuple[str, str]]
    """Time and value; not for small pictures, which have the table of items."""
    months: bool
    moment: str


class PlacePart(NamedTuple):
    """What a dataset holds of a place."""

    slug: str
    title: str
    agency: str
    holds: str
    at: str
    column: str
    """Whose values are the codes of places; empty where none is declared."""


class PlaceTable(NamedTuple):
    """All places in one table: for each dataset what it is of, for each place its values."""

    heads: list[tuple[str, str, str]]
    """The dataset, what is measured, and when."""
    rows: list[tuple[str, str, list[str]]]
    """Code, name, values."""


def cards(speaking: Sequence[Speaking], code: str) -> list[PlaceCard]:
    """Return the newest figure of every dataset that has one of a place."""
    return [card for each in speaking if (card := _card(each, code))]


def _card(each: Speaking, code: str) -> PlaceCard | None:
    measures = each.of(code)
    county = measures.figures.counties.get(code) if measures else None
    if measures is None or county is None:
        return None
    late = county.value is None and county.last is not None
    return PlaceCard(
        slug=each.slug,
        title=each.short,
        agency=each.agency,
        what=each.what,
        value=measures.value(county.last if late else county.value),
        unit=measures.unit,
        level=measures.level(county.level),
        tone=measures.tone(county.level),
        of=measures.name(county.top) or _mean_of(measures, county.items),
        at=when(measures, county.last_at if late else measures.figures.newest),
        late=late,
        state=each.standing.state if each.standing else "",
        spark=_spark(measures, each.what),
    )


def _mean_of(measures: Measures, count: int) -> str:
    is_mean = measures.figures.together == "mean" and measures.figures.across and count > 1
    return measures.words.plain("place.mean", n=count) if is_mean else ""


def _spark(measures: Measures, what: str) -> Markup | str:
    series = measures.figures.whole.series
    if sum(value is not None for value in series) < FEW:
        return ""
    course = measures.words.plain(f"course.{measures.figures.step}", n=len(series))
    spark = draw.sparkline(Alt(measures.words.plain("place.course", what=what, course=course)), series)
    return Markup('<div class="pic">{}</div>').format(spark)


def when(measures: Measures, step: str | None) -> str:
    """Return a step in few words; of a week, that it is one."""
    day = measures.short(step)
    return measures.words.plain("place.week", day=day) if measures.figures.step == "week" and day else day


def ranks(speaking: Sequence[Speaking], code: str, names: Mapping[str, str]) -> list[PlaceRank]:
    """Return where a place stands among all, by every dataset that has a value of it.

    Args:
        speaking: the datasets.
        code: of the place.
        names: of all places, by code.
    """
    return [rank for each in speaking if (rank := _rank(each, code, names))]


def _rank(each: Speaking, code: str, names: Mapping[str, str]) -> PlaceRank | None:
    measures, words = each.measures, each.measures.words
    counties = measures.figures.counties
    known = {one: value for one in names if one in counties and (value := counties[one].value) is not None}
    if len(known) < FEW or code not in known:
        return None
    own, others = known[code], [value for one, value in known.items() if one != code]
    place = 1 + sum(value > own for value in others)
    text = "place.rank_tied" if own in others else "place.rank"

    short = opening.short(dict(names))

    def named(one: str) -> str:
        return f"{short[one]} {measures.value(known[one])}"

    low, high = min(known, key=lambda one: known[one]), max(known, key=lambda one: known[one])
    says = words.plain(text, place=place, n=len(known))
    picture = draw.range_line(
        Alt(each.what, words.plain("place.rank_says", name=names[code], says=says, low=named(low), high=named(high))),
        [draw.RangeDot(value, named(one), marked=one == code) for one, value in known.items()],
        low=named(low), high=named(high), mark=named(code),
    )  # fmt: skip
    return PlaceRank(
        each.short, each.what, when(measures, measures.figures.newest), _with_unit(measures, own), says, picture
    )


def _with_unit(measures: Measures, value: float | None) -> str:
    text = measures.value(value)
    return f"{text} {measures.unit}" if value is not None and measures.unit else text


def details(speaking: Sequence[Speaking], code: str) -> list[PlaceCourse]:
    """Return the course of every dataset in a place.

    Args:
        speaking: the datasets.
        code: of the place.
    """
    return [detail for each in speaking if (detail := _detail(each, code))]


def _detail(each: Speaking, code: str) -> PlaceCourse | None:
    measures = each.of(code)
    if measures is None or code not in measures.figures.counties or measures.figures.step is None:
        return None
    figures = measures.figures
    small = [item for item in figures.items if any(value is not None for value in item.series)]
    items = [opening.row(measures, item, {}) for item in figures.others or figures.items]
    picture = _small(measures, small) if len(small) > 1 else opening.course(measures)
    if picture is None:
        return None
    return PlaceCourse(
        slug=each.slug,
        title=each.short,
        what=_titled(each, measures, len(items)),
        picture=picture,
        items=items,
        by=measures.heading(figures.across or figures.by),
        open=bool(figures.others),
        steps=[] if len(small) > 1 else _steps(measures),
        months=figures.step in ("hour", "day", "week"),
        moment=measures.moment(figures.newest),
    )


def _titled(each: Speaking, measures: Measures, count: int) -> str:
    noun = measures.noun()
    if noun and count:
        return measures.words.plain("place.of_items", n=count, noun=noun, what=each.what)
    return each.what


def _small(measures: Measures, items: Sequence[Item]) -> Picture:
    words, figures = measures.words, measures.figures
    shown = items[:MOST_SMALL]
    series = [draw.Series(measures.name(item.label), item.series, peak=_newest(measures, item)) for item in shown]
    course = words.plain(f"course.{figures.step}", n=len(figures.steps))
    note = words.plain("place.same_scale" if len(shown) == len(items) else "place.same_scale_of", course=course,
                       n=len(shown), all=len(items))  # fmt: skip
    svg = draw.small_multiples(
        Alt(words.plain("place.course", what=measures.measure, course=course)), series, opening.axis(measures),
        number=measures.tick,
    )  # fmt: skip
    return Picture("", note, svg)


def _newest(measures: Measures, item: Item) -> str:
    return f"{measures.value(item.value)} {measures.level(item.level)}".strip()


def _steps(measures: Measures) -> list[tuple[str, str]]:
    """The course as a table, the newest first."""
    figures = measures.figures
    every = -(-len(figures.steps) // MOST_STEPS) or 1
    pairs = list(zip(figures.steps, figures.whole.series, strict=False))[::-1][::every]
    return [(when(measures, step), measures.value(value)) for step, value in pairs]


def parts(speaking: Sequence[Speaking], code: str) -> list[PlacePart]:
    """Return what each dataset holds of a place, reference tables last."""
    last = sorted(speaking, key=lambda each: each.measures.released.is_reference)
    return [_part(each, measures) for each in last if (measures := each.of(code))]


def _counted(words: Words, count: int, noun: str) -> str:
    return words.plain("place.holds", n=count, noun=noun) if noun else words.plain("place.entries", n=count)


def _part(each: Speaking, measures: Measures) -> PlacePart:
    figures = measures.figures
    items = figures.others or figures.items
    noun = measures.noun() if not figures.across else ""
    holds = _counted(measures.words, len(items), noun) if items else each.what
    return PlacePart(each.slug, each.title, each.agency, holds, when(measures, figures.newest), each.column)


def compared(speaking: Sequence[Speaking], names: Mapping[str, str]) -> PlaceTable:
    """Return all places in one table.

    Args:
        speaking: the datasets.
        names: of all places, by code.
    """
    shown = [each for each in speaking if len([one for one in each.measures.figures.counties if one in names]) >= FEW]
    heads = [(each.short, each.what, when(each.measures, each.measures.figures.newest)) for each in shown]
    return PlaceTable(heads, [(code, name, [_cell(each, code) for each in shown]) for code, name in names.items()])


def _cell(each: Speaking, code: str) -> str:
    county = each.measures.figures.counties.get(code)
    if county is None or county.value is None:
        return NO_VALUE
    level = each.measures.level(county.level)
    return f"{_with_unit(each.measures, county.value)} {level}".strip()


def maps(
    speaking: Sequence[Speaking], names: dict[str, str], tiles: dict[str, tuple[int, int]], links: dict[str, str]
) -> list[Picture]:
    """Return a map of tiles for each dataset that speaks of enough places.

    Args:
        speaking: the datasets.
        names: of all places, by code.
        tiles: column and row of each.
        links: the address of the page of each.
    """
    found = []
    for each in speaking:
        counties = each.measures.figures.counties
        if len([code for code in tiles if code in counties and code in names]) >= opening.FEW_TILES:
            svg = opening.tile_map(each.measures, names, tiles, links)
            at = when(each.measures, each.measures.figures.newest)
            found.append(Picture(each.what, each.measures.words.plain("place.of_at", of=each.short, at=at), svg))
    return found


def names_in(words: Words, places: Mapping[str, Label]) -> dict[str, str]:
    """Return the names of places in a language, by code; the code of one whose name is blank."""
    named = {code: label.of(words.language) for code, label in places.items()}
    return {code: name if name.strip() else code for code, name in named.items()}
