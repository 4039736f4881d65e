"""How an agency is asked, all of it declared: address, query, key, body, and what these are asked over.

What a fetch was asked for, and how it was answered, is no parameter: it is kept beside the source, and handed to it by
`filled`.
"""

import datetime as dt
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from catalog.declaration.strict import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode import Formatted
from pipelines.protocols.parts import template
from pipelines.protocols.parts.over import Over, OverAll
from pipelines.protocols.parts.request import Previous, Request, RequestBody
from pipelines.records import GAPS

MOST_ADDRESSES = 5_000
"""What one fetch may ask for."""
_ADDRESS = re.compile(r"https://[^\s/?#@{}\\]+([/?][^\s#]*)?")
_SECRET = re.compile(r"(?i)api_?key|access_?token|auth_?token|authorization|password|secret|user_?key")


def _asked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("expected https://, a host without user and places to fill, and no # or blank")
    _no_secret(name for name, _ in parse_qsl(address.partition("?")[2], keep_blank_values=True))
    return address


def _no_secret(names: Iterable[str]) -> None:
    for name in names:
        if _SECRET.fullmatch(name):
            raise ValueError(
                f"a declaration is public, and {name!r} says a key: leave it out, put the value into an environment "
                f"variable, and write key: {{env: ITS_NAME, query: {name}}}"
            )


Address = Annotated[str, AfterValidator(_asked)]


class Key(Strict):
    """A key of ours, which is in the environment only."""

    env: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]*(KEY|TOKEN|SECRET|PASSWORD)$",
        description="the variable that holds it; its name ends in KEY, TOKEN, SECRET or PASSWORD",
    )
    query: str | None = Field(default=None, min_length=1, description="the query parameter that takes it")
    header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$", description="the header that takes it")
    prefix: str = Field(default="", pattern=r"^[ -~]*$", description="before it in the header, as `Bearer `")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.query is None) == (self.header is None) or (self.prefix and not self.header):
            raise ValueError("write either query or header, and prefix with header only")
        return self


class Post(Strict):
    """A request that is a POST, and its body."""

    json_: Any = Field(default=None, alias="json", description="a JSON value, with places in its texts")
    form: dict[str, str] | None = Field(default=None, description="as a form of a page sends it")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.json_ is None) == (self.form is None):
            raise ValueError("write either json or form")
        return self

    def body(self, more: Mapping[str, str | int], values: Mapping[str, str], roc: frozenset[str]) -> RequestBody:
        """Return what is sent."""
        if self.form is not None:
            said = template.fill_all(self.form, values, roc) | {name: str(value) for name, value in more.items()}
            return RequestBody("application/x-www-form-urlencoded", urlencode(said).encode())
        said = template.fill_all(self.json_, values, roc)
        return RequestBody("application/json", json.dumps(said | dict(more) if more else said).encode())


class Answered(NamedTuple):
    """What is known of an answer beside its body."""

    status: int
    link: str | None = None
    """The address that its Link header calls the next one."""

    @property
    def gap(self) -> bool:
        """Whether there is nothing at the address."""
        return self.status in GAPS


class Unit(NamedTuple):
    """One thing that is asked for."""

    address: str
    """Still with its places."""
    values: Mapping[str, str]


class Addressed(Formatted):
    """Parameters of `minsheng.source`: where and how it is asked."""

    address: Annotated[
        tuple[Address, ...],
        Texts.__metadata__[0],
        Field(strict=False, min_length=1, description="https, with a query perhaps; a list is one fetch"),
    ]
    query: dict[str, str] = Field(default_factory=dict, description="query parameters, encoded for you")
    key: Key | None = None
    post: Post | None = None
    headers: dict[Annotated[str, Field(pattern=r"^(?i:Accept|Accept-Language|Referer|X-[A-Za-z0-9-]+)$")], str] = Field(
        default_factory=dict, description="Accept, Accept-Language, Referer, or a name that begins with X-"
    )
    over: OverAll = Field(default_factory=dict, description="what fills the places of a template")
    missing: Literal["refuse", "gap"] = Field(
        default="refuse", description="what status 404 or 410 is: a reason to refuse the fetch, or a gap that is shown"
    )
    _values: tuple[dict[str, str], ...] = PrivateAttr(default=({},))
    _answers: tuple[Answered, ...] = PrivateAttr(default=())
    _columns: dict[str, tuple[str, ...]] = PrivateAttr(default_factory=dict)
    _pins: dict[str, str] = PrivateAttr(default_factory=dict)
    _words: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("query")
    @classmethod
    def _public(cls, query: dict[str, str]) -> dict[str, str]:
        _no_secret(query)
        return query

    @model_validator(mode="after")
    def _filled(self) -> Self:
        said = [*self.address, *self.query.values()]
        said += template.texts([self.post.json_, self.post.form]) if self.post else []
        used = [place for text in said for place in template.places(text)]
        for place in used:
            over = self.over.get(place.name)
            if over is None:
                raise ValueError(
                    f"nothing fills {{{place.name}}}: write over: {{{place.name}: [...]}}, or its dataset and column, "
                    "or each: day"
                )
            if (over.each is None) != (place.pattern is None):
                how = f"{{{place.name}}}" if over.each is None else f"{{{place.name}:%Y%m%d}}"
                raise ValueError(f"the place {place.name} is written {how}, as over says what fills it")
        idle = sorted(set(self.over) - {place.name for place in used})
        if idle:
            raise ValueError(f"over.{idle[0]}: no place {{{idle[0]}}} in address, query or post")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The parts of a window, as the dataset names a field for them; see `told`."""
        return self._words

    @property
    def days(self) -> int:
        """How many days back each night asks."""
        return max((self.over[word].last for word in self._words if self.over[word].each == "day"), default=1)

    @property
    def since(self) -> dt.date | None:
        """The first day that there is, where windows of days or hours are asked for and it is declared."""
        return next((self.over[word].since for word in ("day", "hour") if word in self.over), None)

    @property
    def is_many(self) -> bool:
        """Whether one fetch may ask more than one address, or find nothing at one."""
        return bool(self.over) or len(self.address) > 1 or self.missing == "gap"

    @property
    def is_window(self) -> bool:
        """Whether a window of the dataset is asked for."""
        return bool(self._pins)

    @property
    def gaps(self) -> int:
        """How many addresses have nothing."""
        return sum(answer.gap for answer in self._answers)

    @property
    def units(self) -> list[Unit]:
        """All that one fetch asks for, in order."""
        return [Unit(address, values) for address in self.address for values in self._values]

    @property
    def answers(self) -> tuple[Answered, ...]:
        """What is known of each answer beside its body; nothing of a replay, whose pages are what its list says."""
        return self._answers

    def told(self, words: Iterable[str], columns: Mapping[str, tuple[str, ...]]) -> Self:
        """Return the same with the parts of a window, and the values of columns of other datasets."""
        return self._with(_words=tuple(words), _columns=dict(columns))

    def pinned(self, values: Mapping[str, str]) -> Self:
        """Return the same, asked for these values only."""
        return self._with(_pins=dict(values))

    def filled(self, values: Sequence[dict[str, str]], answers: Sequence[Answered] = ()) -> Self:
        """Return the same, as one fetch asked it and was answered."""
        return self._with(_values=tuple(values), _answers=tuple(answers))

    def values_of(self, name: str, now: dt.datetime) -> Sequence[str]:
        """Return the values of one place.

        Raises:
            SourceError: there are none.
        """
        over: Over = self.over[name]
        found = over.periods(now) if over.each else self._columns.get(name, ()) if over.dataset else over.values
        if not found:
            raise SourceError(f"expected values to fill {{{name}}} with, found none of {over.dataset or over.each}")
        return found

    def combinations(self, now: dt.datetime) -> list[dict[str, str]]:
        """Return what the places are filled with, each combination once, in the order of `over`.

        Raises:
            SourceError: there are none for a place, or more than one fetch may ask for.
        """
        names = list(self.over)
        lists = [[self._pins[name]] if name in self._pins else self.values_of(name, now) for name in names]
        found = [dict(zip(names, values, strict=True)) for values in itertools.product(*lists)]
        if len(found) * len(self.address) > MOST_ADDRESSES:
            raise SourceError(f"expected at most {MOST_ADDRESSES:,} addresses in one fetch, found {len(found):,}")
        return found

    def request(self, unit: Unit, more: Mapping[str, str], into: Literal["query", "post"] = "query") -> Request:
        """Return the request for a unit.

        Args:
            unit: what is asked for.
            more: what paging adds.
            into: whether it is added to the query or to the body.

        Raises:
            SourceError: a value cannot be asked for.
        """
        roc = frozenset(name for name, over in self.over.items() if over.calendar == "roc")
        query = template.fill_all(self.query, unit.values, roc) | (more if into == "query" else {})
        secrets, headers = {}, {}
        if self.key and self.key.query:
            secrets = {self.key.query: self.key.env}
        if self.key and self.key.header:
            headers = {self.key.header: (self.key.env, self.key.prefix)}
        return Request(
            template.fill_address(unit.address, unit.values, roc),
            query,
            secrets,
            dict(self.headers),
            secret_headers=headers,
            body=self.post.body(more if into == "post" else {}, unit.values, roc) if self.post else None,
            may_be_missing=self.missing == "gap",
            values=unit.values,
        )

    def _with(self, **private: Any) -> Self:
        copy = self.model_copy()
        for name, value in private.items():
            setattr(copy, name, value)
        return copy


def conditional(request: Request, previous: Previous | None) -> Request:
    """Return a request that is answered only if there is something new (RFC 9110, section 13)."""
    if previous and request.body is None:
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        request.headers.update({names[name]: value for name, value in previous.headers.items() if name in names})
    return request
