"""Errors as reasons: which family is at fault, and what it says to stewards."""

from typing import Literal

from catalog.errors import (
    DecisionError,
    DeclarationError,
    IntegrityError,
    MinshengError,
    SourceError,
    StoreError,
)
from catalog.reasons.sentences import sentence
from catalog.reasons.values import DeclarationBlocks, DeclarationUnreadable, Fault

_Family = Literal["declaration", "source", "store", "integrity", "decision"]
_FAMILIES: tuple[tuple[type[MinshengError], _Family], ...] = (
    (DeclarationError, "declaration"),
    (SourceError, "source"),
    (StoreError, "store"),
    (IntegrityError, "integrity"),
    (DecisionError, "decision"),
)


class UnfitDeclaration(DeclarationError):
    """The declaration as it stands does not fit what is released: the reason says why."""

    def __init__(self, slug: str, reason: DeclarationBlocks | DeclarationUnreadable) -> None:
        super().__init__(sentence(reason), place=slug)
        self.reason = reason


def of_error(error: Exception) -> DeclarationBlocks | DeclarationUnreadable | Fault:
    """Return what went wrong as a reason; what is no error of this project is a fault of the software."""
    if isinstance(error, UnfitDeclaration):
        return error.reason
    for family, name in _FAMILIES:
        if isinstance(error, family):
            return Fault(of=name, detail=error.message)
    detail = error.message if isinstance(error, MinshengError) else f"{type(error).__name__}: {error}"
    return Fault(of="software", detail=detail)
