"""Commands of operators: rebuild, repair, live. serving.py has `serve`, demo.py the demo."""

from dataclasses import replace

from catalog.declaration.dataset import load_dataset, slugs
from catalog.errors import DecisionError
from catalog.formats import parquet
from catalog.release import served
from pipelines.cli.arguments import ReleaseName
from pipelines.cli.show import note, say
from pipelines.cli.steward import FAULT, exit_code, run_and_tell
from pipelines.cli.terminal import Progress
from pipelines.fetch.transport import FetchLimits
from pipelines.protocols import key_variable, load_protocol
from pipelines.refresh.repair import repaired
from pipelines.run import write_lists
from pipelines.settings import Settings, open_context, sources
from pipelines.trace.rebuild import Rebuilt, rebuild
from pipelines.trace.restore import restore


def rebuild_command(settings: Settings, release: ReleaseName) -> int:
    """Fold the evidence of a release again and compare content hashes."""
    slug, n = release
    with open_context(settings) as ctx, Progress(f"{slug}: folding the evidence again"):
        newest = served.served(ctx.public, slug)
        if newest is None:
            raise DecisionError(f"{slug} has no release")
        rebuilt = rebuild(ctx, slug, n or newest.n)
    return _told(slug, rebuilt)


def _told(slug: str, rebuilt: Rebuilt) -> int:
    """Say what came out, and return the exit code."""
    for partition in rebuilt.partitions:
        if not partition.same:
            content = partition.found or "no such partition"
            note(f"{slug} {partition.label}: expected content {partition.expected}, the evidence folds to {content}")
    for label in rebuilt.unexpected:
        note(f"{slug} {label}: the evidence folds to a partition that the release has not")
    if not rebuilt.same:
        return 1
    how = "and every Parquet file is byte for byte"
    if not all(partition.same_bytes for partition in rebuilt.partitions):
        how = f"though in other Parquet bytes: written by {rebuilt.writer}, here by {parquet.WRITER}"
    count = len(rebuilt.partitions)
    say(f"{slug} release {rebuilt.release.n}: {count} partitions folded again; the content is the same, {how}")
    return 0


def repair_command(settings: Settings, dataset: str) -> int:
    """Put back what is gone or altered of a dataset, and say what, and from what."""
    with open_context(settings) as ctx:
        with Progress(f"{dataset}: checking every release and fetch"):
            found = list(restore(ctx, dataset))
            left = [each for each in found if each.source is None]
            if not left:
                repaired(ctx, dataset)
                write_lists(ctx)
        for each in found:
            made = f"made again from {each.source}" if each.source else "cannot be made again"
            (say if each.source else note)(f"{dataset}: {each.key} was {each.was}; {made}")
        if left:
            public = any(not each.key.startswith("evidence/") for each in left)
            where = "a mirror" if public else f"a copy of the private store {ctx.private.url}"
            note(f"{dataset}: still broken: {len(left)}; restore from {where}, then run this again")
            return FAULT
        if not found:
            say(f"{dataset}: every release and fetch is whole")
    return 0


def live_command(settings: Settings, *, clock_is_right: bool) -> int:
    """Fetch the real agencies that ask for no key, within two minutes."""
    limits = FetchLimits(connect_seconds=8, read_seconds=15, request_seconds=60, attempts=2, longest_wait_seconds=5)
    wanted = [slug for slug in slugs(settings.datasets) if not _needs_key(settings, slug)]
    say(f"asking the agencies of {', '.join(wanted)}; what they answer is kept in {settings.home}")
    with open_context(settings) as opened:
        ctx = replace(opened, clock_is_right=clock_is_right)
        results = run_and_tell(ctx, sources(settings, "live", limits), wanted, settings)
    return exit_code(result for result in results if not result.out_of_reach)  # that is no fault of ours


def _needs_key(settings: Settings, slug: str) -> bool:
    """Whether the dataset's protocol, or one that it is derived from, wants a key from the environment."""
    dataset = load_dataset(settings.datasets, slug)
    _, source = load_protocol(dataset.minsheng.origin, slug)
    return key_variable(source) is not None or any(_needs_key(settings, name) for name in dataset.inputs)
