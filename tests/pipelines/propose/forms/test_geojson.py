"""GeoJSON: points, or geometries as text."""

import json
from typing import Any

from pipelines.propose.forms.geojson import see


def of(*kinds: str) -> bytes:
    features: list[Any] = [
        {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": kind, "coordinates": [121.5, 25.0]}}
        for kind in kinds
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_points_are_two_columns() -> None:
    form, other = see(of("Point", "Point")), see(of("Point", "LineString"))
    assert form is not None
    assert other is not None
    assert (form.reading, other.reading) == ({"geometry": "point"}, {})
    assert "geometry.longitude" in form.records(of("Point")).column_names


def test_other_json_is_none() -> None:
    assert see(b'{"features": []}') is None
    assert see(b'[{"type": "FeatureCollection"}]') is None
