"""What things of a dataset are called in Dagster: its three assets, its job, the group of its agency.

The graph shows only the last part of an asset key, so that part says the dataset and the stage.
"""

import dagster as dg

STAGES = ("evidence", "table", "release")
"""The assets of a dataset, in the order in which a run makes them."""


def key(stage: str, slug: str) -> dg.AssetKey:
    """Return the key of an asset of a dataset: `<slug>.<stage>`."""
    return dg.AssetKey([f"{slug}.{stage}"])


def slug_of(asset_key: dg.AssetKey) -> str | None:
    """Return the dataset of an asset; None if it belongs to no dataset, as the catalog."""
    slug, _, stage = asset_key.path[-1].rpartition(".")
    return slug if slug and stage in STAGES else None


def group_of(agency: str) -> str:
    """Return the name of an agency's group and pool. Names in Dagster have no hyphen."""
    return agency.replace("-", "_")


def job_of(slug: str) -> str:
    """Return the name of the job that refreshes one dataset."""
    return f"dataset_{slug.replace('-', '_')}"
