"""Formats are found by the name of their file."""

import importlib
import pkgutil

import pytest

from catalog.declaration.strict import Strict
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
