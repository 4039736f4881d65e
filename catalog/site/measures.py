"""Figures in words: a value with its unit, a step of time, a level, a name, in one language."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from catalog.declaration.views import Step, Views
from catalog.figures.document import Course, Figures, Label
from catalog.release.digest import Document
from catalog.site.sources import Released
from catalog.site.views import unit as written_unit
from catalog.site.words import Words

NO_VALUE = "–"
_CLOCK = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?.*$")


@dataclass(frozen=True)
class Measures:
    """How the values of one dataset are written."""

    words: Words
    released: Released
    figures: Figures

    def value(self, value: float | None, *, decimals: int | None = None) -> str:
        """Return a value without its unit; the words for none."""
        if value is None:
            return str(self.words("value.none"))
        digits = self.figures.decimals if decimals is None else decimals
        return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")

    def tick(self, value: float) -> str:
        """Return a value of an axis: no decimals that say nothing."""
        return f"{value:,.6g}".replace("-", "\N{MINUS SIGN}") if abs(value) < 1e6 else f"{value:,.0f}"

    @property
    def unit(self) -> str:
        """The unit of the measure, as people write it; empty where it has none."""
        return unit(self.words, str(self._field(self.figures.measure).get("unit", "")))

    @property
    def measure(self) -> str:
        """What is measured."""
        return self.title(self.figures.measure)

    def title(self, name: str | None) -> str:
        """Return what a column is called."""
        column = self._field(name)
        translated = column.get("translations", {}).get(self.words.language, {})
        return str(translated.get("title") or column.get("title") or "")

    @property
    def by(self) -> str:
        """What the column of places or categories is called: that of their names, where there is one."""
        return self.heading(self.figures.by)

    def heading(self, name: str | None) -> str:
        """Return what stands above the names of what a column codes: the title of the column that names it."""
        named = self._views.labels.get(name or "")
        if named is None:
            return self.title(name)
        by_language = named if isinstance(named, str) else named.en if self.words.language == "en" else named.zh_tw
        return self.title(by_language)

    def name(self, label: Label | None) -> str:
        """Return the name of a place or category."""
        if label is None:
            return ""
        return label.of(self.words.language)

    @property
    def levels(self) -> list[str]:
        """The codes of the declared levels, from good to grave."""
        declared = self._views.levels
        return list(declared.order) if declared else []

    def level(self, code: str | None) -> str:
        """Return what a level is called, without what stands in brackets behind it."""
        if code is None or not self._views.levels:
            return ""
        column = self._field(self._views.levels.field)
        translated = column.get("translations", {}).get(self.words.language, {})
        labels = {each["value"]: each["label"] for each in translated.get("categories", column.get("categories", ()))}
        return str(labels.get(code, code)).split("（")[0].split(" (")[0]

    def tone(self, code: str | None) -> str:
        """Return the class of a level; empty for what is no level."""
        return f"level{self.levels.index(code) + 1}" if code in self.levels else ""

    def cell(self, name: str, text: str, places: Mapping[str, str]) -> str:
        """Return a cell of the preview as people read it: a code by its name, a time by the clock on the wall.

        Args:
            name: its column.
            text: as the canonical CSV writes it.
            places: the names of the places that have a page, by code.
        """
        column = self._field(name)
        if column.get("type") == "datetime":
            return _CLOCK.sub(r"\1 \2", text)
        translated = column.get("translations", {}).get(self.words.language, {})
        labels = {each["value"]: each["label"] for each in translated.get("categories", column.get("categories", ()))}
        return str(labels.get(text) or places.get(text, text))

    def noun(self) -> str:
        """Return what the places or categories are; of stations: stations."""
        return self.words.of(self._views.noun.model_dump(by_alias=True)) if self._views.noun else ""

    def moment(self, step: str | None) -> str:
        """Return a step with its full date, the year of the Republic too."""
        return moment(self.words, step, self.figures.step, whole=True)

    def short(self, step: str | None) -> str:
        """Return a step as a label or in a table."""
        return moment(self.words, step, self.figures.step, whole=False)

    def against(self, course: Course) -> Markup | str:
        """Say how the newest value stands to the one before; nothing where there is none before."""
        before = [value for value in course.series[:-1] if value is not None]
        if course.value is None or not before:
            return ""
        step = f"against.{'step' if len(course.series) > 1 and course.series[-2] is not None else 'last'}"
        change = course.value - before[-1]
        word = "same" if change == 0 else "more" if change > 0 else "less"
        return self.words(f"{step}_{word}", before=self.value(before[-1]), change=self.with_unit(abs(change)))

    def with_unit(self, value: float) -> str:
        """Return a value with its unit behind it, where it has one."""
        return f"{self.value(value)} {self.unit}".rstrip()

    @property
    def _views(self) -> Views:
        declared: Document = self.released.declared.get("minsheng", {}).get("views") or {}
        return Views.model_validate(declared, strict=False)

    def _field(self, name: str | None) -> Document:
        fields: list[Document] = self.released.schema["fields"]
        return next((each for each in fields if each["name"] == name), {})


def unit(words: Words, ucum: str) -> str:
    """Return a unit as people write it; the words of a language where it has some; nothing for an index, unit 1."""
    if ucum == "1":
        return ""
    return str(words(f"unit.{ucum}")) if words.has(f"unit.{ucum}") else written_unit(ucum)


def moment(words: Words, step: str | None, grain: Step | None, *, whole: bool) -> str:
    """Return a step of time in words.

    Args:
        words: the language.
        step: as the figures write it; None is nothing.
        grain: what a step is.
        whole: with the year in words, that of the Republic too; else as a table writes it.
    """
    if step is None or grain is None:
        return ""
    at = _at(step)
    written: dict[str, Any] = {"year": str(at.year), "roc": str(at.year - 1911), "day": str(at.day)}
    written |= {"month": str(words(f"month.{at.month}")), "time": f"{at:%H:%M}"}
    if whole:
        return str(words(f"moment.{grain}", **written))
    forms = {"hour": "%Y-%m-%d %H:%M", "month": "%Y-%m", "year": "%Y"}
    return f"{at:{forms.get(grain, '%Y-%m-%d')}}"


def _at(step: str) -> dt.datetime:
    return dt.datetime.fromisoformat(step if len(step) > 7 else f"{step}-01-01"[:10])


def steps(figures: Figures) -> list[dt.datetime]:
    """Return the steps of figures as times, without their zone: it is that of the reader's clock on the wall."""
    return [_at(step).replace(tzinfo=None) for step in figures.steps]
