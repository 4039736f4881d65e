"""How an answer is asked for again."""

import pytest

from catalog.declaration.dataset import Agency
from catalog.errors import DecisionError
from pipelines.propose.source import name_in, source_at, source_of_file

TITLE = {"en": "Waters", "zh-TW": "水"}
AGENCIES = {
    "waters": Agency.model_validate({"title": TITLE, "homepage": "https://w.example", "hosts": ["data.w.example"]}),
    "ours": Agency.model_validate({"title": TITLE, "homepage": "https://o.example"}),
}


def test_a_key_in_an_address_is_taken_out() -> None:
    asked = source_at("https://data.w.example/api?api_key=0123456789abcdef&format=csv", AGENCIES)
    assert asked.source == {
        "protocol": "file",
        "address": "https://data.w.example/api?format=csv",
        "key": {"env": "WATERS_API_KEY", "query": "api_key"},
    }
    assert "0123456789abcdef" not in str(asked)


def test_a_query_without_a_key_stays_as_it_is_written() -> None:
    address = "https://data.w.example/api?q=%E6%B0%B4+1&b="
    assert source_at(address, AGENCIES).source["address"] == address


def test_a_host_that_no_agency_lists_is_not_asked() -> None:
    with pytest.raises(DecisionError, match=r"hosts: \[other.example\]"):
        source_at("https://other.example/x", AGENCIES)
    with pytest.raises(DecisionError, match="https"):
        source_at("http://data.w.example/x", AGENCIES)


def test_whose_a_file_is_is_asked_unless_it_is_said() -> None:
    assert any("whose file" in note for note in source_of_file("a b.csv", "x/a b.csv", AGENCIES, None).notes)
    said = source_of_file("a b.csv", "x/a b.csv", AGENCIES, "waters")
    assert (said.source["address"], len(said.notes)) == ("https://data.w.example/a-b.csv", 1)
    with pytest.raises(DecisionError, match="there are waters"):
        source_of_file("a.csv", "a.csv", AGENCIES, "ours")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("https://a.gov.tw/api/RODS_Influenza.csv?x=1", "rods-influenza"),
        ("parking/2023-12-26.json", "parking"),
        ("a/000_20240612T164123.csv.gz", "new-dataset"),
        ("雨量/雨量.csv", "new-dataset"),
    ],
)
def test_the_name_of_the_folder(place: str, name: str) -> None:
    assert name_in(place) == name
