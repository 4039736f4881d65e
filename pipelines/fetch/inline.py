"""`inline`: tables that stewards keep beside the declaration; the same in every kind of source."""

from catalog.declaration.dataset import Dataset
from catalog.release.digest import sha256
from pipelines.context import Context
from pipelines.fetch.fetcher import Fetcher
from pipelines.records import Fetched


def inline_fetch(ctx: Context, dataset: Dataset) -> Fetched | None:
    """Read a steward's table, or return None if it is the one that was read last."""
    agency = ctx.declarations.of(dataset.name).agency
    fetched = Fetcher({}, now=ctx.clock.now).fetch(dataset, ctx.declarations.folder / dataset.name, agency, None)
    evidence = ctx.evidence(dataset.name)
    newest = evidence.newest()
    if not newest:
        return fetched
    last = evidence.read(newest)
    bodies = tuple(sha256(page.body) for page in fetched.pages)
    if bodies == last.bodies and (bodies or fetched.why == last.why):
        return None
    # A clock that went back does not make it overtaken; one that is vouched for says what is true.
    at = fetched.fetched_at if ctx.clock_is_right else max(fetched.fetched_at, last.fetched_at)
    return Fetched(fetched.asked, at, fetched.pages, fetched.why)
