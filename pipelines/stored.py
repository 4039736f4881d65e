"""Records of fetches and their outcomes as they are stored: each is checked whole, and is of the fetch asked for."""

import json
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release.digest import seal_is_whole

FORM = 2
"""Of a fetch's record. Form 1 has `complete` and `why` instead of `transport`: there, the answer was judged first."""
What = Literal["folded", "unchanged", "same", "superseded", "refused"]
Transport = Literal["complete", "broken", "unanswered"]
"""Whether every answer came whole; or one was cut, refused or led elsewhere; or none came at all."""
_MEND = "restore it from a copy of the private store"
_STRICT = ConfigDict(strict=True, extra="forbid")
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class StoredPage(BaseModel):
    """One answer of a record."""

    model_config = _STRICT
    address: str
    status: int
    headers: dict[str, str]
    bytes: int
    sha256: _Sha256
    redacted: bool


class StoredRecord(BaseModel):
    """A record of any form: form 1 has no `form`, and `complete` in place of `transport`. Older ones bear no seal."""

    model_config = _STRICT
    sha256: _Sha256 | None = None
    form: Literal[2] | None = None
    dataset: str
    k: int
    fetched_at: AwareDatetime
    transport: Transport | None = None
    complete: bool | None = None
    why: str | None
    pages: list[StoredPage]
    asked: dict[str, Any]
    window: dict[str, Any] | None
    stopped: str | None = None


class StoredOutcome(BaseModel):
    """An outcome; those of version 0.1.0 do not name the dataset."""

    model_config = _STRICT
    sha256: _Sha256 | None = None
    dataset: str | None = None
    k: int
    what: What
    n: Annotated[int, Field(ge=0)] | None = None
    by: Annotated[int, Field(ge=1)] | None = None
    candidate: _Sha256 | None = None
    reason: Any = None
    incomplete: Literal[True] | None = None


_BESIDE: dict[What, str] = {"folded": "n", "same": "candidate", "superseded": "by"}
"""What an outcome has beside `what`."""


def read_outcome(body: bytes, slug: str, k: int) -> StoredOutcome:
    """Read the outcome of a fetch.

    Args:
        body: what is stored.
        slug: the dataset.
        k: the fetch.

    Raises:
        IntegrityError: it is none, or that of another fetch.
    """
    try:
        stored = StoredOutcome.model_validate_json(body) if seal_is_whole(json.loads(body)) else None
    except (ValueError, TypeError):
        stored = None
    beside = _BESIDE.get(stored.what) if stored else None
    lacks = stored and beside and getattr(stored, beside) is None
    if stored is None or lacks or stored.k != k or stored.dataset not in (None, slug):
        key = keys.outcome(slug, k)
        raise IntegrityError(f"{key}: expected the outcome of fetch {k}, found something else; {_MEND}", place=slug)
    return stored


def read_record(body: bytes, slug: str, k: int) -> StoredRecord:
    """Read the record of a fetch.

    Args:
        body: what is stored.
        slug: the dataset.
        k: the fetch.

    Raises:
        IntegrityError: it is none, or that of another fetch, or of a form that this version does not know.
    """
    key = keys.evidence(slug, k)
    try:
        document = json.loads(body)
        form, is_whole = document.get("form", FORM), seal_is_whole(document)
    except (ValueError, AttributeError):
        raise IntegrityError(f"{key} is no record of a fetch; {_MEND}", place=slug) from None
    if form != FORM:
        raise IntegrityError(f"{key} has form {form!r}, expected {FORM} or none; update the software", place=slug)
    try:
        stored = StoredRecord.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise IntegrityError(
            f"{key} is no record of a fetch, as {where or 'all of it'} shows; {_MEND}", place=slug
        ) from None
    if not is_whole:
        raise IntegrityError(f"{key} is not as it was written, as its seal shows; {_MEND}", place=slug)
    if (stored.dataset, stored.k) != (slug, k):
        raise IntegrityError(f"{key} is fetch {stored.k} of {stored.dataset}; {_MEND}", place=slug)
    if (stored.complete if stored.form is None else stored.transport) is None:
        raise IntegrityError(f"{key} is no record of a fetch: it does not say if it is complete; {_MEND}", place=slug)
    return stored
