"""Tables of agencies -> one row a record: one file per step, found by the name that a declaration gives it.

Each file has `OPTIONS`, what a declaration may say of the step; `names(step)`, the columns that it reads and makes; and
`apply(records, step, claims)`. Steps work on whole columns. A record that cannot be read as one (`beside.FAULT`) goes
through each step as one row. What steps share lies in `parts/`.
"""

import functools
import importlib
import json
import pkgutil
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from pydantic import Field, ValidationError

from catalog.declaration.dataset import Dataset
from catalog.declaration.explain import explain
from catalog.declaration.names import fold_name
from catalog.declaration.strict import Strict
from catalog.errors import DeclarationError, SourceError
from pipelines.decode.parts import limits
from pipelines.shape.parts.origin import RECORD
from pipelines.shape.parts.table import Claims, StepNames, agency_columns


class Shapes(Protocol):
    """What a step's file has."""

    OPTIONS: type[Strict]

    def names(self, step: Any) -> StepNames:
        """Return the columns that the step reads and makes, as far as it names them."""

    def apply(self, records: pa.Table, step: Any, claims: Claims) -> pa.Table:
        """Return the records in their new shape; raises SourceError where they do not have the declared one."""


class LoadedStep(NamedTuple):
    """A declared step."""

    name: str
    file: Shapes
    options: Any
    """As the step's `OPTIONS`."""
    optional: bool = False
    """It is left out of a fetch that has none of the columns that it reads."""

    @property
    def columns(self) -> StepNames:
        """The columns that it reads and makes, as far as it names them."""
        return self.file.names(self.options)

    def left_out(self, records: pa.Table) -> bool:
        """Return whether records are of a layout that does not need the step."""
        there = set(map(fold_name, agency_columns(records)))
        return self.optional and there.isdisjoint(map(fold_name, self.columns.reads))


def known_steps() -> list[str]:
    """Return the names of all steps."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def load_steps(dataset: Dataset, place: str) -> tuple[LoadedStep, ...]:
    """Return the steps of `minsheng.shape`, in order.

    Args:
        dataset: the declaration.
        place: for messages: the file, or the dataset.

    Raises:
        DeclarationError: no such step (the message lists those there are), or wrong options.
    """
    return _loaded(json.dumps(dataset.minsheng.shape), place) if dataset.minsheng.shape else ()


@functools.lru_cache(maxsize=256)
def _loaded(written: str, place: str) -> tuple[LoadedStep, ...]:
    steps = []
    for number, ((name, options),) in enumerate(map(dict.items, json.loads(written))):
        at = f"{place}: minsheng.shape (step {number + 1}, {name})"
        if name not in known_steps():
            raise DeclarationError(f"{at}: no step {name!r}; known: {', '.join(known_steps())}")
        file: Any = importlib.import_module(f"{__name__}.{name}")
        try:
            common, own = _common(options)
            steps.append(LoadedStep(name, file, file.OPTIONS.model_validate(own), common.optional))
        except ValidationError as error:
            raise DeclarationError(explain(error, file.OPTIONS, at, options)) from error
    return tuple(steps)


class AnyStep(Strict):
    """What a declaration may say of every step, beside the step's own options."""

    optional: bool = Field(default=False, description="left out of a fetch that has none of the columns that it reads")


def _common(options: Any) -> tuple[AnyStep, Any]:
    """What is said of every step, and the options of this one."""
    if not isinstance(options, dict):
        return AnyStep(), options
    common = {word: value for word, value in options.items() if word in AnyStep.model_fields}
    return AnyStep.model_validate(common), {word: value for word, value in options.items() if word not in common}


def shaped(dataset: Dataset, records: pa.Table) -> pa.Table:
    """Return the records of a fetch in the shape that a declaration says.

    Args:
        dataset: the declaration.
        records: columns of text, named and ordered as the agency sends them, with what stands beside them.

    Returns:
        The records themselves where no step is declared; else one row for each record of the new shape, and beside its
        columns where their cells stood (`parts.origin`).

    Raises:
        SourceError: the records do not have the shape that a step needs, or would have more cells than the limit.
        DeclarationError: a step is wrong.
    """
    steps = load_steps(dataset, dataset.name)
    if not steps or not records.num_columns:
        return records
    records = records.append_column(RECORD, pa.array(np.arange(records.num_rows)))
    for number, step in enumerate(steps):
        if step.left_out(records):
            continue
        others = [other.columns for other in (*steps[:number], *steps[number + 1 :])]
        try:
            records = step.file.apply(records, step.options, _claims(dataset, others))
            limits.cells(records.num_rows * records.num_columns)
        except SourceError as error:
            raise SourceError(f"minsheng.shape.{number} ({step.name}): {error}") from error
    return records


def _claims(dataset: Dataset, others: list[StepNames]) -> Claims:
    names = {fold_name(name) for field in dataset.table.fields if not field.origin for name in field.heard}
    names |= {fold_name(name) for step in others for name in (*step.reads, *step.makes)}
    return Claims(frozenset(names), dataset.minsheng.ignore)


def made_of(dataset: Dataset) -> dict[str, set[str]]:
    """Return which columns hold texts of which others: a text that is kept back is so wherever a step puts it.

    Returns:
        By the folded name of a column that steps make, the folded names of those that its texts come from.
    """
    found: dict[str, set[str]] = {}
    for step in load_steps(dataset, dataset.name):
        for name, sources in step.columns.makes.items():
            folded = set(map(fold_name, sources))
            found[fold_name(name)] = folded.union(*(found.get(source, ()) for source in folded))
    return found
