"""A whole file: its bytes, its gzip, and conditional GET."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import httpx
import pytest
from simulated import CDC, CDC_PATH, NIGHT_1, NIGHT_2, copied

from sandbox import Sandbox
from sandbox.messages import AgencyCall, AgencyTable, ReceivedRequest
from sandbox.protocols.file import FileSettings, MembersSpec, answer, select_rows

TABLE = AgencyTable(["name", "note"], [{"name": "甲", "note": 'a,"b"'}, {"name": "乙"}], NIGHT_1)


def call(path: str = "/levels.csv", **headers: str) -> AgencyCall:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return AgencyCall(ReceivedRequest("GET", "host.example", path, {}, names), NIGHT_1)


def test_a_file_is_always_whole() -> None:
    assert select_rows(call(), TABLE, FileSettings()) is TABLE


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (FileSettings(), 'name,note\r\n甲,"a,""b"""\r\n乙,\r\n'.encode()),
        (FileSettings(crlf=False), 'name,note\n甲,"a,""b"""\n乙,\n'.encode()),
        (FileSettings(encoding="cp950", head=["{name}"], hidden=["note"], crlf=False), "甲\n甲\n乙\n".encode("cp950")),
        (
            FileSettings(head=["<list>"], line="<a>{name}</a>", foot=["</list>"], crlf=False),
            "<list>\n<a>甲</a>\n<a>乙</a>\n</list>\n".encode(),
        ),
        (FileSettings(bom=True), b"\xef\xbb\xbf" + 'name,note\r\n甲,"a,""b"""\r\n乙,\r\n'.encode()),
    ],
)
def test_the_bytes_of_a_file(settings: FileSettings, expected: bytes) -> None:
    assert answer(call(), TABLE, settings, {}).body == expected


def test_a_zip_file_has_a_member_and_a_workbook_a_sheet_for_each_text_of_a_column() -> None:
    spec = MembersSpec(by="name", name="{name}.csv")
    zipped = answer(call(), TABLE, FileSettings(members=spec, hidden=["name"], crlf=False), {})
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "甲.csv": 'note\n"a,""b"""\n',
            "乙.csv": 'note\n""\n',
        }
    workbook = answer(call(), TABLE, FileSettings(sheets=spec, head=["{name}的表"]), {})
    assert workbook.headers["Content-Type"].endswith("spreadsheet")
    with zipfile.ZipFile(io.BytesIO(workbook.body)) as archive:
        assert archive.read("content.xml").count(b"<table:table ") == 2
        assert "甲的表" in archive.read("content.xml").decode()


@pytest.mark.parametrize(
    ("path", "setting", "is_gzip"),
    [("/x.csv.gz", None, True), ("/x.csv", None, False), ("/x.csv", True, True), ("/x.csv.gz", False, False)],
)
def test_a_gzip_is_told_by_its_name_or_by_the_setting(path: str, setting: bool | None, is_gzip: bool) -> None:
    first, second = (answer(call(path), TABLE, FileSettings(gzip=setting), {}) for _ in range(2))
    assert first.body == second.body
    assert first.body.startswith(b"\x1f\x8b") is is_gzip
    assert first.headers["Content-Type"] == ("application/gzip" if is_gzip else "text/csv; charset=utf-8")
    if is_gzip:
        assert gzip.decompress(first.body).startswith(b"name,note")


def test_a_zip_has_one_member_and_the_same_bytes_each_time() -> None:
    settings = FileSettings(members=MembersSpec(name="levels.csv"))
    first, second = (answer(call("/levels.zip"), TABLE, settings, {}) for _ in range(2))
    assert first.body == second.body
    assert first.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(first.body))
    assert archive.namelist() == ["levels.csv"]
    assert archive.read("levels.csv") == answer(call(), TABLE, FileSettings(), {}).body


def test_a_conditional_get() -> None:
    headers = answer(call(), TABLE, FileSettings(), {}).headers
    etag, last_modified = headers["ETag"], headers["Last-Modified"]
    assert last_modified == "Fri, 20 Nov 2026 17:30:00 GMT"

    def status(**conditions: str) -> int:
        return answer(call(**conditions), TABLE, FileSettings(), {}).status

    assert status(if_none_match=etag) == status(if_none_match="*") == status(if_none_match=f'"x", W/{etag}') == 304
    assert status(if_modified_since=last_modified) == 304
    assert status(if_modified_since="Fri, 20 Nov 2026 17:29:59 GMT") == 200
    assert status(if_modified_since="nonsense") == status(if_none_match='"x"') == 200
    assert status(if_none_match='"x"', if_modified_since=last_modified) == 200, "the date is ignored"


def test_an_agency_without_conditional_get_sends_the_whole_file() -> None:
    plain = answer(call(if_none_match="*"), TABLE, FileSettings(conditional=False), {})
    assert (plain.status, plain.headers.keys()) == (200, {"Content-Type"})


def test_the_file_over_http(sandbox: Sandbox, web: httpx.Client) -> None:
    first = web.get(CDC_PATH)
    assert first.headers["Last-Modified"] == "Fri, 20 Nov 2026 09:05:00 GMT"
    header = next(csv.reader(io.StringIO(first.text)))
    assert header == ["確定病名", "發病日", "縣市", "鄉鎮", "性別", "是否為境外移入", "年齡層", "確定病例數"]
    assert first.content.count(b"\n") == first.content.count(b"\r\n")
    same = web.get(CDC_PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    sandbox.now = NIGHT_2
    assert web.get(CDC_PATH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_gzip_over_http(tmp_path: Path) -> None:
    datasets = copied(tmp_path, CDC, ("19Cov.csv", "19Cov.csv.gz"), ("bom: false", "bom: true"))
    with Sandbox(datasets, NIGHT_1) as sandbox:
        body = httpx.get(f"{sandbox.url}{CDC_PATH}.gz", timeout=30).content
    assert gzip.decompress(body).startswith("\ufeff確定病名,".encode())
