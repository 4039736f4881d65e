"""What Frictionless sees in a text file: delimiter and encoding. A first guess, which our own code proves."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import NamedTuple


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


@contextlib.contextmanager
def _quiet() -> Iterator:  # type: ignore[type-arg]  # the module itself, which has no types
    import frictionless  # here: it costs half a second, which only this command needs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it leaves closing to the garbage collector
        yield frictionless
