"""A fetch as it came and as it is kept, and what it led to: values. `pipelines.evidence` stores them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from catalog import keys
from catalog.reasons.stored import read
from catalog.reasons.values import Overtaken, Reason
from catalog.release.digest import Document, canonical
from pipelines.stored import FORM, VOUCHED_FORM, Transport, What, read_outcome, read_record

GAPS = (404, 410)
"""What an agency answers where there is nothing at an address."""


@dataclass(frozen=True)
class Page:
    """One answer."""

    address: str
    """As asked, without secrets."""
    status: int
    headers: dict[str, str]
    body: bytes
    redacted: bool = False
    """Whether a secret that the agency echoed was taken out of the body."""


@dataclass(frozen=True)
class Fetched:
    """Everything that one fetch asked for and received. Nothing in it depends on what the bodies say."""

    asked: dict[str, Any]
    """Protocol and parameters, without secrets; with a replay, which file."""
    fetched_at: dt.datetime
    """When the first request began, with an offset."""
    pages: tuple[Page, ...]
    why: str | None
    """Why the transport is not complete, or None."""
    answered: bool = True
    """False when the agency could not be reached: a failure, not a refusal of data."""
    window: dict[str, Any] | None = None
    """What was asked for, by declared field."""
    stopped: str | None = None
    """Why no next page was asked for: the software could not look into the last one. None if all went well."""
    clock_is_right_at: dt.datetime | None = None
    """Of evidence that is copied: see `Record`."""
    passes: bool = True
    """Of an agency that said nothing: whether to ask again in a minute may help."""


@dataclass(frozen=True)
class Record:
    """A fetch as it is kept."""

    k: int
    fetched_at: dt.datetime
    transport: Transport
    why: str | None
    """Why the transport is not complete, or None; in form 1 also why the answer is not complete."""
    pages: tuple[dict[str, Any], ...]
    asked: dict[str, Any]
    window: dict[str, Any] | None
    stopped: str | None = None
    judged: bool = False
    """Whether the answer was judged before it was recorded: form 1."""
    clock_is_right_at: dt.datetime | None = None
    """When it was recorded, if an operator vouched for the clock: an earlier fetch that is dated later is misdated."""

    @property
    def complete(self) -> bool:
        """Whether the record alone refuses nothing; what the bodies say is judged afterwards."""
        return self.transport == "complete"

    @property
    def bodies(self) -> tuple[str, ...]:
        """The hash of each page's body."""
        return tuple(page["sha256"] for page in self.pages)

    @property
    def answers(self) -> tuple[dict[str, Any], ...]:
        """The pages that are not gaps: what the records of the fetch are read from."""
        return tuple(page for page in self.pages if not self.is_gap(page))

    @property
    def missing(self) -> tuple[str, ...]:
        """The addresses of gaps, as shown: asked for, and nothing was there; that was declared to be no fault."""
        return tuple(page["address"] for page in self.pages if self.is_gap(page))

    def values_of(self, at: int) -> Mapping[str, str]:
        """Return what the places of a template were filled with, for one of `answers`; a time in ISO 8601.

        Args:
            at: which of them, from 0.
        """
        filled = self.asked.get("filled", ())
        indices = [index for index, page in zip(filled, self.pages, strict=False) if not self.is_gap(page)]
        return self.asked["values"][indices[at]] if at < len(indices) else {}

    def is_gap(self, page: Mapping[str, Any]) -> bool:
        """Whether there was nothing at a page's address; without its declaration the transport had been broken."""
        return self.complete and "values" in self.asked and page["status"] in GAPS

    @property
    def identity(self) -> tuple[dt.datetime, tuple[str, ...], bytes]:
        """What tells two fetches apart: of one second there may be two windows in which nothing was."""
        return self.fetched_at, self.bodies, canonical(self.window)

    def read_by(self, source: Mapping[str, Any]) -> "Record":
        """Return the record as if it had been asked by another source, so that this one reads its bodies."""
        return replace(self, asked={**self.asked, "source": source})

    @property
    def replayed_file(self) -> str | None:
        """The first file of a replayed fetch; None where the fetch was no replay."""
        return next(iter(self.replayed_files), None)

    @property
    def replayed_files(self) -> tuple[str, ...]:
        """The file of each body of a replayed fetch; none where the fetch was no replay."""
        return tuple(
            line.split(" ", 1)[1].rsplit(" ", 1)[0] for line in self.asked.get("replay", ())
        )  # fetched_at, file, page

    @property
    def document(self) -> Document:
        """The record as it is stored, but for its number."""
        vouched = {"form": VOUCHED_FORM, "clock_is_right_at": at.isoformat()} if (at := self.clock_is_right_at) else {}
        return {
            "form": FORM,
            "asked": self.asked,
            "fetched_at": self.fetched_at.isoformat(),
            "window": self.window,
            "pages": list(self.pages),
            "transport": self.transport,
            "why": self.why,
            "stopped": self.stopped,
        } | vouched

    @classmethod
    def parse(cls, body: bytes, slug: str, k: int) -> "Record":
        """Read what is stored of fetch k.

        Raises:
            IntegrityError: it is no record of it.
        """
        stored = read_record(body, slug, k)
        broken: Transport = "broken" if stored.pages else "unanswered"
        return cls(
            k=k,
            fetched_at=stored.fetched_at,
            transport=stored.transport or ("complete" if stored.complete else broken),
            why=stored.why,
            pages=tuple(page.model_dump() for page in stored.pages),
            asked=stored.asked,
            window=stored.window,
            stopped=stored.stopped,
            judged=stored.form is None,
            clock_is_right_at=stored.clock_is_right_at,
        )


@dataclass(frozen=True)
class Outcome:
    """What a fetch led to."""

    what: What
    n: int | None = None
    """The release it was folded in, or judged against."""
    by: int | None = None
    """The fetch that superseded it."""
    candidate: str | None = None
    """The waiting candidate that it repeats."""
    reason: Reason | None = None
    """Why it was refused."""
    incomplete: Literal[True] | None = None
    """Whether it was refused because the kept bodies are not the whole answer, or no data."""

    @property
    def overtaken(self) -> bool:
        """Whether it was refused because a later fetch was recorded first."""
        return isinstance(self.reason, Overtaken)

    @classmethod
    def parse(cls, body: bytes, slug: str, k: int) -> "Outcome":
        """Read what is stored of the outcome of fetch k.

        Raises:
            IntegrityError: it is no outcome of it that this version knows.
        """
        stored = read_outcome(body, slug, k)
        reason = read(stored.reason, keys.outcome(slug, k)) if stored.reason is not None else None
        return cls(stored.what, stored.n, stored.by, stored.candidate, reason, stored.incomplete)
