"""What a template is asked over: declared values, another dataset's column, or periods up to the present."""

import datetime as dt
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BeforeValidator, Field, model_validator

from catalog.declaration.names import SLUG
from catalog.declaration.strict import Listed, Strict
from catalog.errors import SourceError
from pipelines.protocols.parts.request import RequestWindow
from pipelines.protocols.parts.template import read_back

Each = Literal["hour", "day", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Over(Strict):
    """The values of one place of a template: a list, a column, or periods."""

    values: Annotated[tuple[str, ...], Listed] = Field(default=(), description="as texts; a plain list says the same")
    dataset: str | None = Field(default=None, pattern=SLUG, description="with column: of its newest release")
    column: str | None = None
    each: Each | None = Field(default=None, description="periods: hour, day, month, quarter, year")
    last: int = Field(default=1, ge=1, le=3_660, description="how many periods, the present one among them")
    ago: int = Field(default=0, ge=0, le=3_660, description="how many of the newest periods are not asked for yet")
    since: dt.date | None = Field(default=None, strict=False, description="the first day there is")
    calendar: Literal["gregorian", "roc"] = Field(default="gregorian", description="which years %Y writes")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [bool(self.values), self.dataset is not None, self.each is not None]
        if sum(kinds) != 1 or (self.dataset is None) != (self.column is None):
            raise ValueError("write a list of texts, or dataset and column, or each: day with last")
        if len(set(self.values)) < len(self.values):
            raise ValueError("expected each value once")
        return self

    def periods(self, now: dt.datetime) -> list[str]:
        """Return the beginnings of the periods that are asked for, in order, in ISO 8601."""
        assert self.each is not None  # noqa: S101  asked of periods only
        begun = [_back(self.each, now, i) for i in range(self.ago + self.last - 1, self.ago - 1, -1)]
        return [
            at.isoformat() if self.each == "hour" else at.date().isoformat()
            for at in begun
            if self.since is None or _end(self.each, at.date()) >= self.since
        ]

    def range_of(self, value: str) -> tuple[str, str]:
        """Return the days of a period, or an hour or a plain value twice: what a window of it replaces."""
        if self.each is None or self.each == "hour":
            return value, value
        first = dt.datetime.fromisoformat(value).date()
        return first.isoformat(), _end(self.each, first).isoformat()


def _over(value: Any) -> Any:
    return {"values": value} if isinstance(value, list | tuple) else value


OverAll = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Annotated[Over, BeforeValidator(_over)]]
"""By the name of the place."""


def windows(source: Any, since: dt.date, until: dt.date) -> list[RequestWindow]:
    """Return the windows to ask for: of days and hours those of the span, of all else what is declared.

    Raises:
        SourceError: a column was not read, or has no values.
    """
    found: list[RequestWindow] = [{}]
    for word in source.words:
        over = source.over[word]
        if over.each in ("day", "hour"):
            first = max(since, over.since or since)
            days = [(first + dt.timedelta(days=i)).isoformat() for i in range((until - first).days + 1)]
            hours = [f"{day}T{hour:02}:00:00" for day in days for hour in range(24)]
            values = days if over.each == "day" else hours
        else:
            values = source.values_of(word, dt.datetime.combine(until, dt.time()))
        found = [{**window, word: over.range_of(value)} for window in found for value in values]
    return found


def narrow(source: Any, window: RequestWindow) -> Any:
    """Return parameters that ask for a window."""
    return source.pinned({word: low for word, (low, _) in window.items()})


def window_of(source: Any, address: str) -> RequestWindow:
    """Read the window in a recorded address, whose query may stand in any order.

    Raises:
        SourceError: it is another address, or does not say the window, as where that stands in a body.
    """
    for template in source.address:
        found = _read(source, template, address)
        if found is not None and set(source.words) <= set(found):
            return {word: source.over[word].range_of(found[word]) for word in source.words}
    raise SourceError(
        f"expected an address that says {', '.join(source.words)} where {source.address[0]} and query do, found "
        f"{address[:200]!r}"
    )


def _read(source: Any, template: str, address: str) -> dict[str, str] | None:
    """What fills the places in a recorded address; None if it asks for less, or for something else."""
    roc = frozenset(name for name, over in source.over.items() if over.calendar == "roc")
    parts, (path, _, query) = urlsplit(address), template.partition("?")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    said = dict(parse_qsl(query, keep_blank_values=True)) | source.query
    paging = getattr(source, "paging", None)
    ours = {source.key.query if source.key else None, paging and paging.name, paging and paging.size_name}
    if set(asked) - set(said) - ours:
        return None
    found: dict[str, str] = {}
    pairs = [(path, unquote(f"{parts.scheme}://{parts.netloc}{parts.path}"))]
    for text, filled in [*pairs, *((text, asked.get(name, "")) for name, text in said.items())]:
        values = read_back(text, filled, roc)
        if values is None or any(found.setdefault(word, value) != value for word, value in values.items()):
            return None
    return found


def _back(each: Each, now: dt.datetime, count: int) -> dt.datetime:
    """The beginning of the period so many before the present one."""
    if each == "hour":
        return now.replace(minute=0, second=0, microsecond=0, tzinfo=None) - dt.timedelta(hours=count)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if each == "day":
        return day - dt.timedelta(days=count)
    size = _MONTHS[each]
    months = day.year * 12 + (day.month - 1) // size * size - count * size
    return dt.datetime(months // 12, months % 12 + 1, 1)  # noqa: DTZ001  the agency's own clock


def _end(each: Each, first: dt.date) -> dt.date:
    if each in ("hour", "day"):
        return first
    months = first.year * 12 + first.month - 1 + _MONTHS[each]
    return dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)
