"""Keys: which are safe, how each is served, and which are written once."""

import pytest

from catalog import keys
from catalog.errors import StoreError

SHA = "0123456789abcdef" * 4
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("key", ["a", "datasets/air/data/air_2026-07.0a.csv.gz", "a+b/c=d@e_f", "0"])
def test_a_safe_key_is_returned(key: str) -> None:
    assert keys.check_key(key) == key


@pytest.mark.parametrize("key", ["a" * 256, "a/" + "b" * 256 + "/c", "/".join(["a" * 100] * 9), "a/" * 450 + "a"])
def test_what_is_too_long_for_some_store_is_refused(key: str) -> None:
    with pytest.raises(StoreError, match="expected at most 900 characters") as refused:
        keys.check_key(key)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "..", "a/../b", ".a", "a/.b", "-a", "a b", "空氣", "a\n"])
def test_what_is_no_safe_key_is_refused(key: str) -> None:
    with pytest.raises(StoreError, match="is not a key"):
        keys.check_key(key)


@pytest.mark.parametrize(
    ("key", "content_type", "immutable"),
    [
        (keys.document("air", 3), "application/json", True),
        (keys.pointer("air"), "application/json", False),
        (keys.releases("air"), "application/json", False),
        (keys.status("air"), "application/json", False),
        (keys.notice("air", 1), "application/json", True),
        (keys.sums("air", 3), "text/plain; charset=utf-8", False),
        (keys.spreadsheet("air", None, "xlsx"), XLSX, False),
        (keys.spreadsheet("air", "2026-07", "xlsx"), XLSX, False),
        (keys.spreadsheet("air", "2026-07", "csv"), "text/csv; charset=utf-8", False),
        (keys.spreadsheets("air"), "application/json", False),
        (keys.dataset("air", "data/a.csv.gz"), "application/gzip", True),
        (keys.dataset("air", "data/a.parquet"), "application/vnd.apache.parquet", True),
        (keys.dataset_page("air", "en"), "text/html; charset=utf-8", False),
        (keys.STYLE, "text/css; charset=utf-8", False),
        (keys.candidate("air", SHA), "application/json", True),
        (keys.waiting("air"), "application/json", False),
        (keys.blob(SHA), "application/octet-stream", True),
    ],
)
def test_only_what_never_changes_may_be_cached(key: str, content_type: str, immutable: bool) -> None:
    cache = "public, max-age=31536000, immutable" if immutable else "no-cache"
    assert keys.headers(key) == (content_type, cache)
    assert keys.create_only(key) is immutable
    assert keys.check_key(key) == key


def test_a_decision_and_the_kind_of_sources_are_written_once() -> None:
    assert keys.create_only(keys.decision("air", 1))
    assert keys.create_only(keys.SOURCE_KIND)


def test_a_file_of_the_site_may_be_cached_and_mended() -> None:
    key = keys.site_file("style", SHA, ".css")
    assert key == "site/style.0123456789abcdef.css"
    assert keys.headers(key) == ("text/css; charset=utf-8", "public, max-age=31536000, immutable")
    assert not keys.create_only(key)


def test_the_ministry_s_language_has_the_shorter_names() -> None:
    assert keys.home_page("zh-TW") == "index.html"
    assert keys.home_page("en") == "index.en.html"
    assert keys.release_page("air", 2, "en") == "datasets/air/release-2.en.html"


def test_files_for_spreadsheets_lie_together_unless_there_is_one_of_a_kind() -> None:
    assert keys.spreadsheet("air", "2026-07", "csv") == "datasets/air/excel/air_2026-07.csv"
    assert keys.spreadsheet("air", "2026-07", "csv").startswith(keys.spreadsheets_folder("air"))
    assert keys.spreadsheet("air", None, "xlsx") == "datasets/air/air.xlsx"


def test_numbers_of_the_private_store_sort_as_texts() -> None:
    assert sorted([keys.evidence("air", 10), keys.evidence("air", 9)])[0] == "evidence/air/00000009.json"
    assert keys.outcome("air", 9) == "evidence/air/00000009.outcome.json"


def test_a_file_s_name_says_which_bytes_it_has() -> None:
    assert keys.file_name("air_all", SHA, "csv.gz") == "air_all.0123456789abcdef.csv.gz"


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (keys.evidence("rivers", 7), 7),
        (keys.outcome("rivers", 12), 12),
        (keys.kept_document("rivers", 3), 3),
        (keys.document("rivers", 41), 41),
        (keys.sums("rivers", 5), 5),
        (keys.pointer("rivers"), None),
        (keys.failing("rivers"), None),
        ("datasets/rivers-2/status.json", None),
        ("datasets/rivers/datapackage-x.json", None),
    ],
)
def test_the_number_in_the_name_of_an_object(key: str, number: int | None) -> None:
    assert keys.number(key) == number
