"""Words that are codes of a reference table that is declared."""

from pathlib import Path

from proposing import folder_of

from pipelines.propose.codes import as_boolean, coded_by, reference_tables


def test_a_table_that_knows_the_words_gives_codes(tmp_path: Path) -> None:
    tables = reference_tables(folder_of(tmp_path, "counties", "county-spellings"))
    assert {(table.dataset, table.column) for table in tables} == {
        ("counties", "code"),
        ("county-spellings", "spelling"),
    }
    words = ["臺北市", "台中縣", "金門縣", "新北市", "連江縣", "宜蘭縣", "花蓮縣", "臺東縣", "屏東縣", "嘉義縣", "火星"]
    coded = coded_by(words, tables)
    assert coded is not None
    assert (coded.table.dataset, coded.table.value, coded.table.refers) == (
        "county-spellings", "county_code", ("counties", "code")
    )  # fmt: skip
    assert coded.strange == ["火星"]
    assert coded_by(["甲", "乙", "臺北市"], tables) is None


def test_two_words_that_are_true_and_false() -> None:
    assert as_boolean(["否", "是"]) == {"type": "boolean", "trueValues": ["是"], "falseValues": ["否"]}
    assert as_boolean(["true", "false"]) == {"type": "boolean"}
    assert as_boolean(["是"]) is None
    assert as_boolean(["男", "女"]) is None
