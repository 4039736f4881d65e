"""One file per protocol; the file's name is the word that a sandbox.yaml says under `protocol:`."""

import importlib
from pathlib import Path
from typing import cast

from sandbox.errors import SandboxError
from sandbox.messages import Speaker


def known() -> list[str]:
    """Return the names of the protocols that are spoken."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem != "__init__")


def speaker(name: str) -> Speaker:
    """Return the protocol of that name.

    Raises:
        SandboxError: no file has that name.
    """
    if name not in known():
        raise SandboxError(f"unknown protocol {name!r}; known: {', '.join(known())}")
    return cast(Speaker, importlib.import_module(f"sandbox.protocols.{name}"))
