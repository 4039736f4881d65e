"""What all values of a reason share: they never change, and each field says whether everyone may read it.

A class in which a field leaves that open cannot be made: nothing becomes public because it was forgotten.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_origin

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
_NO_TEXTS = (int, float, bool, type(None))


def _is_ours(annotation: Any, marks: list[Any]) -> bool:
    """Whether a field can hold only counts, words of a closed list, marked texts, and values of which that is true."""
    if OWN_WORDS in marks or annotation in _NO_TEXTS or get_origin(annotation) is Literal:
        return True
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return True
    if hasattr(annotation, "__metadata__"):
        return _is_ours(get_args(annotation)[0], [*marks, *annotation.__metadata__])
    parts = [part for part in get_args(annotation) if part is not Ellipsis]
    return bool(parts) and all(_is_ours(part, []) for part in parts)


class Value(BaseModel):
    """A frozen value. `kind` says which one it is, here and where it is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: OwnWords

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Raise TypeError for a field that may hold a text and does not say whose."""
        for name, field in cls.model_fields.items():
            if STEWARDS in field.metadata:
                if field.is_required():
                    raise TypeError(f"{cls.__name__}.{name}: the public form needs a default for it")
            elif not _is_ours(field.annotation, field.metadata):
                raise TypeError(f"{cls.__name__}.{name}: who wrote it? Mark it as OwnWords or as ForStewards")

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
