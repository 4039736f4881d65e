"""Pages of a table, and the faults that only a table in pages has."""

from collections.abc import Mapping
from typing import Any

QUIRKS = frozenset({"repeated_page", "short_page", "moved_page"})


def page(rows: list[dict[str, str]], start: int, size: int, quirks: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rows of one page.

    Args:
        rows: all that was asked for.
        start: rows before the page.
        size: rows of a page.
        quirks: the parameters of those of QUIRKS that are on.
    """
    number = start // size if size else 0
    repeated = quirks.get("repeated_page")
    if repeated is not None and number == repeated.page:
        start = max(0, start - size)
    moved = quirks.get("moved_page")
    if moved is not None and number >= moved.page:
        start = max(0, start - moved.rows)
    found = rows[start : start + size]
    short = quirks.get("short_page")
    if short is not None and number == short.page:
        found = found[: max(0, len(found) - short.rows)]
    return found
