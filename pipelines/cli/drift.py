"""The command `drift`: what changed in a source, and the patch that accepts it."""

from pathlib import Path

from pipelines.cli.show import note, say
from pipelines.drift.drift import drift
from pipelines.drift.told import told
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
        say(line)  # `patch` passes over what stands before a patch
    if found.patch:
        say(found.patch.rstrip("\n"))
    elif found.changes:
        note(f"{dataset}: there is no patch; dataset.yaml is yours to edit")
    return int(any(not change.edits for change in found.changes))
