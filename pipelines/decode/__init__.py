"""How answers are written: one file per format, found by the name that a declaration gives it.

Each file has `Reading`, what a declaration may say of the format, and `decode(body, reading)`, which turns bytes into
a table of text: nothing is guessed, null is a value that is absent. What formats share lies in `parts/`.
"""

import importlib
import pkgutil
from typing import Annotated, Any, Protocol

import pyarrow as pa
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from catalog.declaration.explain import explain
from catalog.declaration.names import fold_name
from catalog.declaration.strict import Listed, Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts.beside import is_beside

_MOST_SHOWN = 160
"""Characters of what is wrong with one of several readings."""


class Decodes(Protocol):
    """What a format's file has."""

    Reading: type[Strict]

    def decode(self, body: bytes, reading: Any) -> pa.Table:
        """Return the records of a body, as text; raises SourceError where it is none of the format."""


def known() -> list[str]:
    """Return the names of all formats."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def find(name: str) -> Decodes:
    """Return the file of a format; raises ValueError, which lists those there are, when there is none."""
    if name not in known():
        raise ValueError(f"no {name!r}; known: {', '.join(known())}")
    module: Any = importlib.import_module(f"pipelines.decode.{name}")
    return module  # type: ignore[no-any-return]


class OneFormat(Strict):
    """A format, and its own options."""

    format: str = Field(description="how the bytes are written: a file of pipelines/decode/")
    reading: Any = Field(default_factory=dict, validate_default=True, description="the options of the format")

    @field_validator("format")
    @classmethod
    def _known(cls, name: str) -> str:
        find(name)
        return name

    @field_validator("reading")
    @classmethod
    def _typed(cls, options: Any, info: ValidationInfo) -> Any:
        if "format" not in info.data:
            return options  # the format's own fault is told already
        model = find(info.data["format"]).Reading
        try:
            return model.model_validate(options)
        except ValidationError as error:
            raise ValueError("; ".join(explain(error, model, info.data["format"], options).splitlines())) from error

    def records(self, body: bytes) -> pa.Table:
        """Return the records of a body in this format."""
        return find(self.format).decode(body, self.reading)


class Alternative(OneFormat):
    """One of several layouts of a source."""

    has: Texts = Field(default=(), description="columns without which it does not fit, whatever can be decoded")

    def records(self, body: bytes) -> pa.Table:
        """Return the records of a body in this format.

        Raises:
            SourceError: it does not fit: it cannot be decoded, or a column is not there.
        """
        table = super().records(body)
        names = [name for name in table.column_names if not is_beside(name)]
        there = set(map(fold_name, names))
        for name in self.has:
            if fold_name(name) not in there:
                raise SourceError(f"expected the column {name!r}, found {', '.join(map(repr, names[:10]))}")
        return table


class Formatted(OneFormat):
    """A declaration's `format`, and under `reading` the format's own options; or several under `readings`."""

    readings: Annotated[tuple[Alternative, ...], Listed] = Field(
        default=(),
        description="several layouts, tried in order: the first that fits is read. Each has `reading`, and may "
        "have `format` and `has`",
    )

    @model_validator(mode="before")
    @classmethod
    def _alternatives(cls, values: Any) -> Any:
        """Give each of `readings` the format, where it names none; `reading` is that of the first."""
        if not isinstance(values, dict) or not isinstance(values.get("readings"), list) or not values["readings"]:
            return values
        each = [{"format": values.get("format")} | one if isinstance(one, dict) else one for one in values["readings"]]
        first = each[0].get("reading", {}) if isinstance(each[0], dict) else {}
        if values.get("reading", first) != first:
            raise ValueError("reading, readings: write one of them")
        if "format" not in values and isinstance(each[0], dict):
            values = values | {"format": each[0].get("format")}
        same = isinstance(each[0], dict) and each[0]["format"] == values["format"]
        if not same:
            raise ValueError("readings: the first is of the format that `format` names")
        return values | {"readings": each, "reading": first}

    def records(self, body: bytes) -> pa.Table:
        """Return the records of a body in this format, or in the first of several that fits.

        Raises:
            SourceError: it cannot be decoded, or none of `readings` fits: what is wrong with each.
        """
        if not self.readings:
            return super().records(body)
        faults = []
        for number, one in enumerate(self.readings, start=1):
            try:
                return one.records(body)
            except SourceError as error:
                faults.append(f"{number}: {str(error)[:_MOST_SHOWN]}")
        raise SourceError(f"expected one of {len(faults)} readings to fit, found none; {'; '.join(faults)}")
