"""How mature a release is: from its base and what changed, or counted anew."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from worlds import column, dataset, text

from catalog.declaration.pipeline import Block
from catalog.release.changes import compare
from catalog.release.maturity import maturity

FIELDS = [
    column("site"),
    column("state", categories=[{"value": value, "label": text(value)} for value in ("P", "R", "x")]),
]
WORDS = {"P": "preliminary", "R": "revised"}


def block(said: Any = None) -> Block:
    said = {"field": "state", "words": WORDS} if said is None else said
    return dataset(fields=FIELDS, maturity=said).minsheng


def table(**states: str | None) -> pa.Table:
    return pa.table({"site": pa.array(states, pa.string()), "state": pa.array(states.values(), pa.string())})


def never() -> Iterable[pa.Table]:
    raise AssertionError("no partition needs to be read")


def moved(old: pa.Table, new: pa.Table) -> pa.Table:
    return compare(old, new, ["site"])


def test_a_word_knows_since_when():
    first = maturity(block("preliminary"), None, 1, None, never)
    assert first == {"word": "preliminary", "since": 1}
    assert maturity(block("preliminary"), first, 7, None, never) == first
    assert maturity(block("validated"), first, 7, None, never) == {"word": "validated", "since": 7}
    assert maturity(dataset(fields=FIELDS).minsheng, first, 7, None, never) is None


def test_rows_are_counted_once_and_then_followed():
    old = table(a="P", b="P", c="x", d=None)
    first = maturity(block(), None, 1, None, lambda: [old.slice(0, 2), old.slice(2)])
    assert first == {
        "field": "state",
        "words": WORDS,
        "rows": {"preliminary": 2, "unsaid": 2},
        "changed": [],
        "since": 1,
    }
    new = table(a="R", b="P", c="R", e="P")
    second = maturity(block(), first, 2, moved(old, new), never)
    assert second
    assert second["rows"] == {"preliminary": 2, "revised": 2}
    assert second["changed"] == [
        {"from": "preliminary", "to": "revised", "rows": 1},
        {"from": "unsaid", "to": "revised", "rows": 1},
    ]
    assert second["since"] == 2
    third = maturity(block(), second, 3, moved(new, table(a="R", b="P", c="R")), never)
    assert third
    assert (third["rows"], third["changed"], third["since"]) == ({"preliminary": 1, "revised": 2}, [], 2)


def test_other_words_or_an_unknown_base_are_counted_anew():
    old = table(a="P", b="x")
    first = maturity(block(), None, 1, None, lambda: [old])
    other = block({"field": "state", "words": WORDS | {"x": "validated"}})
    again = maturity(other, first, 2, moved(old, old), lambda: [old])
    assert again
    assert (again["rows"], again["since"]) == ({"preliminary": 1, "validated": 1}, 2)
    refolded = maturity(block(), first, 3, None, lambda: [old, table(c="R")])
    assert refolded
    assert refolded["rows"] == {"preliminary": 1, "revised": 1, "unsaid": 1}
