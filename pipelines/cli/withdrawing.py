"""The command that withdraws a release: it shows first what would go."""

from catalog import keys
from catalog.release.notices import WithdrawalNotice
from pipelines.cli.arguments import ReleaseName
from pipelines.cli.show import say, say_json
from pipelines.context import Context
from pipelines.refresh.settle import caught_up
from pipelines.refresh.withdraw import Withdrawal, WithdrawalResult, planned, withdraw
from pipelines.run import deciding
from pipelines.settings import Settings, open_context


def withdraw_command(  # noqa: PLR0913  as many as the command has options
    settings: Settings,
    release: ReleaseName,
    *,
    by: str,
    reason: str,
    basis: str | None,
    evidence: tuple[int, ...],
    purge: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Withdraw a release and what was made of it; or say what that would be.

    Args:
        settings: what the environment says.
        release: the release; the one that is served where none is named.
        by: who decides.
        reason: why; it is public.
        basis: the law or order that asks for it; it is public.
        evidence: more fetches that are not folded again.
        purge: whether to take away what the agency sent, too.
        yes: whether to do it; else it is only shown.
        as_json: whether to print the notice as JSON.
    """
    wanted = Withdrawal(by, reason, basis, evidence, purge)
    slug, n = release
    if not yes:
        with open_context(settings) as ctx:
            notice = planned(ctx, caught_up(ctx, slug), n, wanted)
        say_json(notice.document) if as_json else _would(slug, notice)
        return 0
    with open_context(settings) as ctx, deciding(ctx):
        done = withdraw(ctx, slug, n, wanted)
        say_json(done.notice.document) if as_json else _told(ctx, slug, done)
    return 0


def _would(slug: str, notice: WithdrawalNotice) -> None:
    if notice.i:
        say(f"{slug}: withdrawn already: {_which(notice, slug)} {notice.says}")
        return
    say(f"{slug}: {_which(notice, slug)} would be withdrawn, with all that was made on the first of them")
    for name in _others(notice, slug):
        say(f"  derived from it: {name} {_which(notice, name)}")
    if notice.evidence:
        say(f"  not folded again: fetches {', '.join(map(str, notice.evidence))}")
    if notice.purged:
        say("  purged: what these fetches brought, and the candidates that were made of it; nobody can undo this")
    say("nothing is done yet; to do it, say the same with --yes. It cannot be undone")


def _told(ctx: Context, slug: str, done: WithdrawalResult) -> None:
    notice = done.notice
    if not done.is_new:
        say(f"{slug}: withdrawn already: {_which(notice, slug)} {notice.says}")
    else:
        say(f"{slug}: {_which(notice, slug)} withdrawn by {notice.by}; notice {notice.i}: {_address(ctx, notice)}")
    for name in _others(notice, slug):
        say(f"  derived from it, and withdrawn with it: {name} {_which(notice, name)}")
    for each in done.referring:
        say(f"  {each.dataset} release {each.n} took codes from it and holds rows of it: it stays; withdraw it by name")
    say(f"  release {done.served} is served now" if done.served else "  no release is served now")
    say("  the next run folds what was heard since; the first release after a withdrawal waits for a steward")


def _which(notice: WithdrawalNotice, slug: str) -> str:
    ns = sorted(each.n for each in notice.releases_of(slug))
    return f"releases {ns[0]} to {ns[-1]}" if len(ns) > 1 else f"release {ns[0]}"


def _others(notice: WithdrawalNotice, slug: str) -> list[str]:
    return sorted({each.dataset for each in notice.releases} - {slug})


def _address(ctx: Context, notice: WithdrawalNotice) -> str:
    return f"{ctx.place(notice.dataset)}/{keys.notice(notice.dataset, notice.i)}"
