"""Great Expectations itself, on rows: what fails is counted and named, and what cannot be asked is no pass."""

import gc
import weakref
from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, text, texts

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import Severity
from catalog.errors import DeclarationError
from pipelines.candidate.verdict import judged
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import allowed, bounds, conform
from quality.run import CheckResult, QualityError, _columns, expectation, judge
from quality.suite import Check, Suite, checks, shadow


def check(kind: str, severity: Severity = "warn", id_: str = "some-check", **kwargs: Any) -> Check:
    return Check(id=id_, type=kind, kwargs=kwargs, severity=severity, column=kwargs.get("column"))


def rows(**columns: Any) -> pa.Table:
    count = len(next(iter(columns.values())))
    place = {"_fetch": pa.array([3] * count), "_row": pa.array(range(1, count + 1))}
    return pa.table(place | columns)


def asked(one: Check, **columns: Any) -> CheckResult:
    (found,) = judge(rows(**columns), [one], "rivers")
    return found


def test_rows_that_fail_are_named_by_fetch_and_row():
    found = asked(check("ExpectColumnValuesToBeBetween", column="x", min_value=0, max_value=5), x=[1, 9, None, -1])
    assert (found.success, found.elements, found.rows) == (False, 4, ((3, 2), (3, 4)))


def test_all_good_is_a_success():
    found = asked(check("ExpectColumnValuesToBeInSet", column="x", value_set=["a", "臺"]), x=["a", "臺", None])
    assert (found.success, found.rows) == (True, ())


def test_findings_come_in_the_order_of_the_checks():
    many = [check("ExpectColumnValuesToBeBetween", id_=f"c{i}", column="x", max_value=i) for i in (3, 1, 2, 0)]
    found = judge(rows(x=[0, 1, 2, 3]), many, "rivers")
    assert [(one.check.id, len(one.rows)) for one in found] == [("c3", 0), ("c1", 2), ("c2", 1), ("c0", 3)]


def test_what_was_judged_is_let_go_at_once():
    class Heard:
        """What a caller holds while it asks."""

    def work() -> weakref.ref[Heard]:
        heard = Heard()
        required = check("ExpectColumnValuesToNotBeNull", column="x").model_copy(update={"where_null": "x__unread"})
        found = asked(required, x=["a", None], x__unread=pa.nulls(2, pa.string()))
        assert found.rows == ((3, 2),)
        return weakref.ref(heard)

    gc.collect()
    gc.disable()
    try:
        assert work()() is None, "no cycle of an exception and our frames keeps it"
    finally:
        gc.enable()


def test_a_condition_that_some_row_does_not_meet_is_asked():
    required = check("ExpectColumnValuesToNotBeNull", column="x").model_copy(update={"where_null": "x__unread"})
    found = asked(required, x=["a", None, None], x__unread=pa.array([None, "bad", None], pa.string()))
    assert (found.rows, found.elements) == (((3, 3),), 2)


def test_nothing_asked_is_nothing_found():
    assert judge(rows(x=[1]), [], "rivers") == []


def test_no_rows_pass():
    found = asked(check("ExpectColumnValuesToBeBetween", column="x", max_value=1), x=pa.array([], pa.float64()))
    assert (found.success, found.elements, found.rows) == (True, 0, ())


@pytest.mark.parametrize(
    ("kind", "kwargs", "columns", "failing"),
    [
        (
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "a", "column_B": "b", "or_equal": True},
            {"a": [2, 1], "b": [1, 2]},
            (2,),
        ),
        (
            "ExpectColumnPairValuesToBeEqual",
            {"column_A": "a", "column_B": "b"},
            {"a": ["x", "y"], "b": ["x", "z"]},
            (2,),
        ),
        ("ExpectColumnValuesToMatchRegex", {"column": "a", "regex": "^臺"}, {"a": ["臺北", "台北"]}, (2,)),
        ("ExpectColumnValuesToNotBeInSet", {"column": "a", "value_set": [999]}, {"a": [999, 1]}, (1,)),
        ("ExpectCompoundColumnsToBeUnique", {"column_list": ["a", "b"]}, {"a": [1, 1, 1], "b": [1, 1, 2]}, (1, 2)),
        ("ExpectColumnValuesToBeUnique", {"column": "a"}, {"a": [1, 1, 2]}, (1, 2)),
    ],
)
def test_other_expectations_about_rows(
    kind: str, kwargs: dict[str, Any], columns: dict[str, Any], failing: tuple[int, ...]
):
    assert asked(check(kind, **kwargs), **columns).rows == tuple((3, row) for row in failing)


@pytest.mark.parametrize(
    ("kind", "kwargs", "words"),
    [
        (
            "ExpectColumnValuesToBeNice",
            {"column": "x"},
            "no ExpectColumnValuesToBeNice; it has .*ExpectColumnValuesToBeBetween",
        ),
        ("ExpectColumnMeanToBeBetween", {"column": "x", "min_value": 0, "max_value": 1}, "is about the whole table"),
        ("ExpectTableRowCountToBeBetween", {"min_value": 1}, "minsheng.guards in dataset.yaml"),
        ("ExpectColumnToExist", {"column": "x"}, "is about the whole table"),
        ("ExpectColumnValuesToBeBetween", {"column": "x", "maximum": 3}, "does not take these kwargs"),
        ("ExpectColumnValuesToBeBetween", {"max_value": 3}, "does not take these kwargs"),
        ("ExpectColumnValuesToBeInSet", {"column": "x", "value_set": 3}, "does not take these kwargs"),
        ("ColumnMapExpectation", {"column": "x"}, "ColumnMapExpectation"),
        ("Expectation", {}, "Expectation"),
    ],
)
def test_an_expectation_that_cannot_be_is_a_fault_of_the_file(kind: str, kwargs: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words) as raised:
        expectation(check(kind, **kwargs), "rivers/quality.yaml")
    assert str(raised.value).startswith("rivers/quality.yaml: some-check: ")


@pytest.mark.parametrize(
    ("kind", "kwargs", "columns"),
    [
        ("ExpectColumnValuesToBeBetween", {"column": "absent", "max_value": 1}, {"x": [1]}),
        ("ExpectColumnValuesToBeBetween", {"column": "x", "max_value": 1}, {"x": ["a"]}),
        ("ExpectColumnValuesToMatchRegex", {"column": "x", "regex": "("}, {"x": ["a"]}),
        ("ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": "x", "column_B": "y"}, {"x": [1]}),
    ],
)
def test_an_expectation_that_raises_fails_the_run(kind: str, kwargs: dict[str, Any], columns: dict[str, Any]):
    with pytest.raises(QualityError, match=r"rivers: the check some-check \(.*could not be evaluated"):
        asked(check(kind, **kwargs), **columns)


# The schema's rules: Great Expectations and the conforming step must agree. -------------------------------------------


def agree(said: Dataset, tables: dict[str, pa.Table] | None = None, **cells: list[str | None]) -> dict[str, list[int]]:
    """Judge rows by the schema's rules; return the failing rows of each check. `judged` raises if the counts differ."""
    tables = tables or {}
    count = len(next(iter(cells.values())))
    found = conform(
        said, find_columns(said, 3, texts(**({"site": [f"s{i}" for i in range(count)]} | cells))).table, tables
    )
    sets = {one.name: allowed(said, one, tables) for one in said.published}
    lists: dict[str, Any] = {name: values.to_pylist() for name, values in sets.items() if values is not None}
    lists |= {one.fields[-1]: None for one in said.minsheng.references if not one.plain}
    ends = {one.name: bounds(one) for one in said.published}
    ranges = {n: (a and a.as_py(), b and b.as_py()) for n, (a, b) in ends.items() if a is not None or b is not None}
    result = judged("rivers", found, checks(said, Suite(), lists, ranges))
    return {one.check.id: [row for _, row in one.rows] for one in result if one.rows}


def one(kind: str = "string", **more: Any) -> Dataset:
    return dataset(
        fields=[column("site"), column("x", kind, **more)], **({"references": REFER} if more.pop("refer", None) else {})
    )


REFER: Any = [{"fields": ["x"], "dataset": "places", "to": ["code"]}]


@pytest.mark.parametrize(
    ("kind", "more", "cells", "expected"),
    [
        ("integer", {}, ["1", "x", None], {"x.type": [2]}),
        (
            "number",
            {"constraints": {"minimum": 0, "maximum": 1}},
            ["0", "1", "1.1", "-0.1", "x"],
            {"x.type": [5], "x.range": [3, 4]},
        ),
        (
            "integer",
            {"constraints": {"required": True, "minimum": 1}},
            ["0", "", "x"],
            {"x.type": [3], "x.required": [2], "x.range": [1]},
        ),
        ("boolean", {}, ["true", "maybe", ""], {"x.type": [2]}),
        (
            "date",
            {"constraints": {"minimum": "2020-01-01"}},
            ["2019-12-31", "2020-01-01", "bad", ""],
            {"x.date": [3], "x.range": [1]},
        ),
        (
            "datetime",
            {"constraints": {"maximum": "2020-01-01T00:00:00"}},
            ["2020-01-01 00:00:00", "2020-01-01 00:00:01", ""],
            {"x.range": [2]},
        ),
        ("string", {"constraints": {"pattern": "[0-9]+"}}, ["12", "12x", "", "1\n2"], {"x.pattern": [2, 4]}),
        ("string", {"codes": {"map": {"a": "b"}}}, ["a", "z", ""], {"x.code": [2]}),
        ("string", {"split": {"separator": "/", "part": 1}}, ["a/b", "a", "", None], {"x.type": [2]}),
        ("string", {"categories": [{"value": "a", "label": text("A")}]}, ["a", "b", None], {"x.list": [2]}),
        ("string", {"categories": [{"value": "1", "label": text("1")}]}, ["1", "2"], {"x.list": [2]}),
    ],
)
def test_counts_agree(kind: str, more: dict[str, Any], cells: list[str | None], expected: dict[str, list[int]]):
    assert agree(one(kind, **more), x=cells) == expected


def test_counts_agree_on_references_and_keys():
    said = dataset(fields=[column("site"), column("x")], references=REFER)
    found = agree(said, {"places": pa.table({"code": ["TPE"]})}, site=["a", "", None], x=["TPE", "X", None])
    assert found == {"site.required": [2, 3], "x.reference": [2]}


@pytest.mark.parametrize(
    ("pattern", "cell", "fits"),
    [
        (r"\d+", "１２", False),
        (r"\w+", "臺北", False),
        (r"\S+", "a\u3000b", True),
        (r".\b.", "臺1", True),
        (r"臺+", "臺", True),
        ("a|b", "ab", False),
        ("a$b?", "a\nb", False),
    ],
)
def test_counts_agree_on_characters_beyond_ascii(pattern: str, cell: str, fits: bool):
    found = agree(one(constraints={"pattern": pattern}), x=[cell, ""])
    assert found == ({} if fits else {"x.pattern": [1]})


def test_counts_agree_on_large_integers_beside_a_null():
    limit = 2**53
    found = agree(one("integer", constraints={"maximum": limit}), x=[str(limit), str(limit + 1), ""])
    assert found == {"x.range": [2]}


def test_a_date_of_the_year_zero_does_not_stop_the_run():
    assert agree(one("date"), x=["0000-01-01", "2026-07-01"]) == {"x.date": [1]}


@pytest.mark.parametrize(
    ("kwargs", "failing"),
    [
        ({"or_equal": True, "ignore_row_if": "either_value_is_missing"}, (3,)),
        ({"or_equal": True, "ignore_row_if": "both_values_are_missing"}, (2, 3)),
    ],
)
def test_pairs_of_integers_may_lack_one(kwargs: dict[str, Any], failing: tuple[int, ...]):
    asked_of = check("ExpectColumnPairValuesAToBeGreaterThanB", column_A="a", column_B="b", **kwargs)
    found = asked(asked_of, a=pa.array([2, None, 1, None]), b=pa.array([1, 1, 2, None]))
    assert found.rows == tuple((3, row) for row in failing)


@pytest.mark.parametrize(
    ("kind", "kwargs", "failing"),
    [
        ("ExpectColumnValuesToBeInSet", {"value_set": [1, 2**53 + 1]}, (2,)),
        ("ExpectColumnValuesToNotBeInSet", {"value_set": [2**53]}, (2,)),
        ("ExpectColumnValuesToBeBetween", {"min_value": 1.5}, (1,)),
        ("ExpectColumnValuesToBeUnique", {}, ()),
        ("ExpectColumnValuesToNotBeNull", {}, (4,)),
    ],
)
def test_integers_are_exact_beside_a_null(kind: str, kwargs: dict[str, Any], failing: tuple[int, ...]):
    found = asked(check(kind, column="x", **kwargs), x=pa.array([1, 2**53, 2**53 + 1, None]))
    assert found.rows == tuple((3, row) for row in failing)


def test_a_reference_by_several_fields_is_judged():
    said = dataset(
        fields=[column("site"), column("x"), column("y", "integer")],
        references=[{"fields": ["x", "y"], "dataset": "d", "to": ["p", "q"]}],
    )
    tables = {"d": texts(p=["a", "b"], q=["1", "2"])}
    assert agree(said, tables, x=["a", "b", "a", None], y=["1", "1", "?", "9"]) == {"y.type": [3], "y.reference": [2]}


@pytest.mark.parametrize(
    ("kind", "pattern", "cells", "limits"),
    [
        ("month", "%Y-%m", ["2019-11", "2019-12", "2020-03", "2020-04"], ("2019-12", "2020-03")),
        ("quarter", "%YQ%q", ["2019Q3", "2019Q4", "2020Q1", "2020Q2"], ("2019-Q4", "2020-Q1")),
        ("week", "%Y-%V", ["2019-51", "2019-52", "2020-53", "2021-1"], ("2019-W52", "2020-W53")),
    ],
)
def test_periods_have_a_range(kind: str, pattern: str, cells: list[str], limits: tuple[str, str]):
    low, high = limits
    said = one(kind, date={"patterns": [pattern]}, constraints={"minimum": low, "maximum": high})
    assert agree(said, x=[*cells, ""]) == {"x.range": [1, 4]}


def test_times_far_away_are_judged():
    said = one("datetime", constraints={"minimum": "1900-01-01"})
    assert agree(said, x=["0002-01-01 00:00:00", "9999-12-30 00:00:00", "2026-07-01 00:00:00"]) == {"x.range": [1]}


def test_the_verdict_shows_what_was_heard():
    said = dataset(fields=[column("site"), column("x", "integer")])
    found = conform(said, find_columns(said, 3, texts(site=["a", "b"], x=["many", "1"])).table, {})
    result = {one.check.id: one for one in judged("rivers", found, checks(said, Suite(), {}, {}))}
    assert result["x.type"].examples == ({"fetch": 3, "row": 1, "value": "many"},)
    assert (result["x.type"].values, result["site.required"].values) == (("many",), ())
    assert result["x.type"].of({4}).rows == ()
    assert isinstance(result["x.type"].of({3}).elements, int)


def test_a_check_of_unread_texts_gets_few_columns_however_wide_the_table():
    """Great Expectations copies the frame for each check: with all columns in it, twice the columns cost four times."""
    names = ["_fetch", "_row", *[f"f{i}" for i in range(500)], *[shadow(f"f{i}") for i in range(500)]]
    for i in range(500):
        columns = _columns(check("ExpectColumnValuesToBeNull", column=shadow(f"f{i}")), names)
        assert shadow(f"f{i}") in columns
        assert len(columns) <= 32
