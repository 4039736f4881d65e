"""A line as small as a word: the course without axes, its last value as a dot."""

from markupsafe import Markup

from catalog.site.draw.lines import curve, last, place, stretched_steps
from catalog.site.draw.scale import Scale, Values, real, scale_of
from catalog.site.draw.svg import Alt, el, pct, picture


def sparkline(alt: Alt, values: Values, *, scale: Scale | None = None) -> Markup:
    """Return a small line; it fills its range, so its height tells nothing of the distance to zero.

    Args:
        alt: the words of the picture.
        values: one for each step; None where there is none.
        scale: of all sparklines that stand together, where they are to be compared.
    """
    numbers = [value for value in real(values) if value is not None]
    if scale is None:
        scale = Scale((min(numbers), max(numbers))) if numbers and min(numbers) < max(numbers) else scale_of(numbers)
    end = last(values)
    dot = (
        el("circle", cx=pct(place(end[0], len(values))), cy=pct(1 - scale.at(end[1])), r=3, class_="d k1")
        if end
        else Markup("")
    )
    line = stretched_steps(len(values), curve(values, scale, len(values), "k1"))
    return picture(alt, line, dot, class_="spark", height=28)
