"""Geometries of KML (https://docs.ogc.org/is/12-007r2/12-007r2.html) -> GeoJSON (RFC 7946), or points as columns."""

import re
from typing import Any, Literal
from xml.etree.ElementTree import Element

from catalog.errors import SourceError
from pipelines.decode.parts.nested import written
from pipelines.decode.parts.xml_path import local

GEOMETRIES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
"""The elements that are read so."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_AXES = ("longitude", "latitude", "altitude")
_OWN = ("type", "coordinates", "geometries")
_BOUNDARIES = ("outerBoundaryIs", "innerBoundaryIs")


def columns(element: Element, how: Literal["text", "point"]) -> dict[str, str]:
    """Return the columns of a geometry.

    Args:
        element: one of `GEOMETRIES`.
        how: text: `geometry`, as GeoJSON; point: `geometry.type` and, of a point, its coordinates in degrees (WGS 84)
            and the altitude in metres, where there is one. Numbers stay as they are written.

    Raises:
        SourceError: coordinates are missing or no numbers.
    """
    geometry = _geometry(element)
    if how == "text":
        return {"geometry": written(geometry)}
    found = {"geometry.type": geometry["type"]}
    if geometry["type"] == "Point":
        found |= {f"geometry.{axis}": at.decode() for axis, at in zip(_AXES, geometry["coordinates"], strict=False)}
    return found | {f"geometry.{name}": said for name, said in geometry.items() if name not in _OWN}


def _geometry(element: Element) -> dict[str, Any]:
    """A geometry as GeoJSON; what KML says beside its coordinates is a member of its own, as RFC 7946 allows."""
    kind = local(element)
    found: dict[str, Any]
    if kind == "MultiGeometry":
        within = [_geometry(one) for one in element if local(one) in GEOMETRIES]
        found = {"type": "GeometryCollection", "geometries": within}
        read = GEOMETRIES
    elif kind == "Polygon":
        rings = [_ring(one) for name in _BOUNDARIES for one in element if local(one) == name]
        if sum(1 for one in element if local(one) == _BOUNDARIES[0]) != 1:
            raise SourceError("expected a Polygon with one outerBoundaryIs, found another number of them")
        found, read = {"type": kind, "coordinates": rings}, frozenset(_BOUNDARIES)
    else:
        line = _line(element)
        if kind == "Point" and len(line) != 1:
            raise SourceError(f"expected a Point with one place, found {len(line)}")
        found = (
            {"type": "Point", "coordinates": line[0]}
            if kind == "Point"
            else {"type": "LineString", "coordinates": line}
        )
        read = frozenset({"coordinates"})
    beside = {f"@{name.rsplit('}', 1)[-1]}": value for name, value in element.attrib.items()}
    return found | beside | {local(one): (one.text or "").strip() for one in element if local(one) not in read}


def _ring(boundary: Element) -> list[list[bytes]]:
    rings = [one for one in boundary if local(one) == "LinearRing"]
    if len(rings) != 1:
        raise SourceError(f"expected one LinearRing in {local(boundary)}, found {len(rings)}")
    return _line(rings[0])


def _line(element: Element) -> list[list[bytes]]:
    held = [one for one in element if local(one) == "coordinates"]
    places = (held[0].text or "").split() if len(held) == 1 else []
    if not places:
        raise SourceError(f"expected coordinates in {local(element)}, found none")
    return [_place(one) for one in places]


def _place(said: str) -> list[bytes]:
    numbers = said.split(",")
    if not 2 <= len(numbers) <= 3 or not all(map(_NUMBER.fullmatch, numbers)):
        raise SourceError(f"expected longitude,latitude or longitude,latitude,altitude, found {said[:60]!r}")
    return [number.encode() for number in numbers]
