"""GeoJSON: whether the geometries are points."""

from typing import Any

from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.encodings import encoding_of


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if it is no FeatureCollection."""
    if b"FeatureCollection" not in body or body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return None
    encoded = encoding_of(body)
    try:
        document: Any = json_values.parse(body, encoded.encoding, "quarantine" if encoded.lost else "refuse")
    except SourceError:
        return None
    features = document.get("features")
    if not isinstance(features, list) or not features:
        return None
    kinds = {(one.get("geometry") or {}).get("type") for one in features if isinstance(one, dict)}
    nested = any(
        isinstance(value, dict)
        for one in features
        if isinstance(one, dict)
        for value in (one.get("properties") or {}).values()
    )
    reading: dict[str, Any] = {"geometry": "point"} if kinds == {"Point"} else {}
    return Form(
        "geojson",
        encoded.options | reading | ({"flatten": True} if nested else {}),
        encoded.notes(encoded.decoded(body)),
    )
