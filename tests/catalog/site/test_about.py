"""What a declaration says of a dataset is read once, and nothing of it can become an address that it should not."""

import dataclasses

from lands import CODES
from worlds import World

from catalog.site.about import About, about, made_of
from catalog.site.sources import Reader, Released


def one(land: World, slug: str) -> Released:
    return Reader(land.public).released(land.newest(slug))


def test_it_says_whose_it_is_what_it_is_about_and_by_which_licence(land: World) -> None:
    said = about(one(land, "air"))
    assert said.made_of == made_of(land.newest("air"))
    assert (said.agency, said.agency_title.of("en"), said.homepage) == ("waters", "Waters", "https://waters.example")
    assert (said.topic, said.title.of("zh-TW"), said.is_reference) == ("air", "臺：air", False)
    assert [(each.name, each.path) for each in said.licences] == [("OGDL-Taiwan-1.0", "https://data.gov.tw/license")]
    assert about(one(land, "ponds")).topic == ""
    assert len(CODES) == 13


def test_it_comes_back_whole_from_the_ledger(land: World) -> None:
    said = about(one(land, "air"))
    assert About.model_validate(said.model_dump(), strict=True) == said


def test_what_is_no_name_stands_in_no_address(land: World) -> None:
    released = one(land, "air")
    declared = released.declared | {"minsheng": {"agency": "../../x", "topic": "a b"}, "licenses": [{"name": "x"}]}
    declared |= {"contributors": [{"title": {"en": "Dust", "zh-TW": "塵"}, "roles": ["publisher"], "email": "a@b.tw"}]}
    said = about(dataclasses.replace(released, declaration={"dataset": declared}))
    assert (said.agency, said.topic, said.homepage, said.email) == ("", "", "", "a@b.tw")
    assert said.agency_title.of("en") == "Dust"
    assert said.licences[0].title.of("en") == ""
