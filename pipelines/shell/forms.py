"""The forms by which a steward decides and corrects, the links to them, and what each needs."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from catalog import keys
from catalog.errors import DecisionError

LOCATION = "minsheng"
"""The name of the code location, as in workspace.yaml; links to the job need it."""
REVIEW = "review"
"""The job by which a steward decides."""
DECISION = "decision"
"""Its op. No other job may have an op of this name."""

CORRECT, CORRECTION = "correct", "correction"
"""The job by which a steward corrects a cell, and its op."""
_CORRECTION: dict[str, Any] = {
    "dataset": "",
    "key": "",
    "column": "",
    "evidence": 0,
    "instead": "",
    "reason": "",
    "reason_zh": "",
    "lift": "",
    "sure": False,
}


class Fields(NamedTuple):
    """Which fields of the form an action uses, beside `dataset` and `action`."""

    needed: tuple[str, ...]
    other: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.other)


ACTIONS = {
    "approve": Fields(("candidate", "by", "reason")),
    "reject": Fields(("candidate", "by", "reason"), ("evidence",)),
    "embargo": Fields(("candidate", "by", "reason", "embargo")),
    "hold": Fields(("by", "reason")),
    "lift": Fields(("by", "reason"), ("evidence",)),
    "announce": Fields(("by", "to_announce"), ("notice",)),
    "take-back": Fields(("by", "reason", "notice")),
}
"""What a steward may decide."""
TO_ANNOUNCE: dict[str, Any] = {
    "change_en": "",
    "change_zh": "",
    "fields": [],
    "from": "",
    "instead_en": "",
    "instead_zh": "",
}
"""What an announcement says."""
_OF_DATASET: dict[str, Any] = {"notice": 0, "to_announce": TO_ANNOUNCE}
"""The fields that only actions use which are on no candidate."""
_EMPTY: dict[str, Any] = {"by": "", "candidate": "", "embargo": "", "evidence": [], "reason": ""} | _OF_DATASET
"""The fields beside `dataset` and `action`. Dagster sorts a form by name: the action is first, the reason last."""


def review_key(slug: str, identity: str) -> str:
    """Return the partition of the job for a candidate: `<slug>|<first 16 digits of its id>`."""
    return f"{slug}|{identity[: keys.SHA_SHORT]}"


def review_form(partition: str) -> dict[str, Any]:
    """Return the form that the Launchpad shows. Launch stays grey until an action stands there.

    Args:
        partition: of a candidate that waits; or a dataset alone.
    """
    slug, _, identity = partition.partition("|")
    # Texts are empty and not null: the Launchpad shows them in quotes, and a text in quotes may have a colon.
    form = _EMPTY | {"action": None, "candidate": identity, "dataset": slug}
    if identity:
        form = {name: value for name, value in form.items() if name not in _OF_DATASET}
    return {"ops": {DECISION: {"config": dict(sorted(form.items()))}}}


def filled(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form with every field: what was left out is empty.

    No field has a default that Dagster knows: the Launchpad shows those first, above what a steward is to fill in.
    """
    return _EMPTY | dict(form) | {"to_announce": TO_ANNOUNCE | form.get("to_announce", {})}


def review_link(slug: str, identity: str = "") -> str:
    """Return the path of the Launchpad in the Dagster UI, with the form for a candidate, or for a dataset alone."""
    return _link(REVIEW, review_form(review_key(slug, identity)))


def correct_form(**filled: Any) -> dict[str, Any]:
    """Return the form of the job `correct`.

    Args:
        filled: what stands in it already, by field.
    """
    return {"ops": {CORRECTION: {"config": _CORRECTION | filled}}}


def correct_link(**filled: Any) -> str:
    """Return the path of the Launchpad with the form of the job `correct`.

    Args:
        filled: what stands in it already, by field.
    """
    return _link(CORRECT, correct_form(**filled))


def _link(job: str, form: Mapping[str, Any]) -> str:
    return f"/locations/{LOCATION}/jobs/{job}/playground/setup?config={quote(_block(form))}"


def _block(form: Mapping[str, Any], indent: str = "") -> str:
    """A form as YAML, as the Launchpad writes it: texts in quotes, so that an id that looks like a number stays one."""
    lines = []
    for name, value in form.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:\n{_block(value, indent + '  ')}"]
        else:
            lines += [f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}\n"]
    return "".join(lines)


def check_form(form: Mapping[str, Any]) -> None:
    """See that a form says all that its action needs, and nothing that the action would leave undone.

    Raises:
        DecisionError: names the field, and what to do.
    """
    slug, action = form["dataset"], form["action"]
    uses = ACTIONS[action]
    has = {name for name in _EMPTY if _says(form[name])}
    for name in uses.needed:
        if name not in has:
            raise DecisionError(f"{slug}: expected {name} for the action {action}, found it empty; fill it in")
    for name in sorted(has.difference(uses.used)):
        of = " or ".join(each for each, fields in ACTIONS.items() if name in fields.used)
        dataset = f", or choose {slug} alone under Partition" if name == "candidate" else ""
        raise DecisionError(
            f"{slug}: the action {action} does not use {name}, and the form has one: nothing is done; empty it{dataset}"
            f" (it is for {of})"
        )


def check_correction(form: Mapping[str, Any]) -> None:
    """See that the form of a correction says all that is needed.

    Raises:
        DecisionError: names the field, and what to do.
    """
    slug, filled = form["dataset"], {name for name, value in form.items() if str(value).strip()}
    needed = ("lift",) if form["lift"] else ("key", "column", "reason", "reason_zh")
    for name in needed:
        if name not in filled:
            raise DecisionError(f"{slug}: expected {name} for a correction, found it empty; fill it in")
    if form["lift"] and (stray := sorted(filled & {"key", "column", "instead", "reason", "reason_zh"})):
        raise DecisionError(f"{slug}: to lift a correction nothing else is needed, and the form has {', '.join(stray)}")


def _says(value: Any) -> bool:
    """Whether a field is filled in."""
    if isinstance(value, Mapping):
        return any(map(_says, value.values()))
    return bool(value.strip() if isinstance(value, str) else value)
