"""XLS workbooks (BIFF in a compound file, [MS-XLS]) -> records of text."""

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode.parts import biff, compound, sheets
from pipelines.decode.parts.sheets import Reading

__all__ = ["Reading", "decode"]


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of a sheet; what `sheets.decode` says holds.

    Raises:
        SourceError: no .xls workbook, one that claims more than the limits, or what `sheets.decode` says.
    """
    if not body.startswith(compound.MAGIC):
        raise SourceError(f"expected an .xls workbook, found a body that begins {body[:60]!r}")
    return sheets.decode(biff.prepared(body), reading)
