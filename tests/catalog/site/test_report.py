"""A letter names what it is about, and whatever a title says stays text of its subject."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from markup import HOSTILE

from catalog.site.report import MOST_TITLE, letter
from catalog.site.words import words

EN, ZH = words("en"), words("zh-TW")


def test_a_letter_names_dataset_and_release_and_asks_for_the_row() -> None:
    parts = urlsplit(letter(EN, "data@example.tw", "air", "Air", 7))
    said = parse_qs(parts.query)
    assert (parts.scheme, parts.path) == ("mailto", "data@example.tw")
    assert said["subject"] == ["Error in data: Air, release 7"]
    assert said["body"][0].startswith("Dataset: air\r\nRelease: 7\r\nWhich row")
    assert "第 7 版" in unquote(letter(ZH, "data@example.tw", "air", "空氣", 7))


def test_one_of_no_dataset_has_a_subject_and_without_a_reader_there_is_none() -> None:
    assert unquote(letter(EN, "a@b.tw")) == "mailto:a@b.tw?subject=Minsheng Open Data: an error"
    assert letter(EN, None, "air", "Air", 1) == ""


@pytest.mark.parametrize("text", [*HOSTILE, "a&cc=all@example.tw&body=x", "a\r\nbcc: x@y.z", "\ud800"])
def test_a_title_adds_no_field_to_a_letter(text: str) -> None:
    address = letter(EN, "a@b.tw", "air", text, 1)
    assert set(address) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:@?=&%._-~")
    said = parse_qs(urlsplit(address).query)
    assert set(said) == {"subject", "body"}
    assert "\n" not in said["subject"][0]
    assert len(said["subject"][0]) < MOST_TITLE + 40
