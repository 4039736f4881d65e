"""Do the quotes of a CSV body enclose cells as RFC 4180 says? A proof, or the place of the fault.

Arrow reads on where a quote is none: it joins cells and rows, and says nothing. Python's csv is strict, but it says
where the file ends, not where the cell begins, and takes five times as long. This looks at the quotes alone.
"""

import re
from dataclasses import dataclass

import numpy as np

_QUOTE = 0x22
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class QuoteFault:
    """A cell in quotes that does not end as it should."""

    line: int
    """The line in which it begins, from 1, as an editor counts them."""
    ends: int | None
    """The line of the quote that should end it; None if there is no such quote."""
    follows: str = ""
    """What follows that quote: neither a separator nor the end of the line."""
    escaped: bool = False
    """Whether a backslash stands before that quote."""

    def __str__(self) -> str:
        """What stands in that line."""
        if self.ends is None:
            return "a quote that begins a cell, and none that ends it"
        where = "" if self.ends == self.line else f" in line {self.ends}"
        hint = '; if a backslash stands for the sign behind it, declare `escape: "\\\\"`' if self.escaped else ""
        return (
            f"a cell in quotes, and behind its last quote{where} {self.follows!r} instead of a "
            f"separator or the end of the line{hint}"
        )


def fault(body: bytes, separator: str, escape: str | None = None, line: int = 1) -> QuoteFault | None:
    """Return what is wrong with the quotes of a body, or None: then every CSV parser reads the same cells.

    A quote within a cell that does not begin with one is a sign like any other.

    Args:
        body: UTF-8, or another encoding in which no byte of ASCII is part of a longer character.
        separator: between cells, one ASCII character.
        escape: the sign that makes the one behind it ordinary.
        line: the number of the first line.
    """
    octets = np.frombuffer(body, np.uint8)
    at = np.flatnonzero(octets == _QUOTE)
    if not len(at):
        return None
    start = len(_BOM) if body.startswith(_BOM) else 0
    ends_cell = np.zeros(256, bool)
    ends_cell[[ord(separator), 0x0A, 0x0D]] = True
    if escape:
        at = at[[not _is_escaped(body, int(place), escape) for place in at]]
        first: int | None = 0
    else:
        first = _first_doubtful(octets, at, start, ends_cell)
    if first is None:
        return None
    wrong = _walked(body, at[first:].tolist(), start, ends_cell.tolist())
    return _told(body, *wrong, line) if wrong else None


def _first_doubtful(octets: np.ndarray, at: np.ndarray, start: int, ends_cell: np.ndarray) -> int | None:
    """The number of the quote that begins the first cell which is not proven to end well.

    If all is well, quotes open and close by turns: one that opens is the first sign of a cell, or follows the one
    before it (a doubled quote closes, and opens again); behind one that closes the cell ends, or it opens again.
    """
    doubled = at[1:] == at[:-1] + 1
    first = ends_cell[octets[at - 1]]  # where the quote is the first byte, this looks at the last
    first[0] |= at[0] == start
    last = ends_cell[octets[np.minimum(at + 1, len(octets) - 1)]]
    last[-1] |= at[-1] == len(octets) - 1
    well = np.empty(len(at), bool)
    well[0::2] = first[0::2]
    well[2::2] |= doubled[1::2][: len(well[2::2])]
    well[1::2] = last[1::2]
    well[1::2][: len(doubled[1::2])] |= doubled[1::2]
    if well.all() and len(at) % 2 == 0:
        return None
    wrong = len(at) - 1 if well.all() else int(np.argmin(well))
    begins = np.flatnonzero(first[: wrong + 1 : 2])
    return 2 * int(begins[-1]) if len(begins) else 0


def _walked(body: bytes, at: list[int], start: int, ends_cell: list[bool]) -> tuple[int, int | None] | None:
    """Where a cell opens that does not end well, and the quote that should end it; the first quote is in no cell."""
    quotes = iter(at)
    for opened in quotes:
        if opened != start and not ends_cell[body[opened - 1]]:
            continue
        for closed in quotes:
            behind = body[closed + 1] if closed + 1 < len(body) else None
            if behind == _QUOTE:
                next(quotes)
            elif behind is None or ends_cell[behind]:
                break
            else:
                return opened, closed
        else:
            return opened, None
    return None


def _told(body: bytes, opened: int, closed: int | None, line: int) -> QuoteFault:
    begins = line + len(_LINE_END.findall(body[:opened]))
    if closed is None:
        return QuoteFault(begins, None)
    ends = begins + len(_LINE_END.findall(body[opened:closed]))
    follows = body[closed + 1 : closed + 5].decode(errors="ignore")[:1]
    return QuoteFault(begins, ends, follows, body[closed - 1 : closed] == b"\\")


def _is_escaped(body: bytes, place: int, escape: str) -> bool:
    before = body[:place].rstrip(escape.encode())
    return (place - len(before)) % 2 == 1
