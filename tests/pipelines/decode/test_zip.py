"""Zip: one member, named by the declaration; bounds that a hostile file cannot pass."""

import io
import struct
import zipfile
from typing import Any

import pytest
from agency_columns import rows_of
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import zip
from pipelines.decode.parts import archive, limits
from pipelines.decode.parts.beside import MEMBER


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as made:
        for name, content in members:
            made.writestr(zipfile.ZipInfo(name), content, method)
    return body.getvalue()


def laid(body: bytes, member: str = "*.csv", **said: Any) -> list[dict[str, str | None]]:
    return rows_of(zip.decode(body, zip.Reading.model_validate({"member": member, "format": "csv"} | said)))


TABLE = ("data/a.csv", b"a\n1\n")


@pytest.mark.parametrize("member", ["data/a.csv", "*.csv", "data/?.csv", "*"])
def test_a_member_is_read_in_its_own_format(member: str):
    assert laid(packed(TABLE), member) == [{"a": "1"}]


def test_the_exact_name_comes_first_and_the_reading_is_the_formats():
    body = packed(("a[1].csv", "測\n1\n".encode("cp950")), ("a1.csv", b""))
    assert laid(body, "a[1].csv", reading={"encoding": "cp950"}) == [{"測": "1"}]


def test_a_zip_in_a_zip_is_declared_so():
    reading = {"member": "*.csv", "format": "csv"}
    assert laid(packed(("in.zip", packed(TABLE))), "in.zip", format="zip", reading=reading) == [{"a": "1"}]


def test_names_have_an_encoding():
    raw = packed(("xx.csv", b"a\n1\n")).replace(b"xx.csv", "表".encode("cp950") + b".csv")
    assert laid(raw, "表.csv", names="cp950") == [{"a": "1"}]


def test_no_name_is_ever_a_path():
    body = packed(("../../../etc/passwd.csv", b"a\n1\n"), ("/etc/x", b"no"))
    assert laid(body, "../../../etc/passwd.csv") == [{"a": "1"}]


@pytest.mark.parametrize(
    ("body", "member", "words"),
    [
        (b"", "*", "expected a zip file, found a body that begins b''"),
        (b"<html>", "*", "expected a zip file, found a body that begins b'<html>'"),
        (b"PK\x03\x04" + b"\0" * 99, "*", "expected a zip file, found"),
        (packed(TABLE)[:-9], "*", "expected a zip file, found"),
        (packed(TABLE), "b.csv", r"expected one member 'b.csv', found 0; there are 'data/a.csv'"),
        (packed(), "*", "found 0; there are none"),
        (packed(TABLE, ("b.csv", b"")), "*.csv", r"found 2; there are 'data/a.csv', 'b.csv'"),
        (packed(("", b"")), "*", "expected CSV, found an empty body"),
        (packed(*[(f"{i}.csv", b"") for i in range(12)]), "*", "'9.csv', …"),
        (packed(("a.csv", b"")), "*", "a.csv: expected CSV, found an empty body"),
        (packed(TABLE, method=zipfile.ZIP_LZMA), "*", "a stored or deflated member, found 'data/a.csv' packed by 14"),
    ],
)
def test_what_is_none_is_one_sentence(body: bytes, member: str, words: str):
    with pytest.raises(SourceError, match=words):
        laid(body, member)


def test_a_broken_member_is_one_sentence():
    body = packed(("a.csv", b"a\n1\n"), method=zipfile.ZIP_STORED).replace(b"a\n1\n", b"a\n2\n")
    with pytest.raises(SourceError, match=r"expected a zip file, found 'a\.csv' broken \(Bad CRC"):
        laid(body)


def test_a_member_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        body = packed(TABLE, TABLE)
    with pytest.raises(SourceError, match=r"expected each member once, found 'data/a.csv' more than once"):
        laid(body)


def test_an_encrypted_member_is_refused():
    body = bytearray(packed(TABLE))
    central = body.rindex(b"PK\x01\x02")
    struct.pack_into("<H", body, central + 8, 1)
    with pytest.raises(SourceError, match=r"expected a member that anyone can read, found 'data/a.csv' encrypted"):
        laid(bytes(body))


def test_a_bomb_is_stopped_at_the_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "LIMITS", limits.DecodeLimits(unpacked_bytes=1_000))
    assert len(laid(packed(("a.csv", b"a\n" + b"1\n" * 499)))) == 499
    with pytest.raises(SourceError, match="expected a zip file of at most 1,000 bytes, found more"):
        laid(packed(("a.csv", b"a\n" + b"1\n" * 500)))


def test_a_member_that_lies_about_its_size_is_stopped_too(monkeypatch: pytest.MonkeyPatch):
    body = bytearray(packed(("a.csv", b"a\n" + b"1\n" * 5_000)))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", body, body.index(mark) + at, 4)
    monkeypatch.setattr(archive, "LIMITS", limits.DecodeLimits(unpacked_bytes=1_000))
    with pytest.raises(SourceError, match="expected"):
        laid(bytes(body))


def test_many_members_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "LIMITS", limits.DecodeLimits(members=3))
    with pytest.raises(SourceError, match="expected a zip file of at most 3 members, found 4"):
        laid(packed(*[(f"{i}.csv", b"") for i in range(4)]))


def test_all_members_that_fit_are_one_table_in_the_order_of_their_names():
    body = packed(("b.csv", b"y,x\n2,B\n"), ("a.csv", b"x,y\nA,1\n"), ("n.txt", b"?"), ("__MACOSX/._a.csv", b"?"))
    found = zip.decode(body, zip.Reading(members="*.csv", format="csv"))
    assert rows_of(found) == [{"x": "A", "y": "1"}, {"x": "B", "y": "2"}]
    assert found.column(MEMBER).to_pylist() == ["a.csv", "b.csv"]


def test_members_with_other_columns_are_refused_unless_it_is_declared():
    body = packed(("a.csv", b"x\nA\n"), ("b.csv", b"x,y\nB,2\n"))
    with pytest.raises(SourceError, match=r"found 'y' not in 'a\.csv', but in 'b\.csv'; write differing: fill"):
        zip.decode(body, zip.Reading(members="*", format="csv"))
    filled = zip.decode(body, zip.Reading(members="*", format="csv", differing="fill"))
    assert rows_of(filled) == [{"x": "A", "y": None}, {"x": "B", "y": "2"}]


def test_members_that_do_not_fit_and_both_ways_to_name_one_are_refused():
    with pytest.raises(SourceError, match=r"expected members '\*\.xml', found none; there are 'data/a\.csv'"):
        zip.decode(packed(TABLE), zip.Reading(members="*.xml", format="csv"))
    with pytest.raises(ValidationError, match="which member"):
        zip.Reading.model_validate({"format": "csv", "member": "a", "members": "b"})


def test_where_none_is_declared_the_only_one_is_read_and_several_are_refused_with_their_names():
    mac = ("__MACOSX/data/._a.csv", b"\0")
    reading = zip.Reading(format="csv")
    assert rows_of(zip.decode(packed(TABLE, mac), reading)) == [{"a": "1"}]
    assert laid(packed(TABLE, mac), "*") == [{"a": "1"}]
    words = r"expected a zip file of one member, as none is declared, found 2: 'data/a\.csv', 'b\.csv'"
    with pytest.raises(SourceError, match=words):
        zip.decode(packed(TABLE, ("b.csv", b"a\n2\n")), reading)
    with pytest.raises(SourceError, match="as none is declared, found 0: none"):
        zip.decode(packed(), reading)
