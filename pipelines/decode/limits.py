"""What one answer may hold: a small body can unpack to a huge one, and a short one can claim a huge table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds far above what agencies publish, and below what a machine can bear."""

    unpacked_bytes: int = 256 * 1024 * 1024
    columns: int = 4_096
    cells: int = 20_000_000
    """Of one table; of all sheets of a workbook together."""
    sheets: int = 256
    members: int = 4_096
    """Of an archive."""
    elements: int = 10_000_000
    """Of an XML document."""


LIMITS = Limits()
