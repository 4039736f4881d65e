"""Which factor belongs to which row, where `scale` chooses it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.numbers import ScaleBy


class Beside(NamedTuple):
    """The field that chooses the factor: its values, one for each row."""

    values: pa.Array
    """Dates or times; or texts, as `strip`, `normalize` and `split` leave them."""
    starts: list[Any]
    """For dates: the first value of each factor of `from`, in the order of the declaration."""


def factors(field: FieldDeclaration, text: pa.Array, beside: Beside | None) -> Iterator[tuple[float, pa.Array]]:
    """Yield each factor that the field declares, and where it is used. A row without a factor has none of them.

    Args:
        field: its scale chooses the factor.
        text: the numbers, as text with a point.
        beside: the field `by`; None where the shape of the number chooses.

    Yields:
        A factor, and for each row whether it is used there; never two for one row.
    """
    scale = field.scale
    if not isinstance(scale, ScaleBy):
        return
    if beside is None:
        pointed = pc.fill_null(pc.match_substring(text, "."), False)
        yield from (
            (factor, where) for factor, where in ((scale.point, pointed), (scale.whole, pc.invert(pointed))) if factor
        )
    elif scale.since:
        yield from _by_date(scale, beside)
    else:
        words = pc.fill_null(beside.values, "")
        for word, factor in scale.texts.items():
            yield factor, pc.equal(words, word)
        if scale.other:
            yield scale.other, pc.invert(pc.is_in(words, value_set=pa.array(list(scale.texts))))


def _by_date(scale: ScaleBy, beside: Beside) -> Iterator[tuple[float, pa.Array]]:
    starts = sorted(zip(beside.starts, scale.since.values(), strict=True), key=lambda each: each[0].as_py())
    ends = [start for start, _ in starts]
    if scale.first:
        yield scale.first, pc.fill_null(pc.less(beside.values, ends[0]), False)
    for (start, factor), end in zip(starts, [*ends[1:], None], strict=True):
        where = pc.greater_equal(beside.values, start)
        where = where if end is None else pc.and_(where, pc.less(beside.values, end))
        yield factor, pc.fill_null(where, False)
