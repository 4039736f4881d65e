"""How answers are written: one file per format, found by the name that a declaration gives it.

Each file has `Reading`, what a declaration may say of the format, and `decode(body, reading)`, which turns bytes into
a table of text: nothing is guessed, null is a value that is absent. What formats share lies in `parts/`.
"""

import importlib
import pkgutil
from typing import Any, Protocol

import pyarrow as pa
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from catalog.declaration.dataset import explain
from catalog.declaration.strict import Strict


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


class Formatted(Strict):
    """A declaration's `format`, and under `reading` the format's own options."""

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
            raise ValueError("; ".join(explain(error, model, info.data["format"]).splitlines())) from error

    def records(self, body: bytes) -> pa.Table:
        """Return the records of a body in this format."""
        return find(self.format).decode(body, self.reading)
