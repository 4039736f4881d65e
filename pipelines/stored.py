"""Records of fetches and their outcomes as they are stored: each is checked whole, and is of the fetch asked for."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release.digest import unsealed

FORM, VOUCHED_FORM = 2, 3
"""Of a fetch's record. Form 1 has `complete` and `why` instead of `transport`: the answer was judged first. In form 3
an operator vouches for the clock: software that does not know this cannot tell what is overtaken."""
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
    """A record of any form: form 1 has no `form`, and `complete` in place of `transport`."""

    model_config = _STRICT
    form: Literal[2, 3] | None = None
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
    clock_is_right_at: AwareDatetime | None = None


class StoredOutcome(BaseModel):
    """An outcome; those of version 0.1.0 do not name the dataset."""

    model_config = _STRICT
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
        read = unsealed(body)
        stored = StoredOutcome.model_validate_json(read.body) if read.whole else None
    except ValueError:
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
        read = unsealed(body)
    except ValueError:
        raise IntegrityError(f"{key} is no record of a fetch; {_MEND}", place=slug) from None
    form = read.document.get("form", FORM)
    if form not in (FORM, VOUCHED_FORM):
        raise IntegrityError(f"{key} has form {form!r}, expected none, 2 or 3; update the software", place=slug)
    try:
        stored = StoredRecord.model_validate_json(read.body)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise IntegrityError(
            f"{key} is no record of a fetch, as {where or 'all of it'} shows; {_MEND}", place=slug
        ) from None
    if not read.whole:
        raise IntegrityError(f"{key} is not as it was written, as its seal shows; {_MEND}", place=slug)
    if (stored.dataset, stored.k) != (slug, k):
        raise IntegrityError(f"{key} is fetch {stored.k} of {stored.dataset}; {_MEND}", place=slug)
    if (stored.complete if stored.form is None else stored.transport) is None:
        raise IntegrityError(f"{key} is no record of a fetch: it does not say if it is complete; {_MEND}", place=slug)
    return stored
