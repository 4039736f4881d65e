"""Keep the report of a night, and tell people."""

from catalog import keys
from catalog.release.digest import canonical
from catalog.store import put_over
from pipelines.context import Context
from pipelines.night import notify, told
from pipelines.night.report import Report
from pipelines.night.spoken import page
from pipelines.night.told import ToldBefore


def tell_night(ctx: Context, made: Report, known: ToldBefore, addresses: str, language: str) -> list[str]:
    """Keep a report and tell people what is new in it.

    The report and its pages are stored before anyone is told, and what people know after that: who is killed in
    between tells them once more.

    Args:
        ctx: the stores and declarations.
        made: the report.
        known: what was told before it; changed.
        addresses: whom to tell, as `notify` takes them; empty for nobody.
        language: of the messages.

    Returns:
        A sentence for each address that could not be told.

    Raises:
        DecisionError: an address is none; nothing was kept.
    """
    notify.check(addresses)
    bodies = {".json": canonical(made.json()), ".html": page(ctx, made, "zh-TW"), ".en.html": page(ctx, made, "en")}
    for end, body in bodies.items():
        put_over(ctx.private, keys.night(made.at.strftime("%Y%m%dT%H%M%S"), end), body)
        put_over(ctx.private, keys.night_newest(end), body)
    missed = notify.tell(made, known, addresses, language)
    known.at = made.at.isoformat()
    known.releases = {line.dataset: line.release for line in made.lines if line.release}
    known.states = made.states
    told.write(ctx.private, known)
    return missed
