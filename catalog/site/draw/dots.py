"""A dot map: longitude and latitude on a grid of degrees, without an outline; a crowd of dots is shown larger.

The drawing has units of about a px: it is drawn no narrower than on a phone, so its letters only grow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from catalog.site.draw.places import Box, Placed, inset_for, labels_for
from catalog.site.draw.svg import Alt, brief, el, holder, join, num, picture, title, tone, width

MOST = 800
"""Dots in one map; of more, only those that do not lie on another one are drawn."""
WIDE, TALLEST, LOWEST = 328.0, 460.0, 180.0
"""Units: the width of a map, and the range of its height."""
_LEFT, _TOP, _RIGHT, _BOTTOM = 36.0, 20.0, 28.0, 8.0
_PAD = 10.0


@dataclass(frozen=True)
class MapDot:
    """One place.

    Attributes:
        longitude: degrees east.
        latitude: degrees north.
        title: its name and value.
        tone: class of its colour; `level0` is drawn empty and dashed.
        marked: whether it has an outline in ink, and is drawn above the others.
        label: what is written beside it, where there is room; empty: nothing.
    """

    longitude: float
    latitude: float
    title: str
    tone: str = "k1"
    marked: bool = False
    label: str = ""


@dataclass(frozen=True)
class MapWords:
    """The words of the grid.

    Attributes:
        east: written after a longitude, such as °E.
        north: written after a latitude.
        inset: over the enlarged part; empty: none.
    """

    east: str = "°E"
    north: str = "°N"
    inset: str = ""


@dataclass(frozen=True)
class _Frame:
    """What is shown where: degrees to units."""

    west: float
    south: float
    east: float
    north: float
    height: float
    lon: float = field(init=False)
    lat: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lon", (WIDE - _LEFT - _RIGHT) / (self.east - self.west))
        object.__setattr__(self, "lat", (self.height - _TOP - _BOTTOM) / (self.north - self.south))

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        return _LEFT + (longitude - self.west) * self.lon, _TOP + (self.north - latitude) * self.lat


def dots(alt: Alt, points: Sequence[MapDot], *, words: MapWords | None = None) -> Markup:
    """Return a dot map.

    Args:
        alt: the words of the picture.
        points: the places; those without a place on the globe are left out, the page lists them in its table.
        words: the words of the grid; None: °E and °N, and an inset without a name.

    Raises:
        ValueError: there is no such colour.
    """
    words = words or MapWords()
    points = sorted(_thin([one for one in points if _on_globe(one)]), key=lambda one: one.marked)
    frame = _frame(points)
    placed = [Placed(*frame.at(one.longitude, one.latitude), brief(one.label, 24)) for one in points]
    inset = inset_for(placed, [(one.longitude, one.latitude) for one in points], WIDE, frame.height, frame.lat)
    height = frame.height if inset is None else max(frame.height, inset.to.bottom + 8)
    boxes = [] if inset is None else [inset.to.grown(2)]
    shown = placed if inset is None else [Placed(one.x, one.y, "" if i in inset.members else one.label)
                                          for i, one in enumerate(placed)]  # fmt: skip
    parts = [_grid(frame, words), *(_dot(one, at) for one, at in zip(points, placed, strict=True))]
    if inset is not None:
        larger = [Placed(*inset.at(placed[i].x, placed[i].y), placed[i].label) for i in inset.members]
        boxes += [Box(inset.to.left, inset.to.top - 16, inset.to.left + 12 * width(words.inset), inset.to.top)]
        frames = el("path", d=_outline(inset.area) + _outline(inset.to), class_="frame")
        name = (
            el("text", brief(words.inset, 16), x=inset.to.left, y=inset.to.top - 5, class_="s x")
            if words.inset
            else Markup("")
        )
        parts += [el("path", d=_outline(inset.to), class_="paper"), frames, name,
                  *(_dot(points[i], at) for i, at in zip(inset.members, larger, strict=True)),
                  *_labels(larger, inset.to, [])]  # fmt: skip
    parts += _labels(shown, Box(0, _TOP, WIDE, frame.height), boxes)
    made = picture(alt, join(parts), class_="plot", height=round(height), viewBox=f"0 0 {num(WIDE)} {num(height)}")
    return holder(made, class_="map")


def _on_globe(one: MapDot) -> bool:
    return abs(one.longitude) <= 180 and abs(one.latitude) <= 90  # NaN is in no range


def _thin(points: Sequence[MapDot]) -> list[MapDot]:
    if len(points) <= MOST:
        return list(points)
    frame = _frame(points)
    seen: dict[tuple[int, int, bool], MapDot] = {}
    for one in points:
        x, y = frame.at(one.longitude, one.latitude)
        seen.setdefault((round(x / 5), round(y / 5), one.marked), one)
    return list(seen.values())[:MOST]


def _frame(points: Sequence[MapDot]) -> _Frame:
    """The part of the globe that holds all dots, at the shape that it has at its latitude."""
    lons, lats = [one.longitude for one in points] or [0.0], [one.latitude for one in points] or [0.0]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    squeeze = max(0.2, math.cos(math.radians((south + north) / 2)))
    wide, high = max((east - west) * squeeze, 0.2), max(north - south, 0.2)
    inner = WIDE - _LEFT - _RIGHT - 2 * _PAD
    around = _TOP + _BOTTOM + 2 * _PAD
    height = min(TALLEST, max(LOWEST, around + inner * high / wide))
    unit = max(wide / inner, high / (height - around))
    lon, lat = unit * (inner / 2 + _PAD) / squeeze, unit * ((height - around) / 2 + _PAD)
    x, y = (west + east) / 2, (south + north) / 2
    return _Frame(x - lon, y - lat, x + lon, y + lat, height)


def _dot(one: MapDot, at: Placed) -> Markup:
    names = f"d {tone(one.tone)}{' marked' if one.marked else ''}"
    return el("circle", title(one.title), cx=at.x, cy=at.y, r=5.5 if one.marked else 4.5, class_=names)


def _outline(box: Box) -> str:
    return f"M{num(box.left)} {num(box.top)}H{num(box.right)}V{num(box.bottom)}H{num(box.left)}z"


def _grid(frame: _Frame, words: MapWords) -> Markup:
    parts = []
    for degree in _degrees(frame.west, frame.east):
        x = frame.at(degree, frame.north)[0]
        text = el("text", f"{num(degree)}{words.east}", x=x, y=11, class_="m x")
        parts += [el("line", x1=x, x2=x, y1=_TOP - 4, y2=frame.height, class_="g"), text]
    for degree in _degrees(frame.south, frame.north):
        y = frame.at(frame.west, degree)[1]
        text = el("text", f"{num(degree)}{words.north}", y=y, dy=".35em", class_="s x")
        parts += [el("line", x1=_LEFT, x2=WIDE, y1=y, y2=y, class_="g"), text]
    return join(parts)


def _degrees(low: float, high: float) -> list[float]:
    """Two to five round degrees that lie within."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < 5:
            return [i * step for i in range(first, last + 1)]
    return []


def _labels(placed: Sequence[Placed], box: Box, taken: Sequence[Box]) -> list[Markup]:
    return [
        el("text", text, x=x, y=y, dy=".35em", class_=f"{anchor} name")
        for x, y, anchor, text in labels_for(placed, box, taken)
    ]
