"""What conforming found, as results of the checks of the schema: the same that Great Expectations finds."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed
from quality.suite import READABLE, Check, CheckResult


def results_of_schema(conformed: Conformed, checks: list[Check]) -> list[CheckResult]:
    """Return the result of each check of the schema; those of quality.yaml are left out.

    Args:
        conformed: the typed rows, and the rules that they break.
        checks: in any order.
    """
    masks = {failure.check: failure.mask for failure in conformed.failures}
    if conformed.faults is not None:
        masks[READABLE] = conformed.faults
    return [_result(conformed, check, masks.get(check.id)) for check in checks if check.rule is not None]


def _result(conformed: Conformed, check: Check, mask: pa.BooleanArray | None) -> CheckResult:
    rows: tuple[tuple[int, int], ...] = ()
    if mask is not None:
        failing = conformed.rows.select([FETCH, ROW]).filter(mask)
        rows = tuple(sorted(zip(failing.column(FETCH).to_pylist(), failing.column(ROW).to_pylist(), strict=True)))
    return CheckResult(check, not rows, _elements(conformed, check), rows)


def _elements(conformed: Conformed, check: Check) -> int:
    """How many rows the check is about: all that can be read as records, and as its condition says."""
    about = np.ones(conformed.rows.num_rows, bool)
    if check.id != READABLE and conformed.faults is not None:
        about &= ~conformed.faults.to_numpy(zero_copy_only=False)
    if check.where_null and check.column in conformed.unread:
        about &= pc.is_null(conformed.unread[check.column]).to_numpy(zero_copy_only=False)
    return int(about.sum())
