"""Which protocols there are, and which parameters each takes."""

from typing import Any

import pytest
from worlds import dataset

from catalog.errors import DeclarationError
from pipelines.protocols import (
    as_window_protocol,
    check_window,
    file,
    in_fields,
    inline,
    load_protocol,
    moa,
    protocol_names,
)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"protocol": "ftp"}, "minsheng.source.protocol: no 'ftp'; known: derived, file, inline, moa, moenv, rest"),
        ({"protocol": "words"}, "no 'words'"),
        ({"protocol": "../file"}, "no '../file'"),
        ({"protocol": "file", "format": "csv"}, "minsheng.source: address: is required and missing"),
        ({"protocol": "file", "address": "http://a.example/x", "format": "csv"}, "address"),
        ({"protocol": "file", "address": "https://a@b.example/x", "format": "csv"}, "address"),
        ({"protocol": "file", "address": "https://a.example/x?api_key=1", "format": "csv"}, "'api_key' says a key"),
        ({"protocol": "file", "address": "https://a.example/{%Y}.csv", "format": "csv"}, "nothing fills '{%Y}'"),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "pdf"},
            "format: no 'pdf'; known: csv, .*json",
        ),
        ({"protocol": "file", "address": "https://a.example/x", "format": "text"}, "format: no 'text'; known: csv"),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "csv", "reading": {"encodng": "big5"}},
            "minsheng.source: reading: csv: encodng: is not known; known here: after, columns, comment, .*encoding",
        ),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "csv", "reading": {"skip": -1, "x": 1}},
            "reading: csv: skip: expected 0 or more.*; csv: x: is not known",
        ),
        ({"protocol": "inline", "table": "../other.csv"}, "table"),
        ({"protocol": "inline", "table": "/etc/passwd"}, "table"),
        ({"protocol": "inline", "tabel": "x.csv"}, "tabel: is not known; known here: table"),
        ({"protocol": "moenv", "dataset": "AQX"}, "dataset"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "limit": 1001}, "limit"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "key_env": "x y"}, "key_env"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "host": "a/b"}, "host"),
    ],
)
def test_wrong_parameters_name_what_is_known(source: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words):
        load_protocol(source, "rivers")


def test_a_protocol_is_a_file():
    assert {"file", "inline", "moenv"} <= set(protocol_names())
    module, source = load_protocol(dataset().minsheng.source, "rivers")
    assert module is file
    assert source.address == ("https://waters.example/rivers.csv",)


def test_a_protocol_that_is_not_asked_for_windows_names_those_that_are():
    assert as_window_protocol(moa, "rivers") is moa
    with pytest.raises(DeclarationError, match=r"rivers: minsheng\.load: window: .* those that are: file, moa, rest"):
        as_window_protocol(inline, "rivers")


@pytest.mark.parametrize("declared", [{}, {"day": "at"}, {"day": "at", "kind": "kind", "market": "market"}])
def test_a_declaration_names_a_field_for_each_part_of_a_window(declared: dict[str, str]):
    check_window(moa, None, {"day": "at", "kind": "kind"}, "rivers")
    with pytest.raises(DeclarationError, match="expected a field for each of day, kind, found"):
        check_window(moa, None, declared, "rivers")


def test_a_window_in_declared_fields():
    window = {"day": ("2026-04-17", "2026-04-18"), "kind": ("N04", "N04")}
    fields = {"day": "traded_on", "kind": "kind"}
    assert in_fields(window, fields) == {"traded_on": ["2026-04-17", "2026-04-18"], "kind": ["N04", "N04"]}
    with pytest.raises(DeclarationError, match=r"expected minsheng\.window to name the field for 'kind', found day"):
        in_fields(window, {"day": "traded_on"})
