"""Markup of pictures: elements, numbers in attributes, texts that are cut, and the words that stand for a picture.

Colours, sizes of letters and strokes stand in style.css: an element carries a class, never a style. A text is escaped
where it becomes markup, and nowhere before.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from catalog.site.words import seen

EM = 12.0
"""Size of a letter in a picture, in px at the default size of text; style.css says .75rem."""
LONGEST = 300
"""Characters of a title or description; the page that holds the picture has the whole text."""
TONES = frozenset({*(f"k{i}" for i in range(6)), *(f"q{i}" for i in range(1, 6)), *(f"level{i}" for i in range(7))})
"""k0 to k5: kinds, k0 the grey rest. q1 to q5: steps of a measure. level1 to level6: good to grave, level0 for none."""
_OTHERS = frozenset({"complete", "partial", "missing", "unknown", "hatch", "provisional", "earlier", "gone"})
_NARROW, _WIDE = frozenset("iljIt.,:;'|!()[] ·-–"), frozenset("MWmw@%")


@dataclass(frozen=True)
class Alt:
    """What a picture says to those who do not see it.

    Attributes:
        title: one line, what is shown.
        desc: what there is to see, as a sentence; empty where the title says it.
    """

    title: str
    desc: str = ""


def tone(name: str) -> str:
    """Return the class of a colour.

    Raises:
        ValueError: style.css has no such colour.
    """
    if name not in TONES:
        raise ValueError(f"no tone {name!r}; there are {', '.join(sorted(TONES))}")
    return name


def num(value: float) -> str:
    """Return a co-ordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def pct(share: float) -> str:
    """Return a share of the width or height, 0 to 1, in percent."""
    return f"{num(100 * share)}%"


def el(name: str, *inside: Markup | str, **attributes: str | float | None) -> Markup:
    """Return one element.

    Args:
        name: of the element.
        inside: its content; what is no markup is escaped.
        attributes: `class_` is class, `_` is `-`; None leaves the attribute out.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else num(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(escape(one) for one in inside)
    return Markup(f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>")  # noqa: S704  escaped above


def html(name: str, *inside: Markup | str, **attributes: str | float | None) -> Markup:
    """Return one element of HTML, where an empty element needs its end; arguments as of `el`."""
    made = el(name, *inside, **attributes)
    return Markup(f"{made[:-2]}></{name}>") if made.endswith("/>") else made  # noqa: S704  made of markup


def join(parts: Iterable[Markup | str]) -> Markup:
    """Return the parts one after the other; what is no markup is escaped."""
    return Markup("").join(parts)


def brief(text: str, most: int = LONGEST) -> str:
    """Return a text of at most that many characters, with a mark for each that a page cannot hold."""
    text = " ".join(str(seen(text)).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def width(text: str) -> float:
    """Return about how wide a text is, in em, rather too wide than too narrow."""
    return sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF" or letter in "·・…—":
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.38
    if letter in _WIDE:
        return 0.95
    return 0.72 if letter.isupper() else 0.59


def cut(text: str, most: float) -> str:
    """Return a text that is at most so many em wide, its end replaced by … where it is wider."""
    text = brief(text)
    if width(text) <= most:
        return text
    kept, used = [], 1.0
    for letter in text:
        used += _em(letter)
        if used > most:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def title(text: str) -> Markup:
    """Return the title of a mark or a picture; nothing for an empty text."""
    return el("title", brief(text)) if text else Markup("")


def picture(alt: Alt, *inside: Markup, class_: str, height: int, **more: str | float | None) -> Markup:
    """Return a picture as wide as its place.

    Args:
        alt: its words.
        inside: its marks.
        class_: its class, which may give another height.
        height: px, where there is no style sheet.
        more: other attributes of the element.
    """
    words = title(alt.title) + (el("desc", brief(alt.desc)) if alt.desc else Markup(""))
    return el("svg", words, *inside, class_=class_, role="img", width="100%", height=height, **more)


def stretched(wide: float, high: float, *inside: Markup, **more: str | float | None) -> Markup:
    """Return a layer of wide × high units, stretched over the picture; strokes keep their width by their class."""
    box = f"0 0 {num(wide)} {num(high)}"
    return el("svg", *inside, viewBox=box, preserveAspectRatio="none", **more)


def hatch(x: float, y: float, wide: float, high: float, class_: str = "hatch") -> Markup:
    """Return stripes over a part of a picture, all four in shares of it.

    One thick dashed line across, cut off by its own box: no pattern, so no id that another picture may have too.
    """
    line = el("path", d="M-400-400 2000 2000", class_=class_)
    return el("svg", line, x=pct(x), y=pct(y), width=pct(wide), height=pct(high))


def holder(inside: Markup, *, left: float = 0, right: float = 0, class_: str = "") -> Markup:
    """Return a picture with room for texts beside it.

    Args:
        inside: the picture.
        left: em of text in the left gutter.
        right: em of text in the right gutter.
        class_: more classes.
    """
    rooms = [f"pic-{side}{_room(em)}" for side, em in (("l", left), ("r", right)) if em > 0]
    return html("div", inside, class_=" ".join(["pic", *class_.split(), *rooms]))


def _room(em: float) -> int:
    """Half rem of a gutter: the text and 8 px; style.css knows 1 to 20."""
    return min(20, max(1, math.ceil((em * EM + 8) / 8)))


def key(items: Sequence[tuple[str, str]], *, round_: bool = False) -> Markup:
    """Return what colours mean, as a list.

    Args:
        items: class of the colour, and its words: a tone, a state of a strip (`complete`, `partial`, `missing`,
            `unknown`), `hatch` (no value in a heat strip), `provisional` (columns), `earlier` or `gone` (two versions).
        round_: whether the marks are dots of a map.

    Raises:
        ValueError: style.css has no such colour.
    """
    parts = [html("li", swatch(name), html("span", brief(text))) for name, text in items]
    return html("ul", *parts, class_="pic-key round" if round_ else "pic-key")


def swatch(name: str) -> Markup:
    """Return a small square of a colour, as of `key`.

    Raises:
        ValueError: style.css has no such colour.
    """
    line = {"provisional": "unhatch", "hatch": "hatch"}.get(name)
    class_ = {"provisional": "k1", "hatch": "none"}.get(name, name)
    if name not in _OTHERS:
        tone(name)
    over = el("path", d="M-400-400 2000 2000", class_=line) if line else Markup("")
    box = el("rect", width="100%", height="100%", class_=class_)
    return el("svg", box, over, width=12, height=12, aria_hidden="true")


def link(text: Markup | str, href: str) -> Markup:
    """Return a text that leads to an address; only the text where the address is neither relative nor http(s)."""
    scheme = re.match(r"\s*([^/?#]*):", href)
    if not href or (scheme and scheme[1].lower() not in ("http", "https")):
        return html("span", text)
    return html("a", text, href=href)
