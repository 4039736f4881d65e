"""The rows that an agency has at a moment. They depend on the sandbox.yaml and that moment only."""

from datetime import datetime

from sandbox.messages import AgencyTable
from sandbox.row_specs import GrowingTableSpec, MovingWindowSpec
from sandbox.rows.growing_table import growing_table_at
from sandbox.rows.moving_window import moving_window_at


def table_at(
    spec: MovingWindowSpec | GrowingTableSpec, entities: list[dict[str, str]], seed: int, now: datetime
) -> AgencyTable:
    """Return the rows that the agency has at a moment, without faults.

    Args:
        spec: the `rows` block of the sandbox.yaml.
        entities: one row per entity: column -> text.
        seed: the seed of the dataset.
        now: the simulated time.

    Returns:
        The table. The same arguments always give the same table.
    """
    if isinstance(spec, MovingWindowSpec):
        return moving_window_at(spec, entities, seed, now)
    return growing_table_at(spec, entities, seed, now)
