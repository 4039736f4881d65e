"""What Dagster loads, by workspace.yaml."""

from pipelines.shell.location import load

defs = load()
