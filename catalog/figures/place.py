"""What the figures of a dataset say of one place, as figures of their own. Pure."""

from catalog.figures.document import Figures, Item


def of_place(figures: Figures, code: str) -> Figures | None:
    """Return the figures of a place; None where the dataset does not speak of it.

    The whole is the place, the items are what lies in it. Where a category is shown first, as one crop of many, the
    items are where that one is: a crop that is sold in one place only does not lie there.

    Args:
        figures: of the dataset.
        code: of the place.
    """
    items = tuple(item for item in _within(figures) if item.county == code and item.key != code)
    county = figures.counties.get(code)
    if county is None and not items:
        return None
    named = {"others": items, "items": ()} if figures.across else {"items": items}
    counties = {code: county} if county else {}
    return figures.model_copy(update={"whole": county or figures.whole.model_copy(), "counties": counties, **named})


def speaks_of(figures: Figures, codes: set[str]) -> bool:
    """Say whether figures speak of any of some places."""
    return any(code in codes for code in figures.counties) or any(item.county in codes for item in _within(figures))


def _within(figures: Figures) -> tuple[Item, ...]:
    return figures.others if figures.across else figures.items
