"""Runs Great Expectations; no other module does. The import takes seconds, so callers import this module late."""

import functools
import logging
import os
import re
import warnings
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import EXACT, UNREAD
from catalog.errors import DeclarationError, MinshengError
from quality.suite import Check, CheckResult

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
from great_expectations.validator.v1_validator import Validator

_MAPS = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
_TOGETHER = 32
"""Columns of unread texts in one frame. Each check copies the frame: with all columns of a wide table in one, twice the
columns take four times as long; with one column in each, every frame costs its validation."""
logging.getLogger("great_expectations").setLevel(logging.ERROR)


class QualityError(MinshengError):
    """An expectation could not be evaluated. The run fails, because nobody knows whether the data are good."""


def expectation(check: Check, place: str) -> Expectation:
    """Make the expectation of a check.

    Args:
        check: the check.
        place: the file, for messages.

    Raises:
        DeclarationError: there is no such expectation, it is not about single rows, or its kwargs are wrong.
    """
    kind = getattr(gxe, check.type, None)
    if kind is None:
        known = ", ".join(sorted(name for name in dir(gxe) if _is_map(getattr(gxe, name))))
        raise DeclarationError(f"{place}: {check.id}: Great Expectations has no {check.type}; it has {known}")
    if not _is_map(kind):
        raise DeclarationError(
            f"{place}: {check.id}: {check.type} is about the whole table; quality.yaml has only expectations about "
            "single rows; for the whole table use minsheng.guards in dataset.yaml"
        )
    condition = {"row_condition": Column(check.where_null).is_null()} if check.where_null else {}
    try:
        made: Expectation = kind(**check.kwargs, **condition, meta={"id": check.id})
    except (ValueError, TypeError) as error:
        told = " ".join(str(error).split())
        raise DeclarationError(f"{place}: {check.id}: {check.type} does not take these kwargs: {told[:500]}") from error
    return made


def judge(rows: pa.Table, checks: list[Check], place: str) -> list[CheckResult]:
    """Run every check on every row.

    Args:
        rows: `_fetch`, `_row`, the typed columns, and for each of them a column of the texts that cannot be read.
        checks: the checks to run.
        place: the dataset, for messages.

    Returns:
        A result for each check, in the order of `checks`.

    Raises:
        QualityError: an expectation raised an error; names the check, its type and the error.
    """
    # Great Expectations copies the frame for each check that leaves out nulls: so a frame has only the needed columns.
    by_columns: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        plain = _without_idle_condition(check, rows)
        by_columns.setdefault(_columns(plain, rows.column_names), []).append(plain)
    results: dict[str, Any] = {}
    for names, checks_of_columns in by_columns.items():
        results |= _validated(_frame(rows.select(names)), checks_of_columns, place)
    places = rows.select(["_fetch", "_row"])
    return [_result(check, results[check.id], places, place) for check in checks]


def _without_idle_condition(check: Check, rows: pa.Table) -> Check:
    """The check without a condition that every row meets.

    With a condition, Great Expectations leaves exceptions behind in a cycle. Their tracebacks hold our frames, and so
    all rows stay in memory until Python collects the cycle.
    """
    if check.where_null and rows.column(check.where_null).null_count == rows.num_rows:
        return check.model_copy(update={"where_null": None})
    return check


def _columns(check: Check, names: list[str]) -> tuple[str, ...]:
    """The columns that a check names anywhere in its kwargs. A check of unread texts gets its neighbours' too."""
    words = {check.where_null, *re.findall(r"\w+", repr(check.kwargs))}
    named = tuple(name for name in names if name in words)
    if len(named) == 1 and named[0].endswith(UNREAD):
        unread = [name for name in names if name.endswith(UNREAD)]
        block = unread.index(named[0]) // _TOGETHER * _TOGETHER
        return tuple(unread[block : block + _TOGETHER])
    return named


def _validated(frame: pd.DataFrame, checks: list[Check], place: str) -> dict[str, Any]:
    """The result of each check, by its id. Rows that fail are named by the index of the frame, from 0."""
    suite = gx.ExpectationSuite("suite", expectations=[expectation(check, place) for check in checks])
    result_format = {
        "result_format": "COMPLETE",
        "include_unexpected_rows": False,
        "return_unexpected_index_query": False,
    }
    # `Batch.validate` does the same, but hashes the frame once more.
    validator = Validator(_batch_definition(), result_format=result_format, batch_parameters={"dataframe": frame})
    with warnings.catch_warnings():
        # A pattern may have a group; pandas warns, because it expects us to extract the text of the group.
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression", UserWarning)
        # Great Expectations compares two columns of times as moments in UTC, by a way that pandas will change.
        warnings.filterwarnings("ignore", "Series.values returning an ndarray that drops timezone", DeprecationWarning)
        validated = validator.validate_expectation_suite(suite).results
    # It would keep whole columns of results as long as the process lives, and has no public way to drop them.
    _batch_definition().data_asset.datasource.get_execution_engine()._metric_cache.clear()
    # The results come in another order than the suite: the id in `meta` says which is which.
    return {result.expectation_config.meta["id"]: result for result in validated}


def _frame(rows: pa.Table) -> pd.DataFrame:
    # pandas turns integers beside a null into floats. Expectations about pairs need that: they compare with NaN, not
    # with pandas' own NA. But a float is exact only up to 2^53.
    frame: pd.DataFrame = rows.to_pandas()
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if pa.types.is_int64(column.type) and column.null_count and (pc.max(pc.abs(column)).as_py() or 0) > EXACT:
            frame[name] = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


@functools.cache
def _batch_definition() -> Any:
    """One context for the process, in memory. Otherwise each context would leave a folder for documents behind."""
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("fetched")
    return asset.add_batch_definition_whole_dataframe("all")


def _result(check: Check, result: Any, places: pa.Table, place: str) -> CheckResult:
    if result.exception_info and (message := _raised(result.exception_info)):
        raise QualityError(f"{place}: the check {check.id} ({check.type}) could not be evaluated: {message}")
    at = places.take(pa.array(result.result.get("unexpected_index_list") or [], pa.int64()))
    failed = tuple(sorted(zip(at.column("_fetch").to_pylist(), at.column("_row").to_pylist(), strict=True)))
    counted = int(result.result.get("unexpected_count", 0))
    if counted != len(failed):
        raise QualityError(
            f"{place}: the check {check.id} ({check.type}) counts {counted} rows that fail, but names {len(failed)}; "
            "use another expectation: every row that fails must be shown"
        )
    return CheckResult(check, not failed and bool(result.success), int(result.result.get("element_count", 0)), failed)


def _raised(info: dict[str, Any]) -> str | None:
    """The message of an exception, in either of the two forms that Great Expectations has."""
    for exception in (info, *(value for value in info.values() if isinstance(value, dict))):
        if exception.get("raised_exception"):
            return str(exception.get("exception_message") or "no message")
    return None


def _is_map(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _MAPS) and kind not in _MAPS
