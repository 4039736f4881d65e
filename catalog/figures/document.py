"""`figures.json`: the newest figures of a dataset, as its pages and those of its places, agency and topic show them.

It is derived of the newest release and language-free but for the names of places and categories.
"""

from pydantic import BaseModel, ConfigDict, Field

from catalog.declaration.views import Step, Together

LAYOUT = 1
"""Raised when what is reckoned changes, so that all is reckoned anew."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Label(_Frozen):
    """A name in both languages."""

    en: str
    zh_tw: str = Field(alias="zh-TW")

    def of(self, language: str) -> str:
        """Return the name in a language of the site."""
        return self.en if language == "en" else self.zh_tw


class Course(_Frozen):
    """A value, and how it came to be so."""

    value: float | None = None
    """At the newest step; None if there is none then."""
    level: str | None = None
    """The code that says how grave the value is."""
    last: float | None = None
    """The newest value of the steps shown."""
    last_at: str | None = None
    month: float | None = None
    """Of the month of the newest step, so far."""
    year_before: float | None = None
    """Of the same month a year before; None if there are no rows of it."""
    series: tuple[float | None, ...] = ()
    """A value for each step; empty where it is not kept."""


class Item(Course):
    """A place or a category."""

    key: str
    label: Label
    county: str | None = None
    longitude: float | None = None
    latitude: float | None = None


class County(Course):
    """What a dataset says of a place that has a page."""

    items: int
    """How many places or categories lie in it."""
    top: Label | None = None
    """Which of them has the value, where one has."""


class Preview(_Frozen):
    """The newest rows, as the canonical CSV writes their cells, but never in quotes; None is no value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class Figures(_Frozen):
    """What is shown first of a release."""

    made_of: str
    """Digest of all that decides the figures."""
    tables: tuple[str, ...]
    """The tables that name its codes, released or not."""
    n: int
    measure: str | None
    together: Together
    by: str | None
    across: str | None
    first: Label | None
    """The category that stands for the whole."""
    step: Step | None
    steps: tuple[str, ...]
    """Without gaps, oldest first: an hour as ISO 8601 with offset, a day, the Monday of a week, a month, a year."""
    growing: int
    decimals: int
    whole: Course
    items: tuple[Item, ...]
    """Those of most weight first."""
    more: int
    """How many items are left out."""
    others: tuple[Item, ...]
    """The first category, by what `across` names."""
    counties: dict[str, County]
    preview: Preview

    @property
    def newest(self) -> str | None:
        """The newest step."""
        return self.steps[-1] if self.steps else None
