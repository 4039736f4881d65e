"""Where names and an enlarged part find room on a dot map. All co-ordinates are units of the drawing, y from above."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.site.draw.svg import cut, width

CROWD, NEAR = 8, 0.3
"""More dots than that within so many degrees are a crowd."""
DOT = 5.0
"""Units: what a dot takes up to each side."""
LETTER = 12.0
"""Units: the size of a letter on a map."""
WAYS = (
    (DOT + 4, 0.0, "s"), (-DOT - 4, 0.0, "e"), (0.0, -DOT - 8, "m"), (0.0, DOT + 9, "m"),
    (DOT + 1, -DOT - 5, "s"), (DOT + 1, DOT + 6, "s"), (-DOT - 1, -DOT - 5, "e"), (-DOT - 1, DOT + 6, "e"),
)  # fmt: skip
"""Where a label stands off its dot, and how it is anchored."""
MOST_COVERED = 2
"""Dots that a label may cover; where it would cover more, it is left out."""
SIZES = (132.0, 116.0, 100.0)
"""Units: widths of an enlarged part; the first that finds room."""
LEAST_LEFT, LEAST_TOP = 40, 40
"""Units: what the names of degrees take."""


@dataclass(frozen=True)
class Placed:
    """A dot, and what is written beside it; empty: nothing."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True, order=True)
class Box:
    """A part of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> "Box":
        """Return it with so much more to each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def touches(self, other: "Box") -> bool:
        """Return whether the two share any room."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def within(self, other: "Box") -> bool:
        """Return whether all of it lies in the other one."""
        return other.holds(self.left, self.top) and other.holds(self.right, self.bottom)


@dataclass(frozen=True)
class Inset:
    """An enlarged part.

    Attributes:
        area: what is enlarged.
        to: where it is drawn.
        members: indexes of the dots in it.
    """

    area: Box
    to: Box
    members: tuple[int, ...]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the area is drawn."""
        scale = (self.to.right - self.to.left) / (self.area.right - self.area.left)
        return self.to.left + (x - self.area.left) * scale, self.to.top + (y - self.area.top) * scale


def inset_for(
    placed: Sequence[Placed], degrees: Sequence[tuple[float, float]], wide: float, high: float, unit: float
) -> Inset | None:
    """Return the enlarged part of a map whose dots crowd; None where none do, or where all dots are the crowd.

    Args:
        placed: the dots.
        degrees: longitude and latitude of each.
        wide: the width of the map.
        high: its height.
        unit: units of one degree of latitude.
    """
    crowds = [
        [j for j, other in enumerate(degrees) if max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= NEAR / 2]
        for one in degrees
    ] if len(degrees) <= 500 else []  # fmt: skip
    members = max(crowds, key=len, default=[])
    # Enlarging helps only where the map is so small that the dots of a crowd touch.
    if len(members) <= CROWD or NEAR * unit > 12 * DOT:
        return None
    area = _around([placed[i] for i in members])
    inside = tuple(i for i, one in enumerate(placed) if area.holds(one.x, one.y))
    ratio = (area.bottom - area.top) / (area.right - area.left)
    free = (_room(placed, area, (size, size * ratio), wide, high) for size in SIZES)
    below = Box(LEAST_LEFT, high + 22, LEAST_LEFT + SIZES[0], high + 22 + SIZES[0] * ratio)
    return Inset(area, next(filter(None, free), below), inside)


def _around(dots: Sequence[Placed]) -> Box:
    """A box around dots that is neither very flat nor very thin."""
    box = Box(min(one.x for one in dots), min(one.y for one in dots), max(one.x for one in dots),
              max(one.y for one in dots)).grown(DOT)  # fmt: skip
    more_wide = max(0.0, (box.bottom - box.top) * 0.8 - (box.right - box.left)) / 2
    more_high = max(0.0, (box.right - box.left) * 0.7 - (box.bottom - box.top)) / 2
    return Box(box.left - more_wide, box.top - more_high, box.right + more_wide, box.bottom + more_high)


def _room(placed: Sequence[Placed], area: Box, size: tuple[float, float], wide: float, high: float) -> Box | None:
    """The first free place for an inset, from the lower left."""
    for y in range(round(high - size[1] - 10), LEAST_TOP, -12):
        for x in range(LEAST_LEFT, round(wide - size[0] - 2), 12):
            box = Box(x, y, x + size[0], y + size[1])
            around = Box(box.left - 10, box.top - 20, box.right + 10, box.bottom + 10)
            if not area.touches(around) and not any(around.holds(one.x, one.y) for one in placed):
                return box
    return None


def labels_for(placed: Sequence[Placed], box: Box, taken: Sequence[Box]) -> list[tuple[float, float, str, str]]:
    """Return the labels that find room as (x, y, anchor class, text); the others stay titles of their dots.

    Args:
        placed: the dots; the last ones, which lie above, are labelled first.
        box: what labels may not leave.
        taken: what labels may not touch.
    """
    found: list[tuple[float, float, str, str]] = []
    used = list(taken)
    for one in reversed(placed):
        if not one.label or not box.holds(one.x, one.y):
            continue
        text = cut(one.label, 9)
        size = width(text) * LETTER
        open_ways: list[tuple[int, int, float, float, str, Box]] = []
        for dx, dy, anchor in WAYS:
            x, y = one.x + dx, one.y + dy
            left = {"s": x, "e": x - size, "m": x - size / 2}[anchor]
            room = Box(left - 1, y - 7, left + size + 1, y + 7)
            # The fewer dots a label covers, the better; then right, left, above, below, and the corners.
            if room.within(box) and not any(room.touches(other) for other in used):
                covered = sum(room.grown(2).holds(dot.x, dot.y) for dot in placed if dot is not one)
                open_ways.append((covered, len(open_ways), x, y, anchor, room))
        if open_ways and min(open_ways)[0] <= MOST_COVERED:
            _, _, x, y, anchor, room = min(open_ways)
            used.append(room)
            found.append((x, y, anchor, text))
    return found
