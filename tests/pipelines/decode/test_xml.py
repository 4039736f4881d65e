"""XML: a row for each element at a path; nothing outside the document is read."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import xml
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT

FORECAST = """<?xml version="1.0" encoding="UTF-8"?>
<cwb xmlns="urn:cwb">
 <sent>08:00</sent>
 <location unit="C"><name>臺北</name>
  <element><id>T</id><time><at>1</at><v><x>2.50</x></v></time><time><at>2</at><v/></time></element>
  <element><id>R</id></element>
 </location>
</cwb>
"""


def laid(body: str | bytes, records: str, **said: Any) -> list[dict[str, str | None]]:
    body = body.encode() if isinstance(body, str) else body
    return xml.decode(body, xml.Reading.model_validate({"records": records} | said)).to_pylist()  # type: ignore[no-any-return]


def test_children_are_columns_and_those_within_by_their_path():
    body = '<list><item n="1"><a>x</a><b><c u="kg">臺</c></b><d/></item><item><a/></item></list>'
    assert laid(body, "list/item") == [
        {"@n": "1", "a": "x", "b/c/@u": "kg", "b/c": "臺", "d": ""},
        {"@n": None, "a": "", "b/c/@u": None, "b/c": None, "d": None},
    ]


def test_a_record_can_be_a_text():
    assert laid("<l><v>1</v><v u='m'>2</v></l>", "l/v") == [{"v": "1", "@u": None}, {"v": "2", "@u": "m"}]


def test_text_beside_elements_is_not_lost():
    assert laid("<l><i><t>heavy <b>rain</b> ahead</t></i></l>", "l/i") == [{"t": "heavy  ahead", "t/b": "rain"}]


def test_namespaces_do_not_matter_unless_declared():
    body = '<c:l xmlns:c="urn:c" xmlns:d="urn:d"><c:i><c:v c:u="m">1</c:v></c:i><d:i><d:v>2</d:v></d:i></c:l>'
    assert laid(body, "l/i") == [{"v/@u": "m", "v": "1"}, {"v/@u": None, "v": "2"}]
    assert laid(body, "x:l/x:i", namespaces={"x": "urn:c"}) == [{"v/@u": "m", "v": "1"}]


def test_what_stands_above_the_records_can_be_kept():
    keep = {
        "sent": "cwb/sent",
        "place": "cwb/location/name",
        "unit": "cwb/location/@unit",
        "id": "cwb/location/element/id",
    }
    above = {"sent": "08:00", "place": "臺北", "unit": "C", "id": "T"}
    assert laid(FORECAST, "cwb/location/element/time", keep=keep | {"none": "cwb/none"}) == [
        above | {"none": None, "at": "1", "v/x": "2.50", "v": None},
        above | {"none": None, "at": "2", "v/x": None, "v": ""},
    ]
    with pytest.raises(SourceError, match="expected one cwb/location/element/id above a record, found 2"):
        laid(FORECAST, "cwb/location", keep={"id": "cwb/location/element/id"})


def test_two_slashes_go_to_any_depth():
    body = "<k><f><n>a</n><p>1</p><f><p>2</p></f></f><p>3</p></k>"
    assert [row["p"] for row in laid(body, "k//p")] == ["1", "2", "3"]
    assert [row["p"] for row in laid(body, "//f//p")] == ["1", "2"]
    assert laid(body, "k/f//p", keep={"n": "k/f/n"}) == [{"n": "a", "p": "1"}, {"n": "a", "p": "2"}]


def test_several_elements_in_a_record_need_a_word():
    body = "<l><i><g>a</g><g>b</g><h><k>1</k></h></i><i><g>c</g></i></l>"
    with pytest.raises(SourceError, match="expected g once in a record, found it more than once; `lists` or `named`"):
        laid(body, "l/i")
    assert laid(body, "l/i", lists=["g", "h"]) == [
        {"g": '["a", "b"]', "h": '[{"k": "1"}]'},
        {"g": '["c"]', "h": None},
    ]


def test_a_list_holds_attributes_and_children_by_name():
    body = "<l><i><g a='1'>x<k>2</k><k>3</k></g></i></l>"
    assert laid(body, "l/i", lists="g") == [{"g": '[{"@a": "1", "": "x", "k": ["2", "3"]}]'}]


def test_elements_that_name_themselves_are_columns():
    body = "<l><i><e><n>T</n><v><x>1</x></v></e><e><n>R</n><v><x>2</x></v></e></i></l>"
    assert laid(body, "l/i", named={"e": "n"}) == [{"e/T/v/x": "1", "e/R/v/x": "2"}]
    with pytest.raises(SourceError, match="expected one n with a text in each e, found 0"):
        laid("<l><i><e><v>1</v></e></i></l>", "l/i", named={"e": "n"})


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("Big5", "cp950"),
        ("BIG5", "big5"),
        ("CP950", "cp950"),
        ("UTF-8", "utf-8"),
        ("utf-16", "utf-16"),
        ("ISO-8859-1", "latin-1"),
    ],
)
def test_the_declared_encoding_is_the_one(declared: str, encoding: str):
    word = "é" if encoding == "latin-1" else "許功蓋"
    body = f'<?xml version="1.0" encoding="{declared}" ?><l><i>{word}</i></l>'.encode(encoding)
    assert laid(body, "l/i") == [{"i": word}]


def test_an_encoding_of_the_declaration_comes_first():
    body = '<?xml version="1.0" encoding="UTF-8"?><l><i>臺</i></l>'.encode("cp950")
    with pytest.raises(SourceError, match="in UTF-8, found a byte that is none: 0xbb in line 1"):
        laid(body, "l/i")
    assert laid(body, "l/i", encoding="cp950") == [{"i": "臺"}]
    assert laid(b"<l><i>\xff</i></l>", "l/i", undecodable="quarantine") == [{"i": "\ufffd\\xff"}]
    with pytest.raises(SourceError, match=r"expected one of the encodings big5, .*, found 'koi8-r' declared"):
        laid(b'<?xml version="1.0" encoding="KOI8-R"?><l/>', "l/i")


BILLION = "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><l><i>&b;</i></l>"
OUTSIDE = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l><i>&x;</i></l>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "expected XML, found an empty body"),
        ('{"message":"File not found"}', 'expected XML, found a body that begins \'{"message"'),
        ("<!DOCTYPE html><html></html>", "expected XML without a document type or entities, found DTDForbidden"),
        ("<html><body>down</body></html>", "expected the root element l, found html"),
        ("<html><br></html>", "expected XML, found a body that begins '<html><br></html>' \\(mismatched tag"),
        ("<l><i>1</i>", "expected XML, found a body that begins"),
        ("<l>\x01</l>", "expected XML, found"),
        (b"PK\x03\x04...", "expected XML, found a zip file"),
        (BILLION, "without a document type or entities"),
        (OUTSIDE, "without a document type or entities"),
        ("<l>&undefined;</l>", "expected XML"),
    ],
)
def test_what_is_none_is_one_sentence(body: str | bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        laid(body, "l/i")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("said", [{}, {"lists": ["a"]}], ids=["columns", "lists"])
def test_elements_nested_thousands_deep_are_one_sentence(said: dict[str, Any]):
    body = "<l><i>" + "<a>" * 20_000 + "</a>" * 20_000 + "</i></l>"
    with pytest.raises(SourceError, match="expected records, found elements nested hundreds deep"):
        laid(body, "l/i", **said)


def test_more_than_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch):
    columns = "".join(f"<c{i}/>" for i in range(limits.LIMITS.columns + 1))
    with pytest.raises(SourceError, match="expected at most 4,096 columns"):
        laid(f"<l><i>{columns}</i></l>", "l/i")
    monkeypatch.setattr(xml, "LIMITS", limits.DecodeLimits(elements=10))
    with pytest.raises(SourceError, match="expected at most 10 elements, found more"):
        laid("<l>" + "<i/>" * 10 + "</l>", "l/i")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"records": "c:l/i"}, "namespaces: the prefix 'c' of 'c:l/i' is not declared"),
        ({"records": "l/i", "keep": {"x": "l/c:n"}}, "the prefix 'c'"),
        ({"records": ""}, "records"),
        ({"records": "l/@a"}, "records"),
        ({"records": "l///i"}, "records"),
        ({"records": "l/i", "keep": {"x": "other/n"}}, "keep.x: expected a path that begins as 'l/i' does"),
    ],
)
def test_a_reading_that_cannot_be_is_told(said: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        xml.Reading.model_validate(said)


def test_a_long_namespace_is_refused():
    """The parser writes it out in the name of each element."""
    for said in (f'<r xmlns="{"u" * 513}"><i/></r>', f"<r xmlns:p = '{'u' * 513}'><p:i/></r>"):
        with pytest.raises(SourceError, match="expected namespaces of at most 512 characters, found a longer one"):
            xml.decode(said.encode(), xml.Reading(records="r/i"))
    assert xml.decode(f'<r xmlns="{"u" * 512}"><i/></r>'.encode(), xml.Reading(records="r/i")).num_rows == 1


def test_a_path_to_any_depth_finds_each_element_once_with_the_nearest_on_the_way():
    body = b"<r><i><n>1</n><i><n>2</n><x>a</x></i><x>b</x></i><i><n>3</n><x>c</x></i></r>"
    reading = xml.Reading(records="r//i//x", keep={"n": "r//i/n"})
    assert xml.decode(body, reading).to_pylist() == [{"n": "2", "x": "a"}, {"n": "1", "x": "b"}, {"n": "3", "x": "c"}]


def test_comments_and_instructions_in_a_text_are_no_text():
    assert xml.decode(b"<r><i>a<!-- b -->c<?d e?>f<![CDATA[<g>]]></i></r>", xml.Reading(records="r/i")).to_pylist() == [
        {"i": "acf<g>"}
    ]


def test_nothing_of_an_element_that_names_itself_is_lost():
    body = """<d><p><t kind="max" unit="F">a<name lang="en">High</name><value>50</value>b</t>
      <t kind="min" unit="F"><name>Low<!-- --><i>er</i></name><value u="F">31</value></t></p></d>"""
    assert laid(body, "d/p", named={"t": "name"}) == [
        {
            "t/High/@kind": "max", "t/High/@unit": "F", "t/High": "ab", "t/High/name/@lang": "en",
            "t/High/value": "50", "t/Low/@kind": "min", "t/Low/@unit": "F", "t/Low/name/i": "er",
            "t/Low/value/@u": "F", "t/Low/value": "31",
        }
    ]  # fmt: skip
    assert [name for name in laid(body, "d/p", named={"t": "@kind"})[0] if name.startswith("t/max")] == [
        "t/max/@unit", "t/max", "t/max/name/@lang", "t/max/name", "t/max/value"
    ]  # fmt: skip


def test_elements_can_be_named_by_an_attribute():
    body = """<Root><data><record><field name="Country" key="ABW">Aruba</field><field name="Value">5</field></record>
      <record><field name="Country" key="AFG">Afghanistan</field><field name="Value" /></record></data></Root>"""
    assert laid(body, "Root/data/record", named={"field": "@name"}) == [
        {"field/Country/@key": "ABW", "field/Country": "Aruba", "field/Value": "5"},
        {"field/Country/@key": "AFG", "field/Country": "Afghanistan", "field/Value": ""},
    ]
    with pytest.raises(SourceError, match="expected one attribute key with a text in each field, found 0"):
        laid(body, "Root/data/record", named={"field": "@key"})
    spaced = '<r xmlns:w="u"><i><f w:name="a" w:k="1">x</f></i></r>'
    assert laid(spaced, "r/i", named={"f": "@name"}) == [{"f/a/@k": "1", "f/a": "x"}]


def test_within_an_element_that_names_itself_lists_and_names_work_too():
    body = "<r><i><e><n>T</n><v>1</v><v>2</v><w><n>a</n><x>3</x></w></e></i></r>"
    assert laid(body, "r/i", named={"e": "n", "e/T/w": "n"}, lists=["e/T/v"]) == [
        {"e/T/w/a/x": "3", "e/T/v": '["1", "2"]'}
    ]


def test_a_record_that_cannot_be_read_is_a_fault_beside_the_others():
    found = laid('<l><i><a n="x">1</a></i><i k="&lt;"><a>1</a></i></l>', "l/i", named={"a": "@n"})
    assert found == [{"a/x": "1", FAULT: None}, {"a/x": None, FAULT: '<i k="&lt;"><a>1</a></i>'}]


TRACK = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>Storm</name>
 <Placemark><name>past</name><styleUrl>#past</styleUrl><LineString><coordinates>
   136.60,13.60,0
   135.70,13.90,0 </coordinates></LineString></Placemark>
 <Placemark><name>09-21 08:00</name><styleUrl>#current</styleUrl>
   <Point><coordinates>126.90,17.90,0</coordinates></Point></Placemark></Folder></Document></kml>"""


def test_geometries_of_kml_are_geojson_or_points_where_declared():
    assert "Point/coordinates" in laid(TRACK, "kml//Placemark")[1]
    line, at = laid(TRACK, "kml//Placemark", geometry="text")
    assert line["geometry"] == '{"type": "LineString", "coordinates": [[136.60, 13.60, 0], [135.70, 13.90, 0]]}'
    assert at == {
        "name": "09-21 08:00",
        "styleUrl": "#current",
        "geometry": '{"type": "Point", "coordinates": [126.90, 17.90, 0]}',
    }
    line, at = laid(TRACK, "kml//Placemark", geometry="point")
    axes = ("geometry.type", "geometry.longitude", "geometry.latitude", "geometry.altitude")
    assert [line[axis] for axis in axes] == ["LineString", None, None, None]
    assert [at[axis] for axis in axes] == ["Point", "126.90", "17.90", "0"]


def test_a_geometry_that_is_none_is_a_fault():
    found = laid(TRACK.replace("126.90,17.90,0", "?"), "kml//Placemark", geometry="point")
    assert [one[FAULT] is None for one in found] == [True, False]
    two = TRACK.replace("</Point></Placemark>", "</Point><Point><coordinates>1,2</coordinates></Point></Placemark>")
    with pytest.raises(SourceError, match=r"expected geometry.type once in a record"):
        laid(two, "kml//Placemark", geometry="point")


@given(st.lists(st.sampled_from(["<i><a n='x'/></i>", "<i><a/></i>", "<i/>", "<i>x</i>"])))
def test_every_element_is_a_record_or_a_fault(elements: list[str]):
    try:
        found = laid(f"<l>{''.join(elements)}</l>", "l/i", named={"a": "@n"})
    except SourceError:
        assert set(elements) == {"<i><a/></i>"}
        return
    assert len(found) == len(elements)


@given(st.binary(max_size=40), st.sampled_from(["text", "point", None]))
def test_any_bytes_are_a_table_or_a_sentence(body: bytes, geometry: Any):
    within = b"<r><i>" + body + b"<Point><coordinates>" + body + b"</coordinates></Point></i></r>"
    for one in (body, within):
        with contextlib.suppress(SourceError):
            laid(one, "r/i", geometry=geometry, named={"a": "@n"})
