"""`corrections` of a declaration: what each must say, and what of it rows depend on."""

from typing import Any

import pytest
from worlds import column, correction, dataset

from catalog.errors import DeclarationError

ONE = correction()


def test_rows_depend_on_what_is_corrected_and_not_on_the_words():
    said = dataset(corrections=[ONE])
    assert said.meaning()["corrections"] == [
        {name: ONE[name] for name in ("id", "when", "field", "found", "value", "until")}
    ]
    assert said.minsheng.corrections[0].check == "correction.stuck"
    assert "corrections" not in dataset().meaning(), "the fingerprints of other datasets stay"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"when": {"level": "1"}}, "stuck: when: expected the fields of the key, site, found level"),
        ({"when": {"site": "a", "level": "1"}}, "found level, site"),
        ({"field": "height"}, "'height' is no field with a text of its own; fields: site, level"),
        ({"field": "both"}, "'both' is no field with a text of its own"),
        ({"value": "9999"}, "stuck: found and value are the same text, '9999'"),
        ({"until": "2026-06-30"}, "stuck: it ends on 2026-06-30, before it was reported on 2026-07-01"),
        ({"until": "2026-02-30"}, "'2026-02-30' is no day"),
        ({"until": "soon"}, "expected a text that matches the pattern"),
        ({"id": "Stuck"}, "expected a text that matches the pattern"),
        ({"reason": "x"}, "expected both languages"),
    ],
)
def test_a_correction_that_says_too_little_or_something_else_is_refused(change: dict[str, Any], told: str):
    fields = [column("site"), column("level", "number"), column("both", join={"fields": ["site", "level"]})]
    with pytest.raises(DeclarationError) as raised:
        dataset(fields=fields, corrections=[ONE | change])
    assert told in str(raised.value)


def test_an_id_stands_once():
    with pytest.raises(DeclarationError, match="the id 'stuck' stands twice"):
        dataset(corrections=[ONE, ONE])


def test_a_number_that_is_counted_is_not_part_of_what_names_rows():
    fields = [column("site"), column("level", "number"), column("turn", "integer", occurrence=True)]
    said = dataset(fields=fields, key=["site", "turn"], load="replace", corrections=[ONE])
    assert said.minsheng.corrections
