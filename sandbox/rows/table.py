"""The rows that an agency holds at a moment: a function of the sandbox.yaml and of that moment, nothing else."""

from datetime import datetime

from sandbox.messages import Table
from sandbox.rows.ledger import ledger_table
from sandbox.rows.window import window_table
from sandbox.spec import Source, Window


def table_at(source: Source, now: datetime) -> Table:
    """Return what the agency holds at a moment, before any fault.

    Args:
        source: the dataset.
        now: the simulated time.

    Returns:
        The table; the same for the same arguments, always.
    """
    rows = source.file.rows.kind
    if isinstance(rows, Window):
        return window_table(rows, source.entities, source.file.seed, now)
    return ledger_table(rows, source.entities, source.file.seed, now)
