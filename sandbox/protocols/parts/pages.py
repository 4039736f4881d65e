"""Pages of a table, and the faults that only a paged table can have."""

from collections.abc import Mapping
from typing import Any

PAGE_FAULTS = frozenset({"repeated_page", "short_page", "moved_page"})


def page_rows(
    rows: list[dict[str, str]], start: int, page_size: int, protocol_faults: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return the rows of one page.

    Args:
        rows: all rows that the request asks for.
        start: number of rows before the page.
        page_size: number of rows of a full page.
        protocol_faults: fault name -> parameters, for the active faults. Names outside PAGE_FAULTS change nothing.
    """
    page_number = start // page_size if page_size else 0
    repeated = protocol_faults.get("repeated_page")
    if repeated is not None and page_number == repeated.page:
        start = max(0, start - page_size)
    moved = protocol_faults.get("moved_page")
    if moved is not None and page_number >= moved.page:
        start = max(0, start - moved.rows)
    selected = rows[start : start + page_size]
    short = protocol_faults.get("short_page")
    if short is not None and page_number == short.page:
        selected = selected[: max(0, len(selected) - short.rows)]
    return selected
