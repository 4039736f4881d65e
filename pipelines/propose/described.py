"""What Frictionless sees in a table: delimiter, encoding, types. A first guess, which our own code proves."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

_SAMPLE_ROWS = 200


class TextDescription(NamedTuple):
    """What `frictionless describe` says of a text file."""

    encoding: str = ""
    delimiter: str = ""


def describe_text(body: bytes) -> TextDescription:
    """Return the encoding and the delimiter of a text file; empty where Frictionless cannot tell."""
    with _quiet() as frictionless:
        try:
            resource = frictionless.Resource(body, format="csv")
            resource.infer()
        except frictionless.FrictionlessException:
            return TextDescription()
        return TextDescription(resource.encoding or "", resource.dialect.to_dict().get("csv", {}).get("delimiter", ","))


def describe_types(table: pa.Table) -> dict[str, str]:
    """Return the type of each column, by the first rows, in the words of Table Schema."""
    with _quiet() as frictionless:
        rows = [table.column_names, *map(list, zip(*table.slice(0, _SAMPLE_ROWS).to_pydict().values(), strict=True))]
        try:
            resource = frictionless.Resource(rows, detector=frictionless.Detector(field_missing_values=["", "-", "NA"]))
            resource.infer()
        except frictionless.FrictionlessException:
            return {}
        kinds = [field.type for field in resource.schema.fields]
    return dict(zip(table.column_names, kinds, strict=True)) if len(kinds) == table.num_columns else {}


@contextlib.contextmanager
def _quiet() -> Iterator:  # type: ignore[type-arg]  # the module itself, which has no types
    import frictionless  # here: it costs half a second, which only this command needs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it leaves closing to the garbage collector
        yield frictionless
