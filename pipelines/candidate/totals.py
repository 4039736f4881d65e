"""Whether totals that a source gives among its rows are the sums of these: `minsheng.omit` with `total`."""

from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.rows import Total
from catalog.reasons.measures import AddUp, TotalsDiffer
from pipelines.conform.columns import FETCH
from pipelines.conform.rows import Conformed, conform
from pipelines.declared import Declared
from quality.guards import GuardFinding

_MOST_NAMED = 5
_EXACT = 1e-9
"""Of a sum of floats: the share by which the order of its parts may change it."""


def totals(
    declared: Declared, conformed: Conformed, heard: Mapping[str, pa.Table], fetches: Collection[int]
) -> list[GuardFinding]:
    """Compare each total with the sum of the rows that it is of, in the same fetch.

    Args:
        declared: the dataset.
        conformed: the rows that were heard, before anything is taken out.
        heard: by total, the omitted records as text.
        fetches: those that are judged.

    Returns:
        A finding for each declared total.
    """
    said = [omit.total for omit in declared.dataset.minsheng.omit if omit.total]
    return [_finding(declared, total, conformed, heard.get(total.id), fetches) for total in said]


def _finding(
    declared: Declared, total: Total, conformed: Conformed, heard: pa.Table | None, fetches: Collection[int]
) -> GuardFinding:
    off: dict[tuple[Any, ...], None] = {}
    given = _sums(total, conform(declared.dataset, heard, declared.tables)) if heard is not None else {}
    given = {place: figures for place, figures in given.items() if place[0] in fetches}
    made = _sums(total, conformed) if given else {}
    for place, figures in given.items():
        parts = made.get(place, dict.fromkeys(total.of, 0))
        if any(_differ(figures[name], parts[name], total.within) for name in total.of):
            off[place] = None
    names = tuple(" ".join(str(text) for text in place[1:]) for place in list(off)[:_MOST_NAMED])
    observed = TotalsDiffer(differ=len(off), totals=len(given), values=names)
    tripped = tuple(sorted({place[0] for place in off})) if total.severity == "hold" else ()
    return GuardFinding(total.check, total.severity, not off, observed, AddUp(), tripped)


def _sums(total: Total, rows: Conformed) -> dict[tuple[Any, ...], dict[str, Any]]:
    """By fetch and the texts that name the group: the sums of its figures."""
    columns = {FETCH: rows.raw.column(FETCH)}
    columns |= {f"by{i}": rows.raw.column(name).cast(pa.string()) for i, name in enumerate(total.by)}
    columns |= {f"of{i}": pc.fill_null(rows.rows.column(name), 0) for i, name in enumerate(total.of)}
    group = [FETCH, *(f"by{i}" for i in range(len(total.by)))]
    summed = pa.table(columns).group_by(group, use_threads=False)
    found = summed.aggregate([(f"of{i}", "sum") for i in range(len(total.of))]).to_pylist()
    return {
        tuple(row[name] for name in group): {name: row[f"of{i}_sum"] for i, name in enumerate(total.of)}
        for row in found
    }


def _differ(total: float, parts: float, within: float) -> bool:
    return abs(total - parts) > within + _EXACT * max(abs(total), abs(parts))
