"""Geometries of KML become GeoJSON, or points as columns; nothing of them is lost."""

import json
from xml.etree.ElementTree import fromstring

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import kml

RING = "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>"
POINT = "<Point><coordinates>1,2</coordinates></Point>"


def geojson(said: str) -> dict[str, object]:
    return json.loads(kml.columns(fromstring(said), "text")["geometry"])  # type: ignore[no-any-return]


def test_a_polygon_has_its_outer_ring_first():
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    found = geojson(
        f"<Polygon><innerBoundaryIs>{RING}</innerBoundaryIs><outerBoundaryIs>{RING}</outerBoundaryIs></Polygon>"
    )
    assert found == {"type": "Polygon", "coordinates": [ring, ring]}


def test_several_geometries_are_a_collection():
    assert geojson(f"<MultiGeometry>{POINT}{RING}</MultiGeometry>") == {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [1, 2]},
            {"type": "LineString", "coordinates": [[0, 0], [1, 0], [1, 1], [0, 0]]},
        ],
    }


def test_what_stands_beside_the_coordinates_stays():
    said = '<Point id="p"><altitudeMode>absolute</altitudeMode><coordinates>1,2.50,3</coordinates></Point>'
    assert geojson(said) == {"type": "Point", "coordinates": [1, 2.5, 3], "@id": "p", "altitudeMode": "absolute"}
    assert kml.columns(fromstring(said), "point") == {
        "geometry.type": "Point",
        "geometry.longitude": "1",
        "geometry.latitude": "2.50",
        "geometry.altitude": "3",
        "geometry.@id": "p",
        "geometry.altitudeMode": "absolute",
    }


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("<Point/>", "expected coordinates in Point, found none"),
        ("<Point><coordinates>1,2 3,4</coordinates></Point>", "expected a Point with one place, found 2"),
        ("<Point><coordinates>1</coordinates></Point>", "expected longitude,latitude or"),
        ("<Point><coordinates>1, 2</coordinates></Point>", "found '1,'"),
        ("<Point><coordinates>NaN,2</coordinates></Point>", "found 'NaN,2'"),
        ("<Polygon/>", "expected a Polygon with one outerBoundaryIs"),
        ("<Polygon><outerBoundaryIs/></Polygon>", "expected one LinearRing in outerBoundaryIs, found 0"),
    ],
)
def test_what_is_none_is_one_sentence(said: str, words: str):
    with pytest.raises(SourceError) as raised:
        kml.columns(fromstring(said), "text")
    assert words in str(raised.value)
