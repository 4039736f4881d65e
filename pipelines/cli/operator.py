"""Commands of operators: rebuild, live. demo.py has the demo."""

import argparse

from catalog.declaration.dataset import load_dataset, slugs
from catalog.errors import DecisionError
from catalog.formats import parquet
from catalog.release import publish
from pipelines.cli.reader import split
from pipelines.cli.show import note, say
from pipelines.cli.steward import exit_code, sentence
from pipelines.fetch.transport import FetchLimits
from pipelines.protocols import load_protocol
from pipelines.run import run
from pipelines.settings import Settings, open_context, sources
from pipelines.trace.rebuild import rebuild


def rebuild_command(settings: Settings, args: argparse.Namespace) -> int:
    """Fold the evidence of a release again and compare content hashes."""
    slug, n = split(args.release)
    with open_context(settings) as ctx:
        newest = publish.newest(ctx.public, slug)
        if newest is None:
            raise DecisionError(f"{slug} has no release")
        found = rebuild(ctx, slug, n or newest.n)
    for one in found.partitions:
        if not one.same:
            what = one.found or "no such partition"
            note(f"{slug} {one.label}: expected content {one.expected}, the evidence folds to {what}")
    for label in found.unexpected:
        note(f"{slug} {label}: the evidence folds to a partition that the release has not")
    if not found.same:
        return 1
    other = [one.label for one in found.partitions if not one.same_bytes]
    how = "and every Parquet file is byte for byte"
    if other:
        how = f"though in other Parquet bytes: written by {found.writer}, here by {parquet.WRITER}"
    count = len(found.partitions)
    say(f"{slug} release {found.release.n}: {count} partitions folded again; the content is the same, {how}")
    return 0


def live_command(settings: Settings, args: argparse.Namespace) -> int:
    """Fetch the real agencies that ask for no key, within two minutes."""
    limits = FetchLimits(connect_seconds=8, read_seconds=15, body_seconds=40, attempts=2, longest_wait_seconds=5)
    wanted = [slug for slug in slugs(settings.datasets) if not _needs_key(settings, slug)]
    say(f"asking the agencies of {', '.join(wanted)}; what is heard is kept in {settings.home}")
    items = []
    with open_context(settings) as ctx:
        for item in run(ctx, sources(settings, "live", limits), wanted):
            items.append(item)
            say(sentence(item, settings.language))
    return exit_code(item for item in items if not item.out_of_reach)  # that is no fault of ours


def _needs_key(settings: Settings, slug: str) -> bool:
    """Whether the dataset's protocol, or one that it is derived from, wants a key from the environment."""
    dataset = load_dataset(settings.datasets, slug)
    _, source = load_protocol(dataset.minsheng.origin, slug)
    return "key_env" in type(source).model_fields or any(_needs_key(settings, name) for name in dataset.inputs)
