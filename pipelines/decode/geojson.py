"""GeoJSON bytes -> records of text (RFC 7946): a row for each feature, its properties and its geometry."""

from typing import Any, Literal

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.decode.parts.nested import flat, shown

_AXES = ("geometry.longitude", "geometry.latitude", "geometry.altitude")


class Reading(Strict):
    """What a declaration may say of GeoJSON."""

    geometry: Literal["text", "point", "none"] = Field(
        default="text",
        description="text: the column geometry, as JSON; point: the columns geometry.longitude, .latitude and, where "
        "there is one, .altitude; none: left out",
    )
    flatten: bool = Field(default=False, description="a nested property becomes columns, place.town")


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return a row for each feature: its properties, `feature.id` where there is one, and the geometry.

    Raises:
        SourceError: no FeatureCollection, a feature that is none, no point where points are declared, or a property
            that is called as a column of ours.
    """
    document = json_values.parse(body)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise SourceError(f"expected a FeatureCollection, found {shown(document, 200)}")
    try:
        return json_values.records([_record(feature, i, reading) for i, feature in enumerate(features, start=1)])
    except RecursionError as error:
        raise SourceError("expected features, found a value nested hundreds deep") from error


def _record(feature: Any, number: int, reading: Reading) -> dict[str, Any]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise SourceError(f"expected a Feature, found {shown(feature)} as number {number}")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise SourceError(f"expected properties by name, found {shown(properties)} in feature {number}")
    if reading.flatten:
        properties = flat(properties, {})
    own = {"feature.id": feature["id"]} if "id" in feature else {}
    own |= _geometry(feature.get("geometry"), number, reading)
    twice = own.keys() & properties.keys()
    if twice:
        raise SourceError(f"expected each column once, found the property {min(twice)!r} beside the feature's own")
    return properties | own


def _geometry(geometry: Any, number: int, reading: Reading) -> dict[str, Any]:
    if reading.geometry == "none":
        return {}
    if reading.geometry == "text":
        return {"geometry": geometry}
    if geometry is None:
        return dict.fromkeys(_AXES[:2])
    at = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if not isinstance(at, list) or not 2 <= len(at) <= 3 or not all(isinstance(one, bytes) for one in at):
        raise SourceError(f"expected a Point, found {shown(geometry)} in feature {number}")
    return dict(zip(_AXES, at, strict=False))
