"""Values say more than names: key by key where both have the keys, else as sets; an unreadable column is never it."""

import pyarrow as pa
import pytest
from worlds import column, dataset, texts

from pipelines.drift.changes import Past
from pipelines.drift.likeness import Likeness, likeness, loose, pairs

FIELDS = [column("site"), column("name"), column("level", "number")]
BEFORE = pa.table({"site": ["a", "b", "c", "d"], "name": ["甲", "乙", "丙", "丁"], "level": [1.0, 2.0, 3.0, 4.0]})


def past(rows: pa.Table = BEFORE) -> Past:
    return Past(rows, rows.num_rows, ("site",), frozenset(), {})


def alike(field: str, column_name: str, *, of: Past | None = None, **records: list[str | None]) -> Likeness:
    said = dataset(fields=FIELDS)
    return likeness(loose(said), said.field(field), column_name, texts(**records), of or past())


def test_equal_values_of_equal_keys_convince_whatever_the_name() -> None:
    found = alike("level", "x", site=["a", "b", "c", "d"], x=["1", "2", "3", "9"])
    assert (found.values, found.readable, found.convinces) == (0.75, 1.0, False)
    assert alike("level", "x", site=["a", "b", "c", "d"], x=["1", "2", "3", "4"]).convinces
    assert alike("name", "x", site=["d", "c", "b", "a"], x=["丁", "丙", "乙", "甲"]).values == 1


def test_a_key_is_known_by_its_values_as_a_set() -> None:
    assert alike("site", "id", id=["b", "c", "d", "e"], name=["z"] * 4).values == 0.75


@pytest.mark.parametrize(("cells", "convinces"), [(["1", "2"], True), (["x", "y"], False), ([None, ""], True)])
def test_without_a_release_the_name_decides_and_cells_must_be_readable(
    cells: list[str | None], convinces: bool
) -> None:
    none = past(BEFORE.slice(0, 0))
    assert alike("level", "Level_m", of=none, site=["a", "b"], Level_m=cells).convinces is convinces
    assert not alike("level", "depth", of=none, site=["a", "b"], depth=cells).convinces


def test_rows_are_paired_by_the_key_without_its_times_where_the_times_are_new() -> None:
    def day(n: int) -> pa.Table:
        return BEFORE.append_column("day", pa.array([n] * 4, pa.int32()).cast(pa.date32()))

    of_days = Past(day(1), 4, ("site", "day"), frozenset({"day"}), {})
    both = pairs(day(2), of_days, "level")
    assert both is not None
    assert both.before.tolist() == both.now.tolist()
    assert pairs(day(2).slice(0, 2), of_days, "level") is None
