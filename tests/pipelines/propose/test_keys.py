"""The key is proved on the rows."""

import pyarrow as pa

from pipelines.propose.fields import ProposedField
from pipelines.propose.keys import find_key, of_names


def fields(**kinds: str) -> list[ProposedField]:
    return [ProposedField({"name": name, "type": kind}) for name, kind in kinds.items()]


def test_the_fewest_fields_and_codes_before_words() -> None:
    rows = pa.table({"name": ["a", "b", "c"], "code": ["1x", "2x", "3x"], "value": [1.0, 2.0, 3.0]})
    assert find_key(rows, fields(name="string", code="string", value="number")).fields == ("code",)


def test_of_few_rows_a_code_is_the_key_rather_than_a_time() -> None:
    rows = pa.table({"day": ["3", "2", "1"], "code": ["1x", "2x", "3x"]})
    found = find_key(rows, fields(day="year", code="string"))
    assert (found.fields, found.rivals, found.is_weak) == (("code",), (("day",),), True)
    many = pa.table({"day": [str(-n) for n in range(40)], "code": [f"{n}x" for n in range(40)]})
    found = find_key(many, fields(day="year", code="string"))
    assert (found.fields, found.rivals, found.is_weak) == (("day",), (), False)
    assert of_names(fields(note="string", code="string")).fields == ("code",)


def test_what_counts_rows_or_has_no_value_is_no_key() -> None:
    rows = pa.table(
        {"n": [1, 2, 3, 4], "a": ["x", "x", "y", "y"], "b": ["1", "2", "1", "2"], "c": ["p", "q", "r", None]}
    )
    assert find_key(rows, fields(n="integer", a="string", b="string", c="string")).fields == ("a", "b")


def test_rows_that_are_alike_are_one_beside_values_and_two_in_a_list() -> None:
    rows = pa.table({"a": ["x", "x", "y"], "v": [1, 1, 2]})
    found = find_key(rows, fields(a="string", v="integer"))
    assert (found.fields, found.rows, found.same, found.occurrence) == (("a",), 2, 1, False)
    found = find_key(rows.select(["a"]), fields(a="string"))
    assert (found.fields, found.rows, found.twice, found.occurrence) == (("a",), 3, 2, True)


def test_a_few_keys_that_stand_twice_are_told() -> None:
    count = 1_000
    rows = pa.table({"a": [f"s{n}" for n in range(count)] + ["s7"], "v": [float(n) for n in range(count + 1)]})
    found = find_key(rows, fields(a="string", v="number"))
    assert (found.fields, found.twice, found.occurrence) == (("a",), 2, False)


def test_five_fields_are_found_by_leaving_out_the_others() -> None:
    bits = [[str(n >> at & 1) for n in range(64)] for at in range(6)]
    rows = pa.table({f"f{at}": column for at, column in enumerate(bits)} | {"more": ["x", "y"] * 32})
    kinds = {f"f{at}": "string" for at in range(6)} | {"more": "string"}
    assert len(find_key(rows, fields(**kinds)).fields) == 6
