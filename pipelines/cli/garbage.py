"""The command that deletes what nothing needs any more: it shows first what would go."""

import datetime as dt

from pipelines.cli.show import note, say, say_json, say_table
from pipelines.garbage.collect import Collection, collect, look
from pipelines.keep import Keep
from pipelines.settings import Settings, open_context

_WHAT = {
    "candidate": "old candidates",
    "file": "files that no release names",
    "body": "answers that no fetch names",
    "probe": "leftovers of a probe",
    "report": "old reports of nights",
}


def gc_command(settings: Settings, *, yes: bool, as_json: bool) -> int:
    """Mark and delete what nothing needs any more; or say what that would be."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with open_context(settings, writing=yes) as ctx:
        found = (collect if yes else look)(ctx, settings.keep, now)
    if as_json:
        say_json(found.json())
    else:
        _tell(found, settings.keep)
    for slug, why in found.skipped.items():
        note(f"{slug}: nothing of it is deleted, because it is not known what is needed: {why}")
    return 1 if found.skipped else 0


def _tell(found: Collection, keep: Keep) -> None:
    for each in found.due:
        size = f"{len(each.garbage.objects)} objects, {each.garbage.bytes:,} bytes"
        what = "deleted" if each.deleted else "named again, it stays" if found.did else "would be deleted"
        say(f"{each.garbage.name}: {size}: {what}")
    say_table(
        ("what nothing needs", "things", "bytes", "deleted" if found.did else "to be deleted", "bytes of these"),
        [(_WHAT[kind], each.things, each.bytes, each.due, each.due_bytes) for kind, each in found.sums.items()],
    )
    say(f"each is deleted once it was seen so for: candidates {keep.candidates} days, reports {keep.reports}, all else "
        f"{keep.unnamed}")  # fmt: skip
    if not found.did:
        say("nothing is marked or deleted yet; to do it, say the same with --yes")
