"""The form by which a steward decides on a candidate, and the link to it."""

import json
from typing import Any
from urllib.parse import quote

from catalog import keys

LOCATION = "minsheng"
"""The name of the code location, as in workspace.yaml; links to the job `decide` need it."""
DECIDE = "decide_candidate"
"""The op of the job `decide`. No other job may have an op of this name."""


def decision_key(slug: str, identity: str) -> str:
    """Return the partition of the job `decide` for a candidate: `<slug>|<first 16 digits of its id>`."""
    return f"{slug}|{identity[: keys.SHA_SHORT]}"


def decision_form(partition: str) -> dict[str, Any]:
    """Return the form that the Launchpad shows for a candidate. Launch stays grey until an action stands there."""
    slug, _, identity = partition.partition("|")
    # Texts are empty and not null: the Launchpad shows them in quotes, and a text in quotes may have a colon.
    form: dict[str, Any] = {"dataset": slug, "candidate": identity, "action": None, "by": "", "reason": ""}
    return {"ops": {DECIDE: {"config": form | {"evidence": []}}}}


def decision_link(slug: str, identity: str) -> str:
    """Return the path of the Launchpad in the Dagster UI, with the form for a candidate."""
    # The Launchpad reads YAML, and JSON is YAML. In JSON an id that looks like a number stays a text.
    form = json.dumps(decision_form(decision_key(slug, identity)), indent=2)
    return f"/locations/{LOCATION}/jobs/decide/playground/setup?config={quote(form)}"
