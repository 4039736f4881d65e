"""Texts that mean "no value": those that agencies of Taiwan use, and numbers that stand for one."""

import re
from collections.abc import Sequence

from pipelines.propose.columns import Column

MARKS = frozenset([
    "-", "--", "---", "－", "—", "–", "…", "..", "...", "*", "**", "#", "x", "X", "N/A", "n/a", "NA", "N.A.", "nan",
    "NaN", "NAN", "null", "NULL", "Null", "None", "none", "ND", "N.D.", "NR", ":", "?", "No data", "no data",
    "空值", "無", "無資料", "無數值", "未測", "未檢測", "缺測", "維護", "設備維護", "儀器維護", "儀器故障", "尚無資料",
])  # fmt: skip
"""Beside numbers and times; in a column of words most of them may be words."""
_SURE = frozenset(["-", "--", "－", "—", "N/A", "n/a", "nan", "NaN", "null", "NULL", "No data"])
"""In a column of words too."""
_SENTINELS = re.compile(r"-(9+)(?:\.[09]+)?|-99[0-9](?:\.0+)?|-9{2,}[0-9](?:\.0+)?|9{4,}(?:\.[09]+)?")
_FAR = 5.0
"""How many times beyond all other values a number lies that stands for none."""


def beside_values(column: Column) -> list[str]:
    """Return the texts of a column of numbers or times that mean no value, by how they look."""
    return [text for text in column.texts if text in MARKS]


def among_words(column: Column) -> list[str]:
    """Return the texts of a column of words that surely mean no value."""
    return [text for text in column.texts if text in _SURE]


def doubtful(column: Column) -> list[str]:
    """Return the texts of a column of words that may mean no value, or may be words."""
    return [text for text in column.texts if text in MARKS and text not in _SURE and len(text) > 1]


def sentinels(texts: Sequence[str]) -> list[float]:
    """Return the numbers that stand for no value: written with nines, and far beyond all others.

    Args:
        texts: the different texts of a column of numbers.
    """
    numbers = {text: float(text) for text in texts if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]+)?", text)}
    strange = sorted({value for text, value in numbers.items() if _SENTINELS.fullmatch(text)})
    others = [value for text, value in numbers.items() if not _SENTINELS.fullmatch(text)]
    if not strange or len(others) < 2:
        return []
    low, high = min(others), max(others)
    if low >= 0:
        below = [value for value in strange if value < 0]
    else:
        below = [value for value in strange if value < _FAR * low]
    above = [value for value in strange if value > 0 and value > _FAR * max(high, 1.0)]
    return [*below, *above]
