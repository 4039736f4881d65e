"""What happens in which of the thirty nights: who is down, what an agency says wrongly, what is killed, who decides."""

from dataclasses import dataclass, field
from typing import Any, Literal

NIGHTS = range(1, 31)
NOONS = (2, 8, 14, 20, 27)
"""Days on which `air` is fetched at noon too."""
DOWN, AWAY = ("air", "prices"), range(11, 18)
"""Datasets of two agencies, and the week in which these do not answer."""
Effect = Literal["well", "rows", "lost", "held"]


@dataclass(frozen=True)
class Trouble:
    """A fault of one dataset in one night, and what is to come of it.

    `well`: as if nothing were wrong. `rows`: what cannot be read leaves, all else is released. `lost`: nothing comes of
    the fetch. `held`: a candidate waits.
    """

    night: int
    slug: str
    fault: str
    effect: Effect
    params: dict[str, Any] = field(default_factory=dict)


def _is(night: int, slug: str, fault: str, effect: Effect, **params: Any) -> Trouble:
    return Trouble(night, slug, fault, effect, params)


RENAMED_SINCE = 20
"""From this night on the column `level` of `gauges` has another name: the steward accepts that."""

TROUBLES = [
    _is(2, "air", "too_many", "well", seconds=0, times=1),
    _is(2, "cases", "bad_publication", "held", column="cases", text="None", share=0.4, vanish=0.05),
    _is(3, "air", "bad_value", "rows", column="pm", text="much", rows=2),
    _is(3, "gauges", "error_500", "lost"),
    _is(5, "air", "wrong_key", "lost"),
    _is(5, "permits", "truncated", "lost"),
    _is(6, "gauges", "unknown_column", "held", column="remark"),
    _is(7, "cases", "renamed_column", "held", column="cases", to="number"),
    _is(7, "air", "shape", "well", to="bare"),
    _is(9, "air", "repeated_page", "lost"),
    _is(10, "prices", "html", "lost"),
    _is(10, "cases", "wrong_encoding", "lost", encoding="utf-16"),
    *(_is(night, slug, "down", "lost") for night in AWAY for slug in DOWN),
    _is(11, "cases", "cut", "well", times=1),
    _is(11, "gauges", "short_page", "well", rows=1),  # the next page goes on where this one ended
    _is(12, "cases", "duplicate_rows", "well", share=0.02),
    _is(13, "gauges", "slow", "well", seconds=1, pieces=5),
    _is(14, "cases", "same_key_two_contents", "lost", column="cases", text="9"),
    _is(14, "permits", "redirect", "lost"),
    _is(15, "gauges", "timeout", "lost", seconds=0.2),
    _is(16, "cases", "many_columns", "lost"),
    _is(17, "permits", "oversize", "lost"),
    _is(20, "air", "impossible_date", "rows", column="at", rows=3),
    _is(20, "prices", "empty", "lost"),
    _is(RENAMED_SINCE, "gauges", "renamed_column", "held", column="level", to="water_level"),
    _is(22, "cases", "vanished_column", "held", column="cases"),
    _is(22, "air", "moved_page", "lost"),
    _is(24, "air", "unavailable", "lost"),
    _is(24, "gauges", "bad_value", "held", column="level", text="?", share=0.5),
    _is(23, "air", "echo_key", "lost"),
    # Last, for another fault of the column knows its first name.
    *(
        _is(night, "gauges", "renamed_column", "well", column="level", to="water_level")
        for night in range(RENAMED_SINCE + 1, 31)
    ),
]

Kill = Literal["run at its evidence", "run at its commit", "store", "agencies", "worker", "daemon"]
KILLS: dict[int, Kill] = {
    4: "run at its evidence",
    8: "run at its commit",
    13: "agencies",
    19: "store",
    21: "worker",
    22: "daemon",
}
"""By night: what is killed in the middle of it."""
DAGSTER = (21, 22, 23)
"""Nights that go through Dagster's daemon, as its queue starts them; all others are runs of the command."""
FULL_DISK = 26
CLOCK_AHEAD, CLOCK_BACK = 27, 29
"""At noon of the one the clock is a day ahead; in the other night it is nine days behind, until it is set right."""

DECISIONS = {
    **{(night, "permits"): "approve" for night in (1, 6, 12, 18, 24, 30)},
    (9, "permits"): "reject",
    (1, "gauges"): "approve",
    (2, "cases"): "reject",
    (7, "cases"): "reject",
    (8, "gauges"): "approve",
    (20, "gauges"): "drift",
    (22, "cases"): "reject",
    (24, "gauges"): "reject",
}
"""By night and dataset: what the steward does after the run about the candidate that waits."""
TABLE_GROWS = 9
"""The night before which the steward adds a spelling to the table of places."""


def troubles(night: int) -> list[Trouble]:
    """What is wrong in a night, in the order in which it comes over the rows."""
    return [trouble for trouble in TROUBLES if trouble.night == night]


def effect(night: int, slug: str) -> Effect:
    """What is to come of the fetch of a dataset in a night."""
    worst: tuple[Effect, ...] = ("lost", "held", "rows", "well")
    found = [trouble.effect for trouble in troubles(night) if trouble.slug == slug]
    return min(found, key=worst.index, default="well")
