"""Formats are found by the name of their file."""

import importlib
import pkgutil
from typing import Any

import pytest
from agency_columns import rows_of
from pydantic import ValidationError

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines import decode


def test_the_formats_are_these():
    assert decode.known() == [
        "csv",
        "fixed",
        "geojson",
        "html",
        "javascript",
        "json",
        "ndjson",
        "ods",
        "xls",
        "xlsx",
        "xml",
        "zip",
    ]


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(decode.__path__)])
def test_a_file_is_a_format_or_shared(name: str):
    module = importlib.import_module(f"pipelines.decode.{name}")
    is_format = issubclass(getattr(module, "Reading", object), Strict) and callable(getattr(module, "decode", None))
    assert (name in decode.known()) == (is_format and name != "sheets")


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"no '\.\./csv'; known: csv, fixed, geojson, "):
        decode.find("../csv")


REPORTS = {
    "format": "json",
    "readings": [{"reading": {"records": "records.Earthquake"}}, {"reading": {"shape": "single"}, "has": ["no"]}],
}


@pytest.mark.parametrize("body", [b'{"records": {"Earthquake": [{"No": 1}]}}', b'{"No": 1}'])
def test_the_first_of_several_readings_that_fits_is_read(body: bytes):
    assert rows_of(decode.Formatted.model_validate(REPORTS).records(body)) == [{"No": "1"}]


def test_where_none_fits_each_is_told():
    with pytest.raises(
        SourceError, match=r"of 2 readings to fit, found none; 1: .*Earthquake.*; 2: .*column 'no', found"
    ):
        decode.Formatted.model_validate(REPORTS).records(b'{"message": "down"}')


def test_a_reading_may_be_of_another_format():
    said = {"format": "json", "readings": [{}, {"format": "csv", "reading": {"separator": ";"}}]}
    assert rows_of(decode.Formatted.model_validate(said).records(b"a;b\n1;2\n")) == [{"a": "1", "b": "2"}]
    assert decode.Formatted.model_validate(said).reading == decode.find("json").Reading()


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (REPORTS | {"reading": {"records": "x"}}, "reading, readings: write one of them"),
        ({"format": "json", "readings": [{"format": "csv"}]}, "the first is of the format that `format` names"),
        ({"format": "json", "readings": [{}, {"reading": {"skip": 1}}]}, "skip: is not known"),
        ({"format": "json", "readings": [{}, {"red": 1}]}, "red"),
    ],
)
def test_readings_that_contradict_are_refused(said: dict[str, Any], fault: str):
    with pytest.raises(ValidationError, match=fault):
        decode.Formatted.model_validate(said)


def test_members_of_a_zip_may_have_several_readings():
    model = decode.find("zip").Reading
    assert model.model_validate({"member": "*"} | REPORTS).readings[1].has == ("no",)
