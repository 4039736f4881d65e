"""One file per protocol. The name of the file is the word that a sandbox.yaml gives under `protocol:`."""

import importlib
from pathlib import Path
from typing import cast

from sandbox.errors import SandboxError
from sandbox.messages import SandboxProtocol


def protocol_names() -> list[str]:
    """Return the names of all protocols."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem != "__init__")


def load_protocol(name: str) -> SandboxProtocol:
    """Return the protocol with this name.

    Raises:
        SandboxError: no protocol has this name.
    """
    if name not in protocol_names():
        raise SandboxError(f"unknown protocol {name!r}; known: {', '.join(protocol_names())}")
    return cast(SandboxProtocol, importlib.import_module(f"sandbox.protocols.{name}"))
