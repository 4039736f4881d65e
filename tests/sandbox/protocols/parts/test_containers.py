"""Several tables in one file, read by the programs of others."""

import io
import zipfile

from python_calamine import load_workbook

from sandbox.protocols.parts.containers import ods_bytes, zip_bytes


def test_a_zip_file_holds_its_members_in_order_and_no_time() -> None:
    body = zip_bytes({"b.csv": b"1", "a.csv": b"2"})
    assert body == zip_bytes({"b.csv": b"1", "a.csv": b"2"})
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"b.csv": b"1", "a.csv": b"2"}
        assert archive.namelist() == ["b.csv", "a.csv"]


def test_a_workbook_has_texts_and_numbers_as_they_are() -> None:
    body = ods_bytes({"甲縣": [["", "民國 <115> 年"], ["計", "1,234", "12.5", "007"]], "乙": [["x"]]})
    workbook = load_workbook(io.BytesIO(body))
    assert workbook.sheet_names == ["甲縣", "乙"]
    rows = workbook.get_sheet_by_name("甲縣").to_python()
    assert rows == [["", "民國 <115> 年", "", ""], ["計", "1,234", 12.5, "007"]]
