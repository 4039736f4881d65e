"""The form by which a steward decides, the links to it, and what it refuses."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import yaml
from dagster._core.snap.snap_to_yaml import default_values_yaml_from_type_snap
from dagster_shared.yaml_utils import dump_run_config_yaml
from worlds import declared

from catalog.errors import DecisionError
from pipelines.settings import read
from pipelines.shell.forms import (
    ACTIONS,
    CORRECTION,
    DECISION,
    REVIEW,
    check_correction,
    check_form,
    correct_form,
    correct_link,
    filled,
    review_form,
    review_key,
    review_link,
)
from pipelines.shell.review import review
from pipelines.shell.world import world

IDENTITY = "0123456789012345" + "f" * 48
"""Its first 16 digits look like a number, with a zero before it."""
EMPTY = {"action": None, "by": "", "reason": "", "embargo": "", "evidence": []}
OF_DATASET = {
    "notice": 0,
    "to_announce": {
        "change_en": "",
        "change_zh": "",
        "fields": [],
        "from": "",
        "instead_en": "",
        "instead_zh": "",
    },
}


def form_of(partition: str) -> dict[str, Any]:
    form: dict[str, Any] = review_form(partition)["ops"][DECISION]["config"]
    return form


def test_a_candidate_is_named_by_dataset_and_16_digits():
    assert review_key("rivers", IDENTITY) == "rivers|0123456789012345"


def test_what_a_steward_must_say_is_empty():
    assert form_of("rivers|0123456789012345") == EMPTY | {"dataset": "rivers", "candidate": "0123456789012345"}
    assert form_of("rivers") == EMPTY | OF_DATASET | {"dataset": "rivers", "candidate": ""}


@pytest.mark.parametrize("identity", [IDENTITY, ""])
def test_the_link_holds_the_form_and_the_id_stays_a_text(identity: str):
    link = urlsplit(review_link("rivers", identity))
    assert link.path == "/locations/minsheng/jobs/review/playground/setup"
    (config,) = parse_qs(link.query)["config"]
    assert yaml.safe_load(config) == review_form(review_key("rivers", identity)), "the Launchpad reads YAML"
    assert f'      candidate: "{identity[:16]}"\n' in config, "a line for each field, and texts in quotes"


def test_the_launchpad_shows_the_form_in_order_and_nothing_above_it():
    defs = dg.Definitions(jobs=[review([declared()])], resources={"world": world(read({}))})
    snapshot = defs.resolve_job_def(REVIEW).get_job_snapshot()
    schema = snapshot.config_schema_snapshot
    root = schema.get_config_snap(snapshot.mode_def_snaps[0].root_config_key)
    # The Launchpad begins with these values, and puts those of the chosen partition below them.
    assert yaml.safe_load(default_values_yaml_from_type_snap(schema, root)) == {}
    of_all = ["action", "by", "candidate", "dataset", "embargo", "evidence"]
    for partition, names in (
        ("rivers", [*of_all, "notice", "reason", "to_announce"]),
        ("rivers|0123456789012345", [*of_all, "reason"]),
    ):
        form = review_form(partition)
        shown = yaml.safe_load(dump_run_config_yaml(form))["ops"][DECISION]["config"]
        assert [*shown] == names
        assert [*shown] == [*form["ops"][DECISION]["config"]], "a link shows the same order"


def test_a_field_that_is_left_out_is_empty():
    assert filled({"dataset": "rivers", "action": "hold"}) == form_of("rivers") | {"action": "hold"}
    half = filled({"dataset": "rivers", "to_announce": {"from": "2027-03-01"}})
    assert half["to_announce"] == OF_DATASET["to_announce"] | {"from": "2027-03-01"}  # type: ignore[operator]


def test_a_text_stands_in_quotes_so_that_it_may_have_a_colon():
    shown = yaml.safe_dump(review_form("rivers|0123456789012345"))
    typed = shown.replace("reason: ''", "reason: 'the agency said: it is right'")
    form = yaml.safe_load(typed)["ops"][DECISION]["config"]
    assert form["reason"] == "the agency said: it is right"
    assert form["action"] is None, "Launch stays grey until one stands there"


FULL: dict[str, Any] = {
    "candidate": IDENTITY,
    "by": "Lin",
    "reason": "why",
    "embargo": "2026-12-01",
    "evidence": [3],
    "notice": 2,
    "to_announce": {"change_en": "In metres."},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_takes_the_fields_that_it_uses_and_no_others(action: str):
    uses = {*ACTIONS[action].needed, *ACTIONS[action].other}
    used = form_of("rivers") | {"action": action} | {name: value for name, value in FULL.items() if name in uses}
    check_form(used)
    for name in ACTIONS[action].other:
        check_form(used | {name: form_of("rivers")[name]})
    for name in ACTIONS[action].needed:
        with pytest.raises(DecisionError, match=f"rivers: expected {name} for the action {action}, found it empty"):
            check_form(used | {name: {"notice": 0, "to_announce": {"from": " "}}.get(name, " ")})
    for name in FULL.keys() - uses:
        with pytest.raises(DecisionError, match=f"the action {action} does not use {name}.* nothing is done") as told:
            check_form(used | {name: FULL[name]})
        assert ("choose rivers alone under Partition" in str(told.value)) == (name == "candidate")


WHOLE = {
    "dataset": "rivers",
    "key": "site=a",
    "column": "level",
    "instead": "",
    "reason": "Stuck.",
    "reason_zh": "卡死。",
}


def correction(**filled: Any) -> dict[str, Any]:
    form: dict[str, Any] = correct_form(**filled)["ops"][CORRECTION]["config"]
    return form


def test_a_correction_needs_a_row_and_reasons_or_the_one_to_lift():
    check_correction(correction(**WHOLE))
    check_correction(correction(dataset="rivers", lift="stuck"))
    for name in ("key", "column", "reason", "reason_zh"):
        with pytest.raises(DecisionError, match=f"rivers: expected {name} for a correction, found it empty"):
            check_correction(correction(**WHOLE | {name: " "}))
    with pytest.raises(DecisionError, match="nothing else is needed, and the form has column, key, reason, reason_zh"):
        check_correction(correction(**WHOLE, lift="stuck"))


def test_the_link_to_a_correction_holds_any_key():
    key = 'site="a, b": # x,day=民國115年\n'
    (config,) = parse_qs(urlsplit(correct_link(dataset="rivers", key=key)).query)["config"]
    assert yaml.safe_load(config) == correct_form(dataset="rivers", key=key)
