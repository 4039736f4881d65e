"""The command `drift`: what changed in a source, and the patch that accepts it."""

from pathlib import Path

from catalog.reasons.sentences import sentence, sentences
from pipelines.cli.show import note, say
from pipelines.drift.drift import Drift, drift
from pipelines.settings import Settings, open_context


def drift_command(settings: Settings, dataset: str, *, file: Path | None) -> int:
    """Say what changed, and print the patch.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        file: look at this file.

    Returns:
        0; 1 where something changed that no patch accepts.
    """
    with open_context(settings, writing=False) as ctx:
        found = drift(ctx, dataset, file=file)
    for line in told(found, settings.language):
        say(line)
    if found.patch:
        say(found.patch.rstrip("\n"))
    else:
        note(f"{dataset}: no patch; dataset.yaml stays as it is")
    return int(any(not change.edits for change in found.changes))


def told(found: Drift, language: str) -> list[str]:
    """Return what changed, a sentence each, and what a run would make of it after the patch."""
    if not found.changes:
        return [f"{found.slug}: fetch {found.fetch} is as the declaration says: nothing changed"]
    lines = [f"{found.slug}: {change.says}" for change in found.changes]
    after = found.after
    if after is None:
        return lines
    refused = sentences(after.refused.values(), language)
    why = "; ".join(filter(None, (refused, *(sentence(reason, language) for reason in after.reasons))))
    result = {"passes": "would release it", "unchanged": "would release nothing new", "held": "would hold it"}
    return [
        *lines,
        f"{found.slug}: with this patch a run {result.get(str(after.result), 'would refuse it')}{why and f': {why}'}",
    ]
