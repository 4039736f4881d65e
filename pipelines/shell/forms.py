"""What a steward fills in to decide on a candidate, and where."""

import json
from typing import Any
from urllib.parse import quote

from catalog import keys

LOCATION = "minsheng"
"""The name of the code location, as workspace.yaml gives it; links to the job `decide` hold it."""
DECIDE = "decide_candidate"
"""The op of the job `decide`: names of ops of different jobs must differ."""


def decision_key(slug: str, identity: str) -> str:
    """Return the name under which a candidate is offered for a decision: `<slug>|<first 16 digits of its id>`."""
    return f"{slug}|{identity[: keys.SHA_SHORT]}"


def decision_form(partition: str) -> dict[str, Any]:
    """Return what the Launchpad shows for a candidate: null where a steward must type, so that Launch stays grey."""
    slug, _, identity = partition.partition("|")
    form: dict[str, Any] = {"dataset": slug, "candidate": identity, "action": None, "by": None, "reason": None}
    return {"ops": {DECIDE: {"config": form | {"evidence": []}}}}


def decision_link(slug: str, identity: str) -> str:
    """Return the path, within the Dagster UI, of the Launchpad that is filled in for a candidate."""
    # JSON is YAML: an id that looks like a number stays a text.
    form = json.dumps(decision_form(decision_key(slug, identity)), indent=2)
    return f"/locations/{LOCATION}/jobs/decide/playground/setup?config={quote(form)}"
