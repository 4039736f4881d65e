"""Versions of releases: computed from what changed, never chosen."""

from typing import Literal

from catalog.release.changes import Counts

Kind = Literal["first", "regular", "correction", "schema", "refold", "metadata"]


def next_version(before: str | None, kind: Kind, counts: Counts) -> str:
    """Return the SemVer of a release (https://datapackage.org/recipes/data-package-version/).

    First 1.0.0; a change of schema raises MAJOR; rows inserted or deleted raise MINOR; all else raises PATCH.

    Args:
        before: the version of the release before; None for the first.
        kind: why the release is made.
        counts: rows inserted, updated, deleted.
    """
    if before is None:
        return "1.0.0"
    major, minor, patch = map(int, before.split("."))
    if kind == "schema":
        return f"{major + 1}.0.0"
    if counts.insert or counts.delete:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"
