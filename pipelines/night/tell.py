"""Make the report of a night, keep it, and tell people."""

import datetime as dt
from dataclasses import dataclass

from catalog import keys
from catalog.release.digest import canonical
from catalog.store import put_over
from pipelines.context import Context
from pipelines.night import notify, told
from pipelines.night.report import Report, report
from pipelines.night.spoken import page


@dataclass(frozen=True)
class Night:
    """A report that was kept, and who could not be told of it."""

    report: Report
    missed: tuple[str, ...]
    """A sentence for each address that could not be told."""


def tell_night(ctx: Context, now: dt.datetime, addresses: str, language: str) -> Night:
    """Report what became of every dataset since the report before.

    The report and its pages are stored before anyone is told, and what people know after that: who is killed in
    between tells them once more.

    Args:
        ctx: the stores and declarations.
        now: the present.
        addresses: whom to tell, as `notify` takes them; empty for nobody.
        language: of the messages.

    Raises:
        DecisionError: an address is none; nothing was kept.
    """
    notify.check(addresses)
    known = told.read(ctx)
    made = report(ctx, now, known)
    bodies = {".json": canonical(made.json()), ".html": page(ctx, made, "zh-TW"), ".en.html": page(ctx, made, "en")}
    for end, body in bodies.items():
        put_over(ctx.private, keys.night(made.at.strftime("%Y%m%dT%H%M%S"), end), body)
        put_over(ctx.private, keys.night_newest(end), body)
    missed = notify.tell(made, known, addresses, language)
    known.at = made.at.isoformat()
    known.releases = {line.dataset: line.release for line in made.lines if line.release}
    known.states = made.states
    told.write(ctx, known)
    return Night(made, tuple(missed))
