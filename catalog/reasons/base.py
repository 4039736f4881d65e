"""What all values of a reason share: they never change, and know what only stewards may read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict

STEWARDS = "for stewards"
"""Marks a field that may hold what an agency, or a steward, wrote. The public view leaves it out."""
OWN_WORDS = "own words"
"""Marks a text that this project or a declaration gives: an id, a name, a time. Everyone may read it."""

_T = TypeVar("_T")
ForStewards = Annotated[_T, STEWARDS]
OwnWords = Annotated[str, OWN_WORDS]
Candidate = Annotated[OwnWords, "candidate"]
"""The id of a candidate: sentences show its beginning."""


class Value(BaseModel):
    """A frozen value. `kind` says which one it is, here and where it is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: str

    @property
    def variant(self) -> str | None:
        """Which of several texts says it."""
        return None

    @property
    def slots(self) -> Mapping[str, Any]:
        """What its text puts in, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def public(self) -> Self:
        """Return what everyone may read of it: the fields for stewards are empty."""
        return self.model_copy(update={name: self._shown(name) for name in type(self).model_fields})

    def _shown(self, name: str) -> Any:
        field, value = type(self).model_fields[name], getattr(self, name)
        if STEWARDS in field.metadata:
            return field.get_default()
        if isinstance(value, tuple):
            return tuple(one.public() if isinstance(one, Value) else one for one in value)
        return value.public() if isinstance(value, Value) else value


class Told(Value):
    """A reason: what can stand alone, and be stored."""

    version: Literal[1] = 1
    """Of the stored form."""

    @property
    def variant(self) -> str | None:
        """With a field for stewards there are two texts: where that is filled, and where it is not."""
        marked = [name for name, field in type(self).model_fields.items() if STEWARDS in field.metadata]
        if not marked:
            return None
        fields = type(self).model_fields
        filled = any(getattr(self, name) != fields[name].get_default() for name in marked)
        return "stewards" if filled else "public"
