"""What a person at a terminal sees: a line that tells how far a long command is, and tables in colour.

rich is imported here only, and only where there is a terminal: pipes, logs and dumb terminals get plain lines.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

Result = TypeVar("Result")

_DUMB = ("", "dumb", "unknown")
_COLOURS = {
    "fresh": "green",
    "released": "green",
    "overdue": "yellow",
    "held": "yellow",
    "refused": "red",
    "failing": "red",
    "damaged": "red",
    "failed": "red",
}
"""Of states and outcomes, where a cell is nothing but one of these words."""
_WIDEST = 10_000
"""Columns of a terminal in which every table fits."""
_LONG_WORD = 16
"""Columns; a longer word may be broken where a text wraps."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?\+08:00")
"""A time in the zone of the house; a table at a terminal shows it to the minute."""


def is_terminal(stream: TextIO) -> bool:
    """Say whether a person reads the stream, at a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in _DUMB


class Progress:
    """A line on standard error that tells what a command is at; where there is no terminal it tells nothing.

    It is there while its context is open, except while something is printed, and leaves no trace.
    """

    def __init__(self, text: str, total: int | None = None) -> None:
        """Take what is at work first, and how many parts there are to do, if that is known."""
        self._bar = _bar(text, total) if is_terminal(sys.stderr) else None

    def __enter__(self) -> Self:
        self.show()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.hide()

    @property
    def shown(self) -> bool:
        """Whether anyone sees it."""
        return self._bar is not None

    def tell(self, text: str) -> None:
        """Say what is at work now."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], description=text)

    def done(self, parts: int) -> None:
        """Say how many parts are done."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=parts)

    def show(self) -> None:
        """Show the line."""
        if self._bar:
            self._bar.start()

    def hide(self) -> None:
        """Take the line away, for something to be printed."""
        if self._bar:
            self._bar.stop()

    def over(self, results: Iterable[Result]) -> Iterator[Result]:
        """Yield results; the line is away while the caller prints one, and there while the next is awaited."""
        waiting = iter(results)
        while True:
            self.show()
            try:
                result = next(waiting)
            except StopIteration:
                return
            finally:
                self.hide()
            yield result


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    """Print a table that fits the width of the terminal; a name or an id is not broken, so that it can be copied.

    Args:
        head: names of the columns.
        rows: a text for each column.
        numbers: for each column, whether it holds numbers, which are set to the right.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for i, (name, number) in enumerate(zip(head, numbers, strict=True)):
        words = [word for row in rows for word in _shorter(row[i]).split()]
        table.add_column(
            name,
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=not any(" " in _shorter(row[i]) for row in rows),
            min_width=min(max(map(cell_len, words), default=0), _LONG_WORD),
        )
    for row in rows:
        table.add_row(*(Text(_shorter(cell), _COLOURS.get(cell, "")) for cell in row))
    if console.measure(table, options=console.options.update_width(_WIDEST)).minimum > console.width:
        table.padding = (0, 1, 0, 0)
    console.print(table)


def _shorter(cell: str) -> str:
    return _TIME.sub(r"\1 \2", cell)


def _bar(text: str, total: int | None) -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    parts = [] if total is None else [BarColumn(20), MofNCompleteColumn()]
    bar = Bar(
        SpinnerColumn("line"),
        *parts,
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task(text, total=total)
    return bar
