"""What the rows say of how they come: loaded as a whole or added, by which period, how many, how often."""

import datetime as dt
import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipelines.propose import times
from pipelines.propose.fields import ProposedField
from pipelines.propose.keys import FoundKey

_MANY = 50_000
"""Rows from which on a table is worth more than one file."""
_FEW_A_MONTH = 2_000
_FEWEST_PERIODS = 3
_FEWEST_ROWS = 30
"""Rows from which on their number in each period says something."""
_COLLAPSED = 0.001
"""The default of the guard."""
_CADENCE = (
    (dt.timedelta(hours=3), "20 * * * *", "6h"),
    (dt.timedelta(days=2), "30 1 * * *", "36h"),
    (dt.timedelta(days=40), "30 1 * * *", "40d"),
    (dt.timedelta.max, "30 1 * * 1", "400d"),
)
"""By the time between two rows of the file: when to ask, and when it is overdue."""


@dataclass
class Coming:
    """How the rows come: keys of the block `minsheng`, with lines of comment by key."""

    load: str
    fetch: str
    due: str
    partition: dict[str, Any] | None = None
    guards: dict[str, Any] = field(default_factory=dict)
    conflict: str | None = None
    time: str | None = None
    """The field that says of which time a row is."""
    notes: dict[str, list[str]] = field(default_factory=dict)


def time_field(fields: Sequence[ProposedField], key: FoundKey) -> ProposedField | None:
    """Return the field that says of which time a row is: of the key if there is one, a time before a period."""
    found = [one for one in fields if one.type in times.TYPES and one.values.get("publish") != "no"]
    return min(found, key=lambda one: (one.name not in key.fields, times.TYPES.index(one.type)), default=None)


def see_figures(rows: pa.Table, fields: Sequence[ProposedField], key: FoundKey, today: dt.date) -> Coming:
    """Return how the rows come.

    Args:
        rows: the typed values of the published fields.
        fields: as proposed.
        key: as found.
        today: for the reasons of guards.
    """
    at = time_field(fields, key)
    values = sorted(value for value in rows.column(at.name).to_pylist() if value is not None) if at else []
    fetch, due = _cadence(values, at)
    coming = Coming("replace", fetch, due, time=at.name if at else None)
    seen = f"Seen: {rows.num_rows:,} rows"
    if at and values:
        seen += f", {at.name} {_shown(values[0], at)} to {_shown(values[-1], at)}"
    one_time = at is not None and bool(values) and values[0] == values[-1]
    if rows.num_rows == 1 or (one_time and not key.occurrence and at and at.type in ("date", "datetime")):
        coming.load = "upsert"
        seen += ". All are of one time, so each answer adds to those before"
    coming.notes["load"] = [
        f"{seen}.",
        "Question: is each answer the whole table (replace), or only what is new (upsert)?",
    ]
    if not rows.num_rows:
        coming.notes["load"].append("Question: may an answer have no rows? Then write empty: data; else it is refused.")
    coming.notes["fetch"] = [
        "Question: how often does the agency publish? Minute, hour, day, month, weekday in Taipei."
    ]
    if at and at.name in key.fields and rows.num_rows >= _MANY and at.type in ("date", "datetime", "month"):
        months = len({_period(value, "month", at) for value in values})
        coming.partition = {"field": at.name, "grain": "month" if rows.num_rows / months >= _FEW_A_MONTH else "year"}
    if at and len(values) >= _FEWEST_ROWS:
        coming.guards |= _rows_guard(values, at, today)
    _see_twice(rows.num_rows, key, coming, today)
    return coming


def _cadence(values: list[Any], at: ProposedField | None) -> tuple[str, str]:
    if at is None or len(set(values)) < 2:
        return _CADENCE[1][1:]
    days = {"year": 365, "quarter": 92, "month": 31, "week": 7}
    if at.type in days:
        step = dt.timedelta(days=days[at.type])
    else:
        each = sorted(set(values))
        step = statistics.median(b - a for a, b in itertools.pairwise(each))
    return next((fetch, due) for most, fetch, due in _CADENCE if step <= most)


def _shown(value: Any, at: ProposedField) -> str:
    if at.type == "datetime":
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def _period(value: Any, period: str, at: ProposedField) -> str:
    if at.type not in ("date", "datetime"):
        return str(value)
    return f"{value:%Y-%m}" if period == "month" else f"{value:%Y-%m-%d}" if period == "day" else f"{value:%Y}"


def _rows_guard(values: list[Any], at: ProposedField, today: dt.date) -> dict[str, Any]:
    """The guard of the rows of each period: half of the fewest and twice the most that were seen."""
    for period in ("day", "month", "year") if at.type in ("date", "datetime") else (at.type,):
        counts = Counter(_period(value, period, at) for value in values)
        if len(counts) >= _FEWEST_PERIODS and max(counts.values()) > 1:
            break
    else:
        return {}
    low, high = min(counts.values()), max(counts.values())
    since = f"{today:%B %Y}"
    chinese = f"{today.year} 年 {today.month} 月"
    words = {"day": "日", "month": "月", "year": "年", "week": "週", "quarter": "季"}[period]
    return {
        "rows": {"field": at.name, "period": period, "minimum": max(1, low // 2), "maximum": 2 * high},
        "reason": {
            "en": f"Since {since}. In the file that was looked at, {len(counts):,} {period}s have {low:,} to {high:,} "
            "rows each; half of the fewest and twice the most are allowed.",
            "zh-TW": f"自 {chinese}起。檢視之檔案共 {len(counts):,} {words}，每{words} {low:,} 至 {high:,} 列；"
            "容許範圍為最少值之半至最多值之 2 倍。",
        },
    }


def _see_twice(count: int, key: FoundKey, coming: Coming, today: dt.date) -> None:
    """What becomes of rows that are alike, and of keys that stand twice."""
    if key.twice and not key.occurrence:
        coming.conflict = "quarantine"
        coming.notes["conflict"] = [
            f"Seen: {key.twice:,} rows whose key stands in another row too, with other contents: to quarantine.",
            "Question: which of them counts? Or which column is missing in the key?",
        ]
    share = key.same / count if count else 0.0
    if share > _COLLAPSED and not key.occurrence:
        en = f"{key.same:,} of {count:,} rows of the file that was looked at stand twice, alike in every cell."
        zh = f"檢視之檔案 {count:,} 列中，有 {key.same:,} 列內容完全重複。"
        reason = coming.guards.get(
            "reason", {"en": f"Since {today:%B %Y}.", "zh-TW": f"自 {today.year} 年 {today.month} 月起。"}
        )
        coming.guards |= {
            "collapsed": min(1.0, round(2 * share, 3)),
            "reason": {"en": f"{reason['en']} {en}", "zh-TW": f"{reason['zh-TW']}{zh}"},
        }
        order = {"rows": 0, "collapsed": 1, "reason": 2}
        coming.guards = dict(sorted(coming.guards.items(), key=lambda one: order[one[0]]))
