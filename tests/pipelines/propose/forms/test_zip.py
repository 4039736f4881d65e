"""Members of a zip file."""

import io
import zipfile

from pipelines.propose.forms.zip import see


def packed(**members: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_csv", ".csv").replace("_txt", ".txt"), text)
    return body.getvalue()


def test_the_only_member_several_alike_and_one_of_them() -> None:
    rows = "a,b\nx,1\ny,2\n"
    one = see(packed(a_csv=rows))
    both = see(packed(a_csv=rows, b_csv=rows.replace("x", "z")))
    other = see(packed(a_csv=rows, b_csv="c,d\nx,1\ny,2\nz,3\n", read_txt="hello"))
    assert one is not None
    assert both is not None
    assert other is not None
    assert one.reading == {"format": "csv"}
    assert both.reading == {"members": "*.csv", "format": "csv"}
    assert other.reading == {"member": "b.csv", "format": "csv"}
    assert "other members data too (a.csv, read.txt)" in other.notes[0]


def test_a_workbook_is_no_zip_of_tables() -> None:
    assert see(packed(**{"[Content_Types].xml": "<a/>", "xl/theme.xml": "<a><b>1</b><b>2</b></a>"})) is None


def test_what_is_no_zip_file_is_none() -> None:
    assert see(b"PK") is None
    assert see(b"a,b\n") is None
