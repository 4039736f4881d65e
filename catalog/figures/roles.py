"""What part each column plays in the figures of a dataset: as its declaration says, else as its schema suggests."""

import re
from dataclasses import dataclass

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.views import Levels, Names, Step, Together, Views

_ANGLE = "deg"
_STEPS: dict[str, Step] = {"datetime": "hour", "date": "day", "week": "week", "month": "month", "year": "year"}
"""By type of a field that tells the time, the narrowest step. A quarter is none of the steps."""
_ORDER: tuple[Step, ...] = ("hour", "day", "week", "month", "year")


@dataclass(frozen=True)
class Roles:
    """Names of columns; None where a table has no such column."""

    time: str | None
    step: Step | None
    measure: str | None
    together: Together
    weight: str | None
    by: str | None
    across: str | None
    county: str | None
    """The column whose codes are places with a page each."""
    longitude: str | None
    latitude: str | None
    levels: Levels | None
    labels: dict[str, Names]
    """Of a coded column, the columns of the same row that name it."""
    first: tuple[str, str] | None
    """A column and its value: rows that make the figures of the whole and of the counties."""
    growing: int
    """How many of the newest steps still fill up."""
    sunday: bool = False
    """Whether weeks as values begin on Sunday."""

    @property
    def columns(self) -> list[str]:
        """Every column that is read."""
        names = [self.time, self.measure, self.weight, self.by, self.across, self.county, self.longitude, self.latitude]
        names += [self.levels.field] if self.levels else []
        names += [name for each in self.labels.values() for name in (each.en, each.zh_tw)]
        return list(dict.fromkeys(name for name in names if name))


def roles(dataset: Dataset, places: str | None) -> Roles:
    """Say what part each column plays.

    Args:
        dataset: the declaration.
        places: the reference table of the places that have a page each.
    """
    views = dataset.minsheng.views or Views()
    fields = {field.name: field for field in dataset.published}
    time = _time(dataset, fields)
    measure = views.measure or _measure(dataset, fields)
    county = _county(dataset, fields, places)
    unit = fields[measure].unit if measure else None
    timed = fields[time].type if time else None
    return Roles(
        time=time,
        step=_step(views, timed) if measure else None,
        measure=measure,
        together=views.together or ("sum" if _is_count(unit) else "mean"),
        weight=views.weight,
        by=views.by or _by(dataset, time, county),
        across=views.across,
        county=county,
        longitude=views.position.longitude if views.position else None,
        latitude=views.position.latitude if views.position else None,
        levels=views.levels,
        labels={name: _names(each) for name, each in views.labels.items()},
        first=(views.first.field, views.first.value) if views.first else None,
        growing=views.growing or 0,
        sunday=_from_sunday(fields[time]) if time else False,
    )


def _time(dataset: Dataset, fields: dict[str, FieldDeclaration]) -> str | None:
    """The partition's field, else the first date of the key, else the first date of all."""
    names = [dataset.minsheng.partition.field, *dataset.table.primary_key, *fields]
    return next((name for name in names if name in fields and fields[name].type in _STEPS), None)


def _from_sunday(field: FieldDeclaration) -> bool:
    return field.date is not None and field.date.weeks == "sunday"


def _measure(dataset: Dataset, fields: dict[str, FieldDeclaration]) -> str | None:
    """The first number with a unit, which is no angle and no part of the key."""
    for name, field in fields.items():
        is_number = field.type in ("integer", "number") and field.unit not in (None, _ANGLE)
        if is_number and name not in dataset.table.primary_key:
            return name
    return None


def _step(views: Views, timed: str | None) -> Step | None:
    if timed is None:
        return None
    narrowest = _STEPS[timed]
    # A date has no hours, and a month no days.
    return narrowest if views.step is None or _ORDER.index(views.step) < _ORDER.index(narrowest) else views.step


def _is_count(unit: str | None) -> bool:
    """Whether values of a unit may be added up: UCUM writes what is counted in braces, as `{cases}`."""
    return re.fullmatch(r"\{[^{}]*\}", unit or "") is not None


def _county(dataset: Dataset, fields: dict[str, FieldDeclaration], places: str | None) -> str | None:
    if dataset.name == places:
        return None
    named = [each.fields[0] for each in dataset.minsheng.references if each.plain and each.dataset == places]
    return next((name for name in named if name in fields), None)


def _by(dataset: Dataset, time: str | None, county: str | None) -> str | None:
    """The counties, if the key has them; else the first of the key that is no time."""
    key = [name for name in dataset.table.primary_key if name != time]
    return county if county in key else next(iter(key), None)


def _names(declared: str | Names) -> Names:
    return Names.model_validate({"en": declared, "zh-TW": declared}) if isinstance(declared, str) else declared
