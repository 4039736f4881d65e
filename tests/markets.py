"""A dataset for tests whose agency is asked by day and kind, and what it says of one window, kept as if asked."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from nights import LOOSE
from worlds import SLUG, World, column, declaration

from catalog.declaration.dataset import load_dataset
from pipelines.fetch.fetcher import asking
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep

SOURCE: dict[str, Any] = {
    "protocol": "moa",
    "resource": "Prices",
    "kinds": ["N04", "N05"],
    "since": "2026-01-01",
    "host": "waters.example",
}
FIELDS = [
    column("day", "date", heard_as="TransDate", date={"calendar": "roc", "patterns": ["%Y.%m.%d"]}),
    column("kind", heard_as="TcType"),
    column("crop", heard_as="CropCode"),
    column("price", "number", heard_as="Price"),
]
KEY = ["day", "kind", "crop"]
WINDOW = {"day": "day", "kind": "kind"}
YEAR = 2026

Rows = dict[tuple[str, str, str], float | None]
"""By day, as 04-17, kind and crop: the price."""


def prices(**more: Any) -> dict[str, Any]:
    """The declaration of what is asked by day and kind; guards hold nothing unless a test says so."""
    said: dict[str, Any] = {
        "fields": FIELDS,
        "key": KEY,
        "load": "window",
        "window": WINDOW,
        "source": SOURCE,
        "partition": {"field": "day", "grain": "month"},
        "guards": LOOSE,
    }
    return declaration(**(said | more))


@dataclass(frozen=True)
class Span:
    """What is asked for: days as 04-17, and a kind."""

    first: str
    last: str
    kind: str = "N04"

    @property
    def window(self) -> dict[str, tuple[str, str]]:
        """In the protocol's words."""
        return {"day": (f"{YEAR}-{self.first}", f"{YEAR}-{self.last}"), "kind": (self.kind, self.kind)}

    def has(self, key: tuple[str, str, str]) -> bool:
        """Whether a row lies within."""
        return self.first <= key[0] <= self.last and key[1] == self.kind


def on(day: str, kind: str = "N04") -> Span:
    """One day."""
    return Span(day, day, kind)


def page(rows: Rows, more: list[dict[str, Any]] | None = None) -> bytes:
    """Rows as the agency's envelope, with records of the test's own behind them."""
    records: list[dict[str, Any]] = [
        {"TransDate": f"{YEAR - 1911}.{day.replace('-', '.')}", "TcType": kind, "CropCode": crop, "Price": price}
        for (day, kind, crop), price in rows.items()
    ]
    return json.dumps({"RS": "OK", "Data": records + (more or []), "Next": False}).encode()


def hear(world: World, span: Span, rows: Rows, *, more: list[dict[str, Any]] | None = None, minutes: int = 60) -> int:
    """Keep what the agency says of a window, some minutes after the last time; return the number of the fetch."""
    world.now += dt.timedelta(minutes=minutes)
    world.ctx.clock.advance(world.now)
    _, _, asked, window = asking(load_dataset(world.datasets, SLUG), span.window)
    body = Page("https://waters.example/api/v1/Prices/", 200, {}, page(rows, more))
    record, _ = keep(world.ctx, SLUG, Fetched(asked, world.now, (body,), None, window=window))
    return record.k


def published(world: World) -> Rows:
    """The rows of the newest release."""
    return {(f"{row['day']:%m-%d}", row["kind"], row["crop"]): row["price"] for row in world.rows()}
