"""The stored form of reasons: JSON with a version; and the sentences that version 0.1 stored in their place.

Only this module knows what those sentences were.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter, ValidationError

from catalog.errors import IntegrityError
from catalog.reasons.values import (
    ByCandidate,
    ByDeclaration,
    ByFetch,
    ByRejection,
    ByRelease,
    Overtaken,
    Reason,
    Recorded,
)
from catalog.release.digest import Document

_ANY: TypeAdapter[Reason] = TypeAdapter(Annotated[Union[Reason], Field(discriminator="kind")])  # noqa: UP007
_OVERTAKEN = re.compile(r"overtaken: it began before fetch ([0-9]+), which is recorded")
_CANDIDATE = re.compile(r"candidate ([0-9a-f]{64})")
_RELEASE = re.compile(r"release ([0-9]+)")
_FETCH = re.compile(r"fetch ([0-9]+)(?:, which says what release ([0-9]+) holds)?")
_REJECTED = re.compile(r"rejected by (.*?): (.*)", re.DOTALL)
_DECLARATION = "a change of the declaration"


def to_json(reason: Reason) -> Document:
    """Return the stored form of a reason, with everything in it: for the private store."""
    return reason.model_dump(mode="json")


def public_json(reasons: Iterable[Reason]) -> list[Document]:
    """Return the stored form of what everyone may read of reasons."""
    return [to_json(reason.public()) for reason in reasons]


def read(stored: Any, place: str) -> Reason:
    """Read a reason from the private store; a sentence of an earlier version is for stewards.

    Args:
        stored: what the document holds.
        place: which document, for the message.

    Raises:
        IntegrityError: it is no reason that this version knows.
    """
    if isinstance(stored, str):
        return _old(stored)
    if isinstance(stored, dict) and stored.get("kind") == "recorded":
        # For a while it had a text for everyone too, which is now for stewards as well.
        stored = {name: text for name, text in stored.items() if name != "sentence"}
    try:
        return _ANY.validate_python(stored)
    except ValidationError as error:
        # What stands there may be an agency's text: the message names the place in it and no value.
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise IntegrityError(
            f"{place}: expected a reason as this version writes it, found another in {where} ({first['type']}); "
            "if a newer version wrote it, use that one, else restore the file from a copy of the store"
        ) from None


def read_all(stored: Any, place: str) -> tuple[Reason, ...]:
    """Read a list of reasons from the private store.

    Raises:
        IntegrityError: it is no list, or one of them is no reason.
    """
    if not isinstance(stored, list):
        raise IntegrityError(f"{place}: expected a list of reasons, found {type(stored).__name__}")
    return tuple(read(reason, place) for reason in stored)


def read_public(status: Document, place: str) -> tuple[Reason, ...]:
    """Read the reasons of a public status; the one sentence that an earlier version had there is for stewards.

    Args:
        status: the document, with `reasons`, or with `reason` only.
        place: which document, for the message.

    Raises:
        IntegrityError: they are no reasons that this version knows.
    """
    if "reasons" in status:
        return tuple(reason.public() for reason in read_all(status["reasons"], place))
    sentence = status.get("reason")
    return (Recorded(detail=sentence),) if isinstance(sentence, str) else ()


def read_superseding(stored: Any, place: str) -> Reason:
    """Read why a candidate is no longer to be decided.

    Args:
        stored: what the document holds.
        place: which document, for the message.

    Raises:
        IntegrityError: it is no reason that this version knows.
    """
    if not isinstance(stored, str):
        return read(stored, place)
    if match := _CANDIDATE.fullmatch(stored):
        return ByCandidate(candidate=match[1])
    if match := _RELEASE.fullmatch(stored):
        return ByRelease(n=int(match[1]))
    if match := _FETCH.fullmatch(stored):
        return ByFetch(fetch=int(match[1]), same_as=int(match[2]) if match[2] else None)
    if match := _REJECTED.fullmatch(stored):
        return ByRejection(by=match[1], why=match[2])
    return ByDeclaration() if stored == _DECLARATION else Recorded(detail=stored)


def _old(sentence: str) -> Reason:
    match = _OVERTAKEN.fullmatch(sentence)
    return Overtaken(by=int(match[1])) if match else Recorded(detail=sentence)
