"""`live` and `sandbox`: the agencies themselves, or the simulator in their place."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError
from pipelines.context import Context
from pipelines.evidence import LostEvidence
from pipelines.fetch.clock import check_clock, heard_again
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.filling import columns_of
from pipelines.fetch.nights import windows_due
from pipelines.fetch.transport import trusted_authorities
from pipelines.protocols.parts.request import Previous
from pipelines.records import Fetched

_MOST_ERRORS = 3
"""Windows in a row that an agency may answer with an error; one day that it cannot tell hides none after it."""


@dataclass
class Live:
    """The agencies themselves, or the sandbox in their place."""

    fetcher: Fetcher
    kind: str = "live"

    @property
    def side_by_side(self) -> bool:
        """Agencies do not know of each other."""
        return True

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Take the sandbox's time; or see first that this machine's clock may be believed.

        Raises:
            ClockDoubt: it may not.
        """
        if self.fetcher.sandbox:
            ctx.clock.advance(sandbox_clock(self.fetcher.sandbox))
        else:
            check_clock(ctx, wanted)
        self.fetcher.now = ctx.clock.now

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Ask once; or for one window after the other, until the agency does not answer, or only with errors.

        Where an operator vouches for the clock, what a misdated fetch kept from being heard comes first.
        """
        if ctx.clock_is_right:
            yield from heard_again(ctx, dataset.name)
        agency = ctx.declarations.of(dataset.name).agency
        folder = ctx.declarations.folder / dataset.name
        columns = columns_of(ctx, dataset)
        if not dataset.minsheng.window_asked:
            yield self.fetcher.fetch(dataset, folder, agency, previous_answer(ctx, dataset), columns=columns)
            return
        errors = 0
        for window in windows_due(ctx, dataset):
            fetched = self.fetcher.fetch(dataset, folder, agency, None, window, columns)
            yield fetched
            status = fetched.pages[-1].status if fetched.pages else 0
            errors = errors + 1 if status >= httpx.codes.BAD_REQUEST else 0
            if not fetched.answered or status == httpx.codes.TOO_MANY_REQUESTS or errors == _MOST_ERRORS:
                return


def sandbox_clock(address: str) -> dt.datetime:
    """Ask the sandbox for its time."""
    try:
        answer = httpx.get(f"{address}/sandbox/clock", timeout=10, trust_env=False, verify=trusted_authorities())
        return dt.datetime.fromisoformat(answer.raise_for_status().json()["now"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise SourceError(f"expected the sandbox at {address}, found none ({error}); `make demo` starts one") from error


def previous_answer(ctx: Context, dataset: Dataset) -> Previous | None:
    """Return the newest answer, if it was whole and asked of the same source: for a conditional request."""
    evidence = ctx.evidence(dataset.name)
    newest = evidence.newest()
    if not newest:
        return None
    record = evidence.read(newest)
    # What a template was filled with may be other days now.
    same_source = record.asked.get("source") == dataset.minsheng.origin and "values" not in record.asked
    if not same_source or len(record.pages) != 1 or not evidence.whole(newest):
        return None
    try:
        return Previous(record.pages[0]["headers"], evidence.body(record.pages[0]["sha256"]))
    except LostEvidence:
        return None
