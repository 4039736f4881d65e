"""GeoJSON bytes -> records of text (RFC 7946): a row for each feature, its properties and its geometry."""

from typing import Any, Literal

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.decode.parts.nested import flat, shown, written
from pipelines.decode.parts.text import Encoding, Undecodable

_AXES = ("geometry.longitude", "geometry.latitude", "geometry.altitude")


class Reading(Strict):
    """What a declaration may say of GeoJSON."""

    geometry: Literal["text", "point", "none"] = Field(
        default="text",
        description="text: the column geometry, as JSON; point: the columns geometry.longitude, .latitude and, where "
        "there is one, .altitude; none: left out",
    )
    flatten: bool = Field(default=False, description="a nested property becomes columns, place.town")
    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return a row for each feature: its properties, `feature.id` where there is one, and the geometry.

    A feature that is none, has no point where points are declared, or has a property that is called as a column of
    ours, is a fault beside the others; where all are, the first is told.

    Raises:
        SourceError: no FeatureCollection, or none of its features can be read.
    """
    document = json_values.parse(body, reading.encoding, reading.undecodable)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise SourceError(f"expected a FeatureCollection, found {shown(document, 200)}")
    try:
        return _records(features, reading)
    except RecursionError as error:
        raise SourceError("expected features, found a value nested hundreds deep") from error


def _records(features: list[Any], reading: Reading) -> pa.Table:
    found: list[dict[str, Any]] = []
    faults: list[str] = []
    first = None
    for number, feature in enumerate(features, start=1):
        try:
            found.append(_record(feature, number, reading))
        except SourceError as error:
            first = first or error
            faults.append(written(_without_geometry(feature) if reading.geometry == "none" else feature))
    if first and not found:
        raise first
    return json_values.records(found, faults)


def _without_geometry(feature: Any) -> Any:
    """What is left out of records is left out of the raw text of one that cannot be read, too."""
    if not isinstance(feature, dict):
        return feature
    return {name: value for name, value in feature.items() if name != "geometry"}


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
