"""How agencies are asked: one file per protocol, found by its name in `source.protocol` of a declaration.

Each file is pure: it decides, `pipelines.fetch` talks. It has

- `Source`, the typed parameters of `minsheng.source`;
- `ask(source, bodies, previous)`, the next request after these bodies, or None when there is nothing more to ask;
- `incomplete(source, bodies)`, why these bodies are not the whole answer, or None when that is proven;
- `records(source, body)`, the records of one body as a table of text.

None of them imports another.
"""

import importlib
import pkgutil
from typing import Any, Protocol

import pyarrow as pa
from pydantic import ValidationError

from catalog.declaration import explain
from catalog.errors import DeclarationError
from catalog.fields import Strict
from pipelines.protocols.words import Previous, Request


class Speaks(Protocol):
    """What a protocol's file has."""

    Source: type[Strict]

    def ask(self, source: Any, bodies: list[bytes], previous: Previous | None) -> Request | None:
        """Return the next request, or None."""

    def incomplete(self, source: Any, bodies: list[bytes]) -> str | None:
        """Return why the bodies are not the whole answer, or None."""

    def records(self, source: Any, body: bytes) -> pa.Table:
        """Return the records of a body, as text."""


def known() -> list[str]:
    """Return the names of all protocols."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "words")


def find(source: dict[str, Any], place: str) -> tuple[Speaks, Any]:
    """Return the file that answers for a declared source, and its typed parameters.

    Raises:
        DeclarationError: no such protocol (the message lists those there are), or wrong parameters.
    """
    name = source["protocol"]
    if name not in known():
        raise DeclarationError(f"{place}: minsheng.source.protocol: no {name!r}; known: {', '.join(known())}")
    module: Any = importlib.import_module(f"pipelines.protocols.{name}")
    try:
        typed = module.Source.model_validate({key: value for key, value in source.items() if key != "protocol"})
    except ValidationError as error:
        raise DeclarationError(explain(error, module.Source, f"{place}: minsheng.source")) from error
    return module, typed
