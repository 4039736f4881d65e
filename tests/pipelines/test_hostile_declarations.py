"""Whatever a steward writes for a value, `check` says that it is right, or where it is wrong: never a traceback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nights import DAILY, MONTHS
from worlds import AGENCIES, SLUG, column, declaration, text

from catalog.release.digest import canonical
from pipelines.declared import Declarations
from pipelines.validate import validate

Path_ = tuple[str | int, ...]
SIGNS = "\x00\x1b\u202e臺\U0001f600'\"{}[]|\\&*#%@`,:\n\t "
NUMBERS = st.sampled_from([0, -1, 1, 366, 2**31, 2**53 - 1, 2**53, -(2**63), 10**400, 0.1, -0.0, 1e308, 5e-324])
WORDS = """
no ~ ../x /etc/passwd (a*)*b [ \\ % %Y%Y Asia Asia/../.. https:// x.sql ExpectColumn 0m a{99999999} (?a) \\p{L} {,3}
"""
LONG = ["0 0 31 2 *", "a" * 5000, "9" * 5000 + "d", "(" * 900, "[" * 300, "m" * 99, "(" * 400 + ")" * 400]
ANY = st.one_of(st.sampled_from(SIGNS), st.characters(exclude_categories=["Cs"]))
TEXTS = st.one_of(st.sampled_from(["", " ", *WORDS.split(), *LONG]), st.text(alphabet=ANY, max_size=12))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.integers(), FLOATS, TEXTS)
KEYS = TEXTS.map(lambda key: key[:40])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def full() -> dict[str, Any]:
    """A declaration in which nearly every word is used."""
    fields = [
        *DAILY,
        column("state", categories=[{"value": "dry", "label": text("Dry")}], constraints={"pattern": "[a-z]+"}),
        column("code", codes={"map": {"甲": "a"}, "other": "keep"}, heard_as=["代碼", "code"], strip="markup"),
        column("part", split={"separator": "/", "part": 1}, severity={"required": "warn"}, publish="no"),
        column("flag"),
        column(
            "index",
            "integer",
            unit="{cases}",
            scale=10,
            missing_when={"text": "0", "when": {"state": ""}},
            flag={"field": "flag", "texts": ["#"]},
            constraints={"minimum": 0, "maximum": 9},
            missingValues=["", "-"],
        ),
        column("seen", "datetime", date={"patterns": ["%Y%m%d %H"], "calendar": "mixed", "zone": "UTC", "24:00": True}),
        column("open", "boolean", trueValues=["Y"], falseValues=["N"]),
    ]
    guards = {"removed": 0.5, "changed": 0.5, "age": "7d", "reason": text("Since July.")}
    guards |= {"rows": {"field": "day", "period": "day", "minimum": 1, "maximum": 9}}
    reading = {"skip": 1, "header": 1, "separator": ";", "encoding": "big5"}
    source = {"protocol": "file", "address": "https://waters.example/a.csv", "format": "csv", "reading": reading}
    said = declaration(SLUG, fields, guards=guards, source=source, due={"fetched": "3h", "valid": "1d"}, **MONTHS)
    said["minsheng"]["omit"] = [{"when": {"state": "test"}, "reason": text("No rows.")}]
    said["keywords"] = [text("water")]
    return said


OTHERS = {
    "moenv": {"protocol": "moenv", "dataset": "aqx_p_1", "limit": 10, "key_env": "A_KEY"},
    "moa": {"protocol": "moa", "resource": "Crops", "kinds": ["N04"], "since": "2020-01-01", "days": 3},
    "inline": {"protocol": "inline", "table": "table.csv"},
}
"""Sources of the other protocols; what is not right of them is not the point."""
QUALITY: dict[str, Any] = {
    "expectations": [
        {
            "id": "level-plausible",
            "type": "ExpectColumnValuesToBeBetween",
            "kwargs": {"column": "level", "min_value": 0, "max_value": 50},
            "severity": "warn",
            "reason": text("Worth a look."),
        }
    ]
}


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place of a document, the inner ones too."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(value: Any, path: Path_, new: Any) -> Any:
    """The same document, but for one place."""
    if not path:
        return new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(value[key], tuple(rest), new)  # type: ignore[index, call-overload]
    return copy


def checked(root: Path, said: Any, quality: Any = None, agencies: Any = None) -> list[str]:
    """What check says of a declaration; where it says nothing, all that a run makes of it can be made."""
    folder = root / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    place = {
        root / "agencies.yaml": agencies or AGENCIES,
        folder / "dataset.yaml": said,
        folder / "quality.yaml": quality,
    }
    for path, document in place.items():
        path.write_text(json.dumps(document or {"expectations": []}, ensure_ascii=False), encoding="utf-8")
    faults = validate(root, SLUG)
    for fault in faults:
        assert fault.startswith(str(root)), fault
        assert len(fault) < 10_000
    if not faults:
        declared = Declarations(root).of(SLUG)
        assert len(declared.fingerprint) == 64
        assert len(declared.suite_digest) == 64
        canonical(declared.fact)
    return faults


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def test_what_is_changed_is_right_before(root: Path) -> None:
    assert checked(root, full(), QUALITY) == []


EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@given(place=st.sampled_from(sorted(places(full()), key=str)), value=VALUES)
def test_any_value_of_a_declaration_is_right_or_told_with_its_place(root: Path, place: Path_, value: Any) -> None:
    checked(root, replaced(full(), place, value))


@EXAMPLES
@given(name=st.sampled_from(sorted(OTHERS)), data=st.data(), value=VALUES)
def test_any_parameter_of_any_protocol(root: Path, name: str, data: st.DataObject, value: Any) -> None:
    place = data.draw(st.sampled_from(sorted(places(OTHERS[name]), key=str)))
    checked(root, replaced(full(), ("minsheng", "source"), replaced(OTHERS[name], place, value)))


AGENCY = {"waters": AGENCIES["waters"] | {"pause_seconds": 1, "contact": "x", "clear_strict_x509": True}}


@settings(EXAMPLES, max_examples=80)
@given(place=st.sampled_from(sorted(places(AGENCY), key=str)), value=VALUES)
def test_any_value_of_an_agency(root: Path, place: Path_, value: Any) -> None:
    checked(root, full(), agencies=replaced(AGENCY, place, value))


@settings(EXAMPLES, max_examples=80)
@given(place=st.sampled_from(sorted(places(QUALITY), key=str)), value=VALUES)
def test_any_value_of_a_suite(root: Path, place: Path_, value: Any) -> None:
    checked(root, full(), replaced(QUALITY, place, value))
