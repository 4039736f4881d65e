"""Asks Great Expectations; the only place where it runs. Importing it costs seconds, so callers import this late."""

import functools
import logging
import os
import re
import warnings
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import EXACT, UNREAD
from catalog.errors import DeclarationError, MinshengError
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
from great_expectations.validator.v1_validator import Validator

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
    # Great Expectations copies its frame for each check that leaves out nulls: so each is asked of its columns only.
    together: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        plain = _without_idle_condition(check, rows)
        together.setdefault(_columns(plain, rows.column_names), []).append(plain)
    results: dict[str, Any] = {}
    for names, some in together.items():
        results |= _validated(_frame(rows.select(names)), some, place)
    places = rows.select(["_fetch", "_row"])
    return [_finding(check, results[check.id], places, place) for check in checks]


def _without_idle_condition(check: Check, rows: pa.Table) -> Check:
    """The check without a condition that every row meets.

    Of a condition Great Expectations leaves exceptions behind in a cycle; their tracebacks hold our frames, and with
    these all that was heard, until Python collects them some day.
    """
    if check.where_null and rows.column(check.where_null).null_count == rows.num_rows:
        return check.model_copy(update={"where_null": None})
    return check


def _columns(check: Check, names: list[str]) -> tuple[str, ...]:
    """The columns that a check names, wherever in its words; those of texts that could not be read go together."""
    words = {check.where_null, *re.findall(r"\w+", repr(check.kwargs))}
    named = tuple(name for name in names if name in words)
    if named and all(name.endswith(UNREAD) for name in named):
        return tuple(name for name in names if name.endswith(UNREAD))
    return named


def _validated(frame: pd.DataFrame, checks: list[Check], place: str) -> dict[str, Any]:
    """The result of each check by its id; what fails is named by the frame's index, the row's place from 0."""
    suite = gx.ExpectationSuite("suite", expectations=[expectation(check, place) for check in checks])
    wanted = {
        "result_format": "COMPLETE",
        "include_unexpected_rows": False,
        "return_unexpected_index_query": False,
    }
    # As `Batch.validate` does, which hashes the frame once more to have the batch that it is.
    asked = Validator(_batch_definition(), result_format=wanted, batch_parameters={"dataframe": frame})
    with warnings.catch_warnings():
        # A pattern may well hold a group; pandas supposes that one forgot to ask for its text.
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression", UserWarning)
        validated = asked.validate_expectation_suite(suite).results
    # Whole columns of what it reckoned, which it would keep as long as the process lives; it has no door for that.
    _batch_definition().data_asset.datasource.get_execution_engine()._metric_cache.clear()
    # They come back in another order than the suite's: the id in `meta` tells them apart.
    return {result.expectation_config.meta["id"]: result for result in validated}


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


def _finding(check: Check, result: Any, places: pa.Table, place: str) -> Finding:
    if result.exception_info and (message := _raised(result.exception_info)):
        raise QualityError(f"{place}: the check {check.id} ({check.type}) could not be evaluated: {message}")
    at = places.take(pa.array(result.result.get("unexpected_index_list") or [], pa.int64()))
    failed = tuple(sorted(zip(at.column("_fetch").to_pylist(), at.column("_row").to_pylist(), strict=True)))
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
