"""What tests of pictures share: any values, well-formed markup, where its marks lie, and hostile words."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from hypothesis import strategies as st
from markupsafe import Markup

from catalog.site.draw import Alt

HARM = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00' + "長w" * 5_000
ALT = Alt("what it shows", "what there is to see")
values = st.lists(st.none() | st.floats(), max_size=60)
"""Any numbers at all: missing, NaN and infinity among them."""


def number(value: float) -> str:
    return f"{value:g}"


def tree(markup: Markup) -> ElementTree.Element:
    """The markup as XML, or an error; what comes out of a picture is a str that a page takes as it is."""
    assert isinstance(markup, Markup)
    return ElementTree.fromstring(f"<all>{markup}</all>")


def named(markup: Markup, name: str, class_: str = "") -> list[ElementTree.Element]:
    """The elements of a name that have a class."""
    return [one for one in tree(markup).iter(name) if not class_ or class_ in (one.get("class") or "").split()]


def texts(markup: Markup, name: str = "text") -> list[str]:
    return ["".join(one.itertext()) for one in named(markup, name)]


def share(element: ElementTree.Element, name: str) -> float:
    """An attribute in percent, as a share; nothing is 0."""
    value = element.get(name, "0")
    assert re.fullmatch(r"-?[\d.]+%|0", value), value
    return float(value.rstrip("%")) / 100


def points(element: ElementTree.Element) -> list[list[tuple[float, float]]]:
    """The sub-paths of a line of `M x y x y …`."""
    parts = (re.findall(r"-?[\d.]+", part.removesuffix("h0")) for part in element.get("d", "").split("M")[1:])
    return [[(float(part[i]), float(part[i + 1])) for i in range(0, len(part), 2)] for part in parts]


def rects(element: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """The boxes of a path as left, top, right, bottom."""
    found = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z", element.get("d", ""))
    assert "M" not in re.sub(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+H[\d.]+z", "", element.get("d", ""))
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found]


def outside(markup: Markup) -> Iterator[str]:
    """Marks in percent that lie beyond their picture, and co-ordinates of more than two decimals."""
    for one in tree(markup).iter():
        for key, value in one.attrib.items():
            if re.search(r"\d\.\d{3}", value) or "nan" in value or "inf" in value or re.search(r"\de[-+]?\d", value):
                yield f"{one.tag} {key}={value[:80]}"
            if value.endswith("%") and not 0 <= float(value[:-1]) <= 100:
                yield f"{one.tag} {key}={value}"
        for start, size in (("x", "width"), ("y", "height")):
            if one.tag == "rect" and one.get(size, "").endswith("%") and share(one, start) + share(one, size) > 1.0002:
                yield f"{one.tag} {start}={one.get(start)} {size}={one.get(size)}"


def sound(markup: Markup) -> None:
    """Fail where a picture is not well-formed, leaves its box, has no words, or a style of its own."""
    assert list(outside(markup)) == []
    assert " style=" not in markup
    assert " id=" not in markup
    for one in named(markup, "svg"):
        if one.get("role"):
            assert one.get("role") == "img"
            assert one[0].tag == "title"
            assert one[0].text


def harmless(markup: Markup, most: int = 30_000) -> None:
    """Fail where hostile words became markup, or are as long as they came."""
    sound(markup)
    assert named(markup, "script") == []
    assert named(markup, "img") == []
    assert "\u202e" not in markup
    assert "\x00" not in markup
    assert len(markup.encode()) < most
