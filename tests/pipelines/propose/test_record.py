"""Records of the portal data.gov.tw."""

import json

import pytest

from catalog.errors import SourceError
from pipelines.propose.record import is_record, read_record

RECORD = {
    "success": True,
    "result": {
        "datasetId": 9999,
        "title": "海水浴場水質檢驗結果",
        "titleEn": "Bathing water",
        "keyword": ["海灘", "水質"],
        "distribution": [
            {
                "resourceDownloadUrl": "https://data.example.gov.tw/a.csv",
                "fieldDescription": "beach(海灘)、sampledate(採樣日期)",
            }
        ],
    },
}


def test_titles_keywords_columns_and_addresses() -> None:
    record = read_record(json.dumps(RECORD).encode("utf-8-sig"))
    assert (record.title, record.title_en, record.number) == ("海水浴場水質檢驗結果", "Bathing water", "9999")
    assert (record.keywords, record.addresses) == (("海灘", "水質"), ("https://data.example.gov.tw/a.csv",))
    assert (record.title_of("SampleDate"), record.title_of("other")) == ("採樣日期", None)


def test_a_row_of_the_export_is_a_record_too() -> None:
    row = {"資料集識別碼": 6, "資料集名稱": "雨量", "資料下載網址": "https://a.gov.tw/1.csv;https://a.gov.tw/2.json"}
    assert read_record(json.dumps([row]).encode()).addresses == ("https://a.gov.tw/1.csv", "https://a.gov.tw/2.json")


def test_data_are_no_record() -> None:
    assert not is_record(b'[{"title": "a"}]')
    assert not is_record(b"a,b\n1,2\n")
    with pytest.raises(SourceError, match="an object with a title"):
        read_record(b'{"records": []}')
