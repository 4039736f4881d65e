"""Texts of one column -> years, quarters, months or weeks. A text that cannot be read becomes null."""

import pyarrow as pa

from catalog.declaration.dates import Dates
from catalog.periods import Period, of_days
from pipelines.conform import times


def read(text: pa.Array, dates: Dates, period: Period) -> pa.Array:
    """Read texts as periods: the text names the period, or a day in it.

    Args:
        text: trimmed strings; null means no value.
        dates: how they are written.
        period: which period.

    Returns:
        Integers for years, else texts; null where the text is null or cannot be read.
    """
    return of_days(times.read(text, dates, pa.date32()), period, sunday=dates.weeks == "sunday")
