"""YAML by the 1.2 JSON schema: what other readers guess is text here."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.declaration import yaml12
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError


def read(tmp_path: Path, text: str | bytes) -> dict[str, Any]:
    path = tmp_path / "some.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "yes",
        "on",
        "off",
        "No",
        "True",
        "Null",
        "~",
        "2026-07-01",
        "12:30",
        "0x1f",
        "0o17",
        "010",
        "1_000",
        ".5",
        "+1",
        ".inf",
        ".nan",
        "=",
        "<<",
        "臺",
        "1.2.3",
    ],
)
def test_a_plain_word_stays_text(tmp_path: Path, word: str):
    assert read(tmp_path, f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("-0", 0),
        ("12", 12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ('"12"', "12"),
        ("[a, 1]", ["a", 1]),
        ("{b: no}", {"b": "no"}),
    ],
)
def test_json_values_are_values(tmp_path: Path, written: str, value: Any):
    found = read(tmp_path, f"a: {written}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_merge_key_is_a_key_like_any_other(tmp_path: Path):
    assert read(tmp_path, "<<: {a: 1}\n=: 2") == {"<<": {"a": 1}, "=": 2}


@pytest.mark.parametrize(("depth", "right"), [(99, True), (100, False)])
def test_a_hundred_lists_in_one_another_are_enough(tmp_path: Path, depth: int, right: bool):
    text = f"a: {'[' * (depth - 1)}{']' * (depth - 1)}"
    if right:
        assert "a" in read(tmp_path, text)
        return
    with pytest.raises(DeclarationError, match="nested hundreds deep"):
        read(tmp_path, f"a: {'[' * 200}{']' * 200}")


def test_a_field_may_be_named_no(tmp_path: Path):
    assert read(tmp_path, "no: 1\nyes: 2") == {"no": 1, "yes": 2}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, "'a' stands twice"),
        ("a:\n  b: 1\n  b: 2", 3, "'b' stands twice"),
        ("a: &x [1]\nb: *x", 2, "alias"),
        ("a: 1\n5: 2", 2, "5 is not text"),
        ("a: 1\ntrue: 2", 2, "True is not text"),
        ("a: 1\n? [x]\n: 2", 2, "not text"),
        (
            "a: !!python/object:os.system x",
            1,
            "a tag is not allowed: remove 'tag:yaml.org,2002:python/object:os.system'",
        ),
        ("a: !own x", 1, "a tag is not allowed: remove '!own'"),
        ("a: 1\nb: !!set {c}", 2, "a tag is not allowed"),
        ("a: !!timestamp 2026-07-01", 1, "a tag is not allowed"),
        ("a: !!binary aGk=", 1, "a tag is not allowed"),
        ("a: !!int no", 1, "a tag is not allowed"),
        ("a: ! b", 1, "a tag is not allowed"),
        ("a: 1\nb: !!omap [c: 1]", 2, "a tag is not allowed: remove 'tag:yaml.org,2002:omap', and write text"),
        ("a: !!pairs [c: 1]", 1, "a tag is not allowed"),
        ("a: !!str 5", 1, "a tag is not allowed"),
        ("a: !!merge x", 1, "a tag is not allowed"),
        ("a: !<tag:yaml.org,2002:set> {c}", 1, "a tag is not allowed"),
        ("%TAG !e! tag:yaml.org,2002:\n---\na: !e!set {c}", 3, "a tag is not allowed"),
        ("!!map {a: 1}", 1, "a tag is not allowed"),
        ("!!set {a}", 1, "a tag is not allowed"),
        ("!!str a: 1", 1, "a tag is not allowed"),
        ("a: &x {b: 1}\nc:\n  <<: *x", 3, "alias .* is not allowed: write what it stands for"),
        ("a: 1\nb: " + "9" * 5_000, 2, "a number of 5,000 digits: expected an integer from -9007199254740991 to"),
        ("a: -9007199254740992", 1, "a number of 16 digits: expected an integer"),
        ("a: 1e999", 1, "'1e999' is more than a number can hold"),
        ("a: [-1E+400]", 1, "more than a number can hold"),
        ("a: " + "9" * 400 + ".5", 1, "more than a number can hold"),
        ('a: "\\ud800"', 1, "half of a character"),
        ('"\\udfff": 1', 1, "half of a character"),
        ('a: "\\U00110000"', 1, "there is no such character"),
        ('a: "\\Uffffffff"', 1, "there is no such character"),
        ("a: [1", 1, "expected"),
        ("a: b: c", 1, "mapping values"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a:\n\tb: 2", 2, "cannot start any token"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, text: str, line: int, words: str):
    with pytest.raises(DeclarationError, match=words) as raised:
        read(tmp_path, text)
    assert f"some.yaml:{line}: " in str(raised.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"- a", "expected keys and values, found list"),
        (b"", "expected keys and values, found NoneType"),
        ("a: 臺".encode("big5"), "not UTF-8 at byte 3"),
        (b"a: " + b"x" * yaml12.MAX_BYTES, "more than"),
        (b"a: 1\nb: \x01", r"some\.yaml:2: not YAML: the character U\+0001 is not allowed"),
        (b"a: b\n\n\x7f: 1", r"some\.yaml:3: not YAML: the character U\+007F is not allowed"),
    ],
)
def test_what_is_no_declaration_is_refused(tmp_path: Path, body: bytes, words: str):
    with pytest.raises(DeclarationError, match=words):
        read(tmp_path, body)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str):
    with pytest.raises(DeclarationError, match="cannot be read"):
        read_yaml(tmp_path / name)


@pytest.mark.parametrize("text", ["[" * 3000 + "]" * 3000, "{a: " * 3000 + "}" * 3000], ids=["lists", "mappings"])
def test_deep_nesting_is_a_fault_of_the_file(tmp_path: Path, text: str):
    with pytest.raises(DeclarationError, match=r"some\.yaml: .*nested hundreds deep"):
        read(tmp_path, f"a: {text}")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path):
    assert read(tmp_path, b"\xef\xbb\xbfa: 1") == {"a": 1}


def test_the_fast_and_the_plain_reader_say_the_same_of_what_is_right():
    paths = sorted((Path(__file__).parents[3] / "datasets").glob("*/*.yaml"))[::7]
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        fast, plain = (yaml.load(text, Loader=loader) for loader in (yaml12._FastLoader, yaml12._Loader))
        assert fast == plain, path
