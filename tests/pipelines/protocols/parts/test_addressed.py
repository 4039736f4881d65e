"""Where and how it is asked, as declared; over HTTP it is in `test_file_asked`."""

import datetime as dt
import pickle

import pytest

from catalog.errors import SourceError
from pipelines.protocols import file
from pipelines.protocols.parts.addressed import MOST_ADDRESSES, Answered

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
SAID = {"address": ["https://a.example/{c}", "https://a.example/x"], "format": "csv", "over": {"c": ["p", "q"]}}


def test_units_are_all_addresses_with_all_values_and_survive_a_process():
    source = file.Source(**SAID)
    filled = source.filled(source.combinations(NOW), [Answered(200), Answered(404)])
    again = pickle.loads(pickle.dumps(filled))
    assert [unit.address for unit in again.units] == [SAID["address"][0]] * 2 + [SAID["address"][1]] * 2
    assert again.gaps == 1
    assert source.units[0].values == {}  # the declared one is as it was


def test_too_many_addresses_are_not_asked():
    over = {"c": [str(i) for i in range(MOST_ADDRESSES)]}
    with pytest.raises(SourceError, match="at most 5,000 addresses"):
        file.Source(**SAID | {"over": over}).combinations(NOW)


def test_a_column_that_was_not_read_fills_nothing():
    source = file.Source(**SAID | {"over": {"c": {"dataset": "sites", "column": "code"}}})
    with pytest.raises(SourceError, match=r"expected values to fill \{c\} with"):
        source.combinations(NOW)
    assert source.told((), {"c": ("z",)}).combinations(NOW) == [{"c": "z"}]
