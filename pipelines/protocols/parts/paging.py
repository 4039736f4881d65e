"""Pages of one answer, as a declaration says how they follow one another, and the proof that they are all there is."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode.parts import path
from pipelines.protocols.parts.request import Look, repeated

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[A-Za-z*]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)
_TRUE, _FALSE = ("true", "1", "y", "yes"), ("false", "0", "n", "no")
_MOST_DIGITS = 15


class Paging(Strict):
    """How the pages of an answer follow one another."""

    by: Literal["page", "offset", "cursor", "link"] = Field(description="what is asked for next")
    name: str | None = Field(default=None, min_length=1, description="the parameter of number, offset or cursor")
    into: Literal["query", "post"] = Field(default="query", description="where that parameter stands")
    first: int | None = Field(default=None, ge=0, description="of the first page; 1 for page, 0 for offset")
    size: int | None = Field(default=None, ge=1, description="rows of a full page; a shorter one is the last")
    size_name: str | None = Field(default=None, min_length=1, description="the parameter that asks for so many rows")
    total: str | None = Field(default=None, description="path of the number of all rows")
    pages: str | None = Field(default=None, description="path of the number of all pages")
    more: str | None = Field(default=None, description="path of a flag that says whether there is more")
    more_optional: bool = Field(default=False, description="whether an answer without the flag of more is the last")
    next: str | None = Field(default=None, description="path of the cursor or address of the next page")
    last: Literal["short", "empty"] = Field(
        default="short",
        description="what ends it where nothing else does: a page shorter than size, or one without rows",
    )
    most: int = Field(default=2_000, ge=1, le=20_000, description="pages that are asked for at most")

    @field_validator("total", "pages", "more", "next")
    @classmethod
    def _keys(cls, said: str | None) -> str | None:
        if said is not None and any(step.to != "key" for step in path.parse(said)):
            raise ValueError("expected keys joined by dots, that lead to one value")
        return said

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.name is None) != (self.by == "link"):
            raise ValueError(f"by: {self.by} {'takes no name' if self.name else 'needs name: the parameter'}")
        if self.by == "cursor" and not self.next:
            raise ValueError("by: cursor needs next: the path of the cursor of the next page")
        if self.next and self.by not in ("cursor", "link"):
            raise ValueError(f"next: belongs to by: cursor or by: link, not to by: {self.by}")
        if self.more_optional and not self.more:
            raise ValueError("more_optional: needs more: the path of the flag")
        if self.size_name and not self.size:
            raise ValueError("size_name: needs size: how many rows to ask for")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths into a body."""
        return tuple(filter(None, (self.total, self.pages, self.more, self.next)))

    def asks(self, looks: Sequence[Look]) -> dict[str, str]:
        """Return the parameters of the page after these of one answer; a link is followed instead."""
        asked = {self.size_name: str(self.size)} if self.size_name else {}
        if self.name is None:
            return asked
        if self.by == "cursor":
            return asked | ({self.name: str(looks[-1].next)} if looks else {})
        first = self.first if self.first is not None else int(self.by == "page")
        passed = len(looks) if self.by == "page" else sum(look.rows for look in looks)
        return asked | {self.name: str(first + passed)}

    def look(self, document: Any, look: Look) -> Look:
        """Return a look with what a parsed body says of paging; raises SourceError where it does not say it."""
        return look._replace(
            total=_number(document, self.total),
            last=_number(document, self.pages),
            more=_flag(document, self.more, self.more_optional),
            next=_next(document, self.next),
        )

    def after(self, look: Look) -> str | None:
        """Return the cursor or the address of the page after this one, or None."""
        return look.next if self.next else linked(look.link or "")

    def ended(self, looks: Sequence[Look]) -> bool:
        """Whether nothing is asked for after these pages of one answer."""
        last = looks[-1]
        if last.missing or last.empty or len(looks) >= self.most or self.again(looks):
            return True
        if self.by in ("cursor", "link"):
            return self.after(last) is None
        if self.more:
            return not last.more
        if last.last is not None:
            return len(looks) >= last.last
        if last.total is not None:
            return last.rows == 0 or sum(look.rows for look in looks) >= last.total
        return last.rows < (self.size if self.size and self.last == "short" else 1)

    def again(self, looks: Sequence[Look]) -> str | None:
        """Return why a page came again, or None."""
        if (index := repeated(look.digests for look in looks)) is not None:
            return f"expected new rows on each page, found page {index + 1} repeating an earlier one"
        if self.by in ("cursor", "link"):
            nexts = [found for found in map(self.after, looks) if found]
            if len(set(nexts)) < len(nexts):
                return f"expected a new page after page {len(looks)}, found one that was asked for before"
        return None

    def incomplete(self, looks: Sequence[Look]) -> str | None:
        """Return why these pages are not the whole of one answer, or None."""
        if reason := self.again(looks):
            return reason
        if len(looks) == self.most and self._goes_on(looks):
            return f"expected at most {self.most:,} pages (paging.most), found more"
        if not self.ended(looks):
            of = f" of {looks[-1].last:,}" if looks[-1].last is not None else ""
            return f"expected the pages after page {len(looks)}{of}, found none"
        if looks[-1].missing and len(looks) > 1:
            return f"expected page {len(looks)}, found nothing there"
        if looks[-1].missing:
            return None
        return self._torn(looks)

    def _goes_on(self, looks: Sequence[Look]) -> bool:
        return not self.model_copy(update={"most": self.most + 1}).ended(looks)

    def _torn(self, looks: Sequence[Look]) -> str | None:
        """Why what the pages say of one another does not hold."""
        counted = [look for look in looks if not look.empty]
        rows = sum(look.rows for look in counted)
        totals = sorted({look.total for look in counted if look.total is not None})
        if reason := unmet(totals, rows, self.total or ""):
            return reason
        lasts = sorted({look.last for look in counted if look.last is not None})
        if lasts and lasts != [len(counted)] and not (rows == 0 and lasts == [0]):
            said = " or ".join(f"{last:,}" for last in lasts)
            return f"expected {said} pages, as {self.pages} says, found {len(counted):,}"
        if not totals and self.by in ("page", "offset"):
            sizes = [look.rows for look in looks]
            return uneven(sizes[:-1] if len(sizes) > 1 and not sizes[-1] else sizes)  # one without rows may end it
        return None


def unmet(totals: Sequence[int], rows: int, said: str) -> str | None:
    """Return why the rows of all pages are not what these say, or None.

    Args:
        totals: what pages say, each number once; none where they do not say it.
        rows: how many there are.
        said: the path of what they say.
    """
    if not totals or list(totals) == [rows]:
        return None
    return f"expected {' or '.join(f'{total:,}' for total in totals)} rows, as the agency's {said} says, found {rows:,}"


def uneven(sizes: Sequence[int], size: int | None = None) -> str | None:
    """Return why pages lack rows: a row that a page lacks would be taken for one that is gone. None if none does.

    Args:
        sizes: the rows of each page; the last may have fewer.
        size: the rows of a full page; None takes those of the first one.
    """
    *before, last = sizes
    for number, count in enumerate(before, 1):
        if size is not None and count < size:
            return f"expected {size} rows on page {number}, found {count} with more to come"
        if size is None and count != sizes[0]:
            return f"expected as many rows on page {number} as on page 1 ({sizes[0]}), found {count}"
    if size is None and last > sizes[0]:
        return f"expected at most as many rows on page {len(sizes)} as on page 1 ({sizes[0]}), found {last}"
    return None


def split(paging: Paging | None, looks: Sequence[Look]) -> tuple[list[list[Look]], list[Look]]:
    """Return the pages of each answer that ended, and those of the one that did not; all are in the order asked."""
    ended, begun = list[list[Look]](), list[Look]()
    for look in looks:
        begun.append(look)
        if paging is None or paging.ended(begun):
            ended.append(begun)
            begun = []
    return ended, begun


def linked(header: str) -> str | None:
    """Return the address that a Link header (RFC 8288) calls next, or None."""
    for found in _LINK.finditer(header):
        rel = _REL.search(found[2])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return found[1] or None
    return None


def value_at(document: Any, said: str) -> Any:
    """Return the value that keys lead to in a parsed body, None where there is none; a number is its text."""
    for step in path.parse(said):
        document = document.get(step.key) if isinstance(document, dict) else None
    return document.decode() if isinstance(document, bytes) else document


def _number(document: Any, said: str | None) -> int | None:
    if said is None:
        return None
    value = value_at(document, said)
    text = value.strip().replace(",", "") if isinstance(value, str) else ""
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise SourceError(f"expected a whole number at {said}, found {str(value)[:60]!r}")
    return int(text)


def _flag(document: Any, said: str | None, optional: bool) -> bool:
    if said is None:
        return False
    value = value_at(document, said)
    if value is None and optional:
        return False
    text = value.strip().lower() if isinstance(value, str) else str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise SourceError(f"expected true or false at {said}, found {str(value)[:60]!r}")
    return text in _TRUE


def _next(document: Any, said: str | None) -> str | None:
    if said is None:
        return None
    value = value_at(document, said)
    if value is None or value in ("", False):
        return None
    if not isinstance(value, str) or not value.isprintable():
        raise SourceError(f"expected a text at {said}, found {str(value)[:60]!r}")
    return value
