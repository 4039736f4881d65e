"""XML and KML: the path of the records, and the places with several elements."""

from pipelines.propose.forms.xml import see


def test_elements_that_name_themselves() -> None:
    body = (
        b'<?xml version="1.0"?><cwb xmlns="urn:x"><sent>2016-08-13T11:06:15+08:00</sent>'
        b"<location><id>A</id><e><elementName>T</elementName><value>1</value></e>"
        b"<e><elementName>H</elementName><value>2</value></e></location>"
        b"<location><id>B</id><e><elementName>T</elementName><value>3</value></e></location></cwb>"
    )
    form = see(body)
    assert form is not None
    assert form.reading == {"records": "cwb/location", "named": {"e": "elementName"}, "keep": {"sent": "cwb/sent"}}
    assert form.records(body).num_rows == 2


def test_lists_in_lists_are_rows() -> None:
    times = b"<time><from>1</from><v>2</v></time><time><from>2</from><v>3</v></time>"
    body = (
        b"<a><place><name>x</name><e><item>T</item>%b</e><e><item>H</item>%b</e></place><place><name>y</name><e>"
        % (
            times,
            times,
        )
        + b"<item>T</item>%b</e></place></a>" % times
    )
    form = see(body)
    assert form is not None
    assert form.reading == {
        "records": "a/place/e/time",
        "keep": {"name": "a/place/name", "item": "a/place/e/item"},
    }
    assert form.records(body).num_rows == 6


def test_kml_with_named_values_and_points() -> None:
    mark = (
        b'<Placemark><name>%b</name><ExtendedData><SchemaData><SimpleData name="FIPS">AG</SimpleData>'
        b'<SimpleData name="ISO">DZ</SimpleData></SchemaData></ExtendedData>'
        b"<Point><coordinates>2.6,28.1</coordinates></Point></Placemark>"
    )
    body = b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + mark % b"x" + mark % b"y" + b"</Document></kml>"
    form = see(body)
    assert form is not None
    assert form.reading["records"] == "kml//Placemark"
    assert form.reading["named"] == {"ExtendedData/SchemaData/SimpleData": "@name"}
    assert "geometry.longitude" in form.records(body).column_names


def test_kml_with_lines_and_one_named_value() -> None:
    mark = (
        b'<Placemark><ExtendedData><Data name="code"><value>%b</value></Data></ExtendedData>'
        b"<LineString><coordinates>1,2 3,4</coordinates></LineString></Placemark>"
    )
    body = b"<kml><Document>" + mark % b"1" + mark % b"2" + b"</Document></kml>"
    form = see(body)
    assert form is not None
    assert form.reading == {"records": "kml//Placemark", "geometry": "text", "named": {"ExtendedData/Data": "@name"}}
    assert form.records(body).column("ExtendedData/Data/code/value").to_pylist() == ["1", "2"]


def test_big5_that_declares_itself_and_what_is_none() -> None:
    body = '<?xml version="1.0" encoding="Big5"?><a><b><x>臺</x></b><b><x>灣</x></b></a>'.encode("cp950")
    form = see(body)
    assert form is not None
    assert form.reading == {"records": "a/b"}
    assert see(b"<a><b>") is None
    assert see(b"a,b\n") is None
