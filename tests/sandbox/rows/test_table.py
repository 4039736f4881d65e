"""The table of each kind of rows: it depends on the sandbox.yaml and the moment only."""

import pytest
from simulated import AIR, CDC, CROPS, DATASETS, NIGHT_1, NIGHT_2, table_of

from sandbox.rows.growing_table import growing_table_at
from sandbox.rows.moving_window import moving_window_at
from sandbox.rows.table import table_at
from sandbox.spec import load

LOADED = load(DATASETS)


@pytest.mark.parametrize("slug", [AIR, CDC, CROPS])
def test_the_same_moment_gives_the_same_rows(slug: str) -> None:
    first = table_of(LOADED[slug], NIGHT_1)
    assert table_of(LOADED[slug], NIGHT_2) != first
    assert table_of(load(DATASETS)[slug], NIGHT_1) == first


def test_another_seed_gives_other_rows() -> None:
    dataset = LOADED[AIR]
    rows = table_of(dataset, NIGHT_1).rows
    other = table_at(dataset.file.rows.kind, dataset.entities, dataset.file.seed + 1, NIGHT_1).rows
    assert len(other) == len(rows)
    assert other != rows


def test_the_kind_of_rows_decides_who_makes_them() -> None:
    window, ledger = LOADED[AIR].file.rows.window, LOADED[CDC].file.rows.ledger
    assert window is not None
    assert ledger is not None
    assert table_of(LOADED[AIR], NIGHT_1) == moving_window_at(window, LOADED[AIR].entities, 432, NIGHT_1)
    assert table_of(LOADED[CDC], NIGHT_1) == growing_table_at(ledger, LOADED[CDC].entities, 120711, NIGHT_1)


@pytest.mark.parametrize("slug", [AIR, CDC, CROPS])
def test_every_row_has_every_column(slug: str) -> None:
    table = table_of(LOADED[slug], NIGHT_1)
    assert {tuple(row) for row in table.rows} == {tuple(table.columns)}
    assert table.as_of <= NIGHT_1
