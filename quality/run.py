"""Asks Great Expectations; the only place where it runs. Importing it costs seconds, so callers import this late."""

import functools
import logging
import os
import warnings
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import DeclarationError, MinshengError
from catalog.fields import EXACT
from quality.suite import Check

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations import expectations as gxe
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    Expectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.row_conditions import Column

_MAPS = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
logging.getLogger("great_expectations").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Finding:
    """What became of one check."""

    check: Check
    success: bool
    elements: int
    """How many rows were asked of."""
    rows: tuple[tuple[int, int], ...]
    """`(fetch, row)` of each row that fails."""


class QualityError(MinshengError):
    """An expectation could not be evaluated: the run fails, whatever the data."""


def expectation(check: Check, place: str) -> Expectation:
    """Make the expectation of a check.

    Args:
        check: which.
        place: the file, for messages.

    Raises:
        DeclarationError: there is no such expectation, it speaks of more than rows, or its words are wrong.
    """
    kind = getattr(gxe, check.type, None)
    if kind is None:
        known = ", ".join(sorted(name for name in dir(gxe) if _is_map(getattr(gxe, name))))
        raise DeclarationError(f"{place}: {check.id}: Great Expectations has no {check.type}; it has {known}")
    if not _is_map(kind):
        raise DeclarationError(
            f"{place}: {check.id}: {check.type} speaks of the whole batch; quality.yaml says what is true of rows, "
            "what is true of the whole is for minsheng.guards in dataset.yaml"
        )
    condition = {"row_condition": Column(check.where_null).is_null()} if check.where_null else {}
    try:
        made: Expectation = kind(**check.kwargs, **condition, meta={"id": check.id})
    except (ValueError, TypeError) as error:
        raise DeclarationError(f"{place}: {check.id}: {check.type} does not take these kwargs: {error}") from error
    return made


def judge(rows: pa.Table, checks: list[Check], place: str) -> list[Finding]:
    """Ask every check of every row.

    Args:
        rows: `_fetch`, `_row`, the typed columns and their shadows.
        checks: what to ask, of which columns.
        place: the dataset, for messages.

    Returns:
        A finding for each check, in the order of `checks`.

    Raises:
        QualityError: an expectation raised; names check, type and what it said.
    """
    if not checks:
        return []
    batch = _batch_definition().get_batch({"dataframe": _frame(rows)})
    suite = gx.ExpectationSuite("suite", expectations=[expectation(check, place) for check in checks])
    wanted = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["_fetch", "_row"],
        "include_unexpected_rows": False,
    }
    # Results come back in another order than the suite's: the id in `meta` tells them apart.
    with warnings.catch_warnings():
        # A pattern may well hold a group; pandas supposes that one forgot to ask for its text.
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression", UserWarning)
        validated = batch.validate(suite, result_format=wanted).results
    results = {result.expectation_config.meta["id"]: result for result in validated}
    return [_finding(check, results[check.id], place) for check in checks]


def _frame(rows: pa.Table) -> pd.DataFrame:
    # pandas makes floats of integers beside a null, which expectations of pairs need, for they compare with NaN, not
    # with its own NA; but a float is exact up to 2^53 only.
    frame: pd.DataFrame = rows.to_pandas()
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if pa.types.is_int64(column.type) and column.null_count and (pc.max(pc.abs(column)).as_py() or 0) > EXACT:
            frame[name] = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


@functools.cache
def _batch_definition() -> Any:
    """One context for the process, in memory: without it each would leave a folder for documents behind."""
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("heard")
    return asset.add_batch_definition_whole_dataframe("all")


def _finding(check: Check, result: Any, place: str) -> Finding:
    if result.exception_info and (message := _raised(result.exception_info)):
        raise QualityError(f"{place}: the check {check.id} ({check.type}) could not be evaluated: {message}")
    failed = tuple(
        sorted((int(one["_fetch"]), int(one["_row"])) for one in result.result.get("unexpected_index_list") or ())
    )
    counted = int(result.result.get("unexpected_count", 0))
    if counted != len(failed):
        raise QualityError(
            f"{place}: the check {check.id} ({check.type}) counts {counted} rows that fail and names {len(failed)}: "
            "it cannot be used, for what fails must be shown"
        )
    return Finding(check, not failed and bool(result.success), int(result.result.get("element_count", 0)), failed)


def _raised(info: dict[str, Any]) -> str | None:
    """The message of an exception, in either form that Great Expectations gives."""
    for one in (info, *(value for value in info.values() if isinstance(value, dict))):
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "no message")
    return None


def _is_map(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _MAPS) and kind not in _MAPS
