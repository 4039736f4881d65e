"""GeoJSON: a row for each feature."""

import json
from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.decode import geojson
from pipelines.decode.parts.beside import FAULT


def feature(properties: Any, geometry: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry} | more


def point(*at: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": at}


def laid(*features: Any, **said: Any) -> list[dict[str, str | None]]:
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return geojson.decode(body, geojson.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


def test_properties_are_columns_and_the_geometry_is_json_text():
    assert laid(feature({"name": "臺", "n": 1}, point(121.50, 25))) == [
        {"name": "臺", "n": "1", "geometry": '{"type": "Point", "coordinates": [121.5, 25]}'}
    ]
    assert laid(feature(None), feature({"a": None})) == [{"geometry": None, "a": None}, {"geometry": None, "a": None}]
    assert laid() == []


def test_points_are_columns_where_declared():
    assert laid(feature({}, point(1, 2)), feature({}, point(3, 4, 5)), feature({}), geometry="point") == [
        {"geometry.longitude": "1", "geometry.latitude": "2", "geometry.altitude": None},
        {"geometry.longitude": "3", "geometry.latitude": "4", "geometry.altitude": "5"},
        {"geometry.longitude": None, "geometry.latitude": None, "geometry.altitude": None},
    ]


def test_a_geometry_can_be_left_out_an_id_stays_and_properties_can_be_flat():
    assert laid(feature({"a": {"b": 1}}, point(1, 2), id=7), geometry="none", flatten=True) == [
        {"a.b": "1", "feature.id": "7"}
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no"}, 'expected a FeatureCollection, found \'{"message": "no"}\''),
        ([], "expected a FeatureCollection, found '[]'"),
        ({"type": "Feature", "features": []}, "expected a FeatureCollection"),
        ({"type": "FeatureCollection", "features": [{"a": 1}]}, "expected a Feature, found '{\"a\": 1}' as number 1"),
        ({"type": "FeatureCollection", "features": [feature([1])]}, "expected properties by name, found '[1]'"),
        ({"type": "FeatureCollection", "features": [feature({"feature.id": 1}, id=2)]}, "each column once"),
        ({"type": "FeatureCollection", "features": [feature({}, {"type": "LineString"})]}, "expected a Point, found"),
        ({"type": "FeatureCollection", "features": [feature({}, point(1))]}, "expected a Point, found"),
        (
            {"type": "FeatureCollection", "features": [feature({}, {"type": "Point", "coordinates": ["1", "2"]})]},
            "a Point",
        ),
    ],
)
def test_what_is_none_is_one_sentence(body: Any, words: str):
    with pytest.raises(SourceError) as raised:
        geojson.decode(json.dumps(body).encode(), geojson.Reading(geometry="point"))
    assert words in str(raised.value)


def test_a_feature_that_is_none_is_a_fault_beside_the_others():
    line = {"type": "LineString", "coordinates": []}
    found = laid(feature({"a": 1}, point(1, 2)), None, feature({"a": 2}, line), geometry="point")
    assert [(one["a"], one[FAULT]) for one in found] == [
        ("1", None),
        (None, "null"),
        (None, json.dumps(feature({"a": 2}, line))),
    ]


def test_a_body_can_be_in_the_encoding_of_the_agency():
    body = json.dumps({"type": "FeatureCollection", "features": [feature({"a": "臺"})]}, ensure_ascii=False)
    reading = geojson.Reading(encoding="cp950", geometry="none")
    assert geojson.decode(body.encode("cp950"), reading).to_pylist() == [{"a": "臺"}]


def test_a_geometry_that_is_left_out_is_in_no_raw_text():
    features = [{"type": "Feature", "properties": {"a": 1}}, {"properties": {"a": 2}, "geometry": {"type": "Point"}}]
    body = json.dumps({"type": "FeatureCollection", "features": [*features, "x"]}).encode()
    found = geojson.decode(body, geojson.Reading(geometry="none")).column(FAULT).to_pylist()
    assert found == [None, '{"properties": {"a": 2}}', '"x"']
