"""An independent count of thirty nights: what should be there, by the sandbox's own rows, and what is served.

It knows nothing of the pipeline. What each fetch brought is told to it; it folds that in a few lines, in memory, and
reads what is served over HTTP, as any stranger does.
"""

import csv
import datetime as dt
import gzip
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = dict[tuple[Any, ...], tuple[Any, ...]]
"""The rows of a table: what stands beside each key."""


class Unreadable(Exception):
    """A text that is not what its column holds."""


def text(cell: str) -> str | None:
    return cell or None


def number(cell: str) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        raise Unreadable from None


def day(cell: str) -> str:
    try:
        return dt.date.fromisoformat(cell).isoformat()
    except ValueError:
        raise Unreadable from None


def hour(cell: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(cell)
    except ValueError:
        raise Unreadable from None
    return (time if time.tzinfo else time.replace(tzinfo=TAIPEI)).astimezone(TAIPEI)


TAIPEI = dt.timezone(dt.timedelta(hours=8))
Read = Callable[[str], Any]
Columns = dict[str, tuple[str, Read]]
"""By the agency's name of a column: ours, and what it holds."""


@dataclass(frozen=True)
class Table:
    """What a dataset is to hold."""

    key: Columns
    values: Columns
    load: str

    def row(self, said: Mapping[str, str], *, ours: bool = False) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
        """Key and values of a row; None where the key cannot be read. A value that cannot is none.

        Args:
            said: the texts.
            ours: whether they stand under our names.
        """
        try:
            key = tuple(read(said[name if ours else theirs]) for theirs, (name, read) in self.key.items())
        except Unreadable:
            return None
        values = []
        for theirs, (name, read) in self.values.items():
            try:
                values.append(read(said[name if ours else theirs]))
            except Unreadable:
                values.append(None)
        return key, tuple(values)


TABLES = {
    "air": Table(
        {"station": ("station", text), "at": ("at", hour)}, {"county": ("county", text), "pm": ("pm", number)}, "upsert"
    ),
    "prices": Table(
        {"TransDate": ("day", day), "TcType": ("kind", text), "CropCode": ("crop", text),
         "MarketCode": ("market", text)},
        {"Avg_Price": ("price", number), "Quantity": ("quantity", number)}, "window",
    ),
    "cases": Table(
        {"onset": ("onset", day), "town": ("town", text), "sex": ("sex", text), "age": ("age", text)},
        {"county": ("county", text), "cases": ("cases", number)}, "replace",
    ),
    "gauges": Table({"gauge": ("gauge", text), "day": ("day", day)}, {"level": ("level", number)}, "upsert"),
    "permits": Table(
        {"number": ("number", text)},
        {"holder": ("holder", text), "status": ("status", text), "tons": ("tons", number)}, "replace",
    ),
    "places": Table({"spelling": ("spelling", text)}, {"code": ("code", text)}, "replace"),
}  # fmt: skip


@dataclass
class Heard:
    """What one good fetch brought."""

    at: dt.datetime
    rows: list[dict[str, str]]
    days: tuple[str, str] | None = None
    """With `window`: the days that it speaks for."""
    counts: bool = True
    """Whether it is released: a candidate that waits is not."""


@dataclass
class Count:
    """All that was heard, by dataset, in order of time."""

    heard: dict[str, list[Heard]] = field(default_factory=lambda: {slug: [] for slug in TABLES})

    def rows(self, slug: str) -> Values:
        """The rows that a dataset should have now."""
        table, found = TABLES[slug], Values()
        for heard in self.heard[slug]:
            if not heard.counts:
                continue
            if table.load == "replace":
                found = {}
            if heard.days:
                low, high = heard.days
                found = {key: values for key, values in found.items() if not low <= key[0] <= high}
            found |= dict(filter(None, map(table.row, heard.rows)))
        return found

    def by_place(self, codes: Mapping[str, str]) -> Values:
        """The rows of `air` with the codes of the places, as the table gives them now."""
        return {key: (codes.get(county), pm) for key, (county, pm) in self.rows("air").items()}


def monthly(air: Values) -> Values:
    """What `air-monthly` should hold, of the rows of `air`."""
    groups: dict[tuple[str, str], list[float | None]] = {}
    for (station, at), (_, pm) in air.items():
        groups.setdefault((f"{at:%Y-%m}", station), []).append(pm)
    return {key: (len(all_), _mean([pm for pm in all_ if pm is not None])) for key, all_ in groups.items()}


def by_county(cases: Values) -> Values:
    """What `cases-by-county` should hold, of the rows of `cases`."""
    groups: dict[str, list[tuple[str, float]]] = {}
    for (_, town, _, _), (county, count) in cases.items():
        groups.setdefault(county, []).append((town, count))
    return {
        (county,): (sum(count for _, count in all_), len({town for town, _ in all_})) for county, all_ in groups.items()
    }


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


DERIVED = {
    "air-monthly": Table(
        {"month": ("month", text), "station": ("station", text)},
        {"hours": ("hours", number), "pm": ("pm", number)}, "replace",
    ),
    "cases-by-county": Table(
        {"county": ("county", text)}, {"cases": ("cases", number), "towns": ("towns", number)}, "replace"
    ),
}  # fmt: skip


# ---- what is served


def fetched(address: str) -> bytes | None:
    """A body over HTTP; None where there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=30) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            return None
        raise


def document(served: str, slug: str, n: int | None = None) -> Any:
    """A release document; without a number the newest, None where there is none."""
    body = fetched(f"{served}/datasets/{slug}/datapackage{'' if n is None else f'-{n}'}.json")
    return body and json.loads(body)


def served_rows(served: str, slug: str) -> Values:
    """The rows of the newest release of a dataset, read from its CSV files; none without a release."""
    table, found = (TABLES | DERIVED)[slug], Values()
    newest = document(served, slug)
    for resource in newest["resources"] if newest else ():
        if not resource["path"].endswith(".csv.gz"):
            continue
        body = fetched(f"{served}/datasets/{slug}/{resource['path']}")
        assert body, resource["path"]
        for said in csv.DictReader(io.StringIO(gzip.decompress(body).decode())):
            row = table.row(said, ours=True)
            assert row, f"a key that cannot be read is published: {said}"
            assert row[0] not in found, f"{row[0]} stands twice"
            found[row[0]] = row[1]
    return found


def differences(expected: Values, served: Values, tolerance: float = 0.0) -> list[str]:
    """What is not as it should be; at most ten of them in words."""
    wrong = []
    for key in sorted(expected.keys() | served.keys(), key=str):
        if key not in served:
            wrong.append(f"{key} is missing")
        elif key not in expected:
            wrong.append(f"{key} should not be there: {served[key]}")
        elif not all(_same(a, b, tolerance) for a, b in zip(expected[key], served[key], strict=True)):
            wrong.append(f"{key}: expected {expected[key]}, found {served[key]}")
    return [*wrong[:10], *([f"and {len(wrong) - 10} more"] if len(wrong) > 10 else [])]


def _same(a: Any, b: Any, tolerance: float) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= tolerance)
