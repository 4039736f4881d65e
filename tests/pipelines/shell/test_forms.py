"""The form for a decision, and the link to it."""

import json
from urllib.parse import parse_qs, urlsplit

import yaml

from pipelines.shell.forms import DECIDE, decision_form, decision_key, decision_link

IDENTITY = "0123456789012345" + "f" * 48
"""Its first 16 digits look like a number, with a zero before it."""


def test_a_candidate_is_named_by_dataset_and_16_digits():
    assert decision_key("rivers", IDENTITY) == "rivers|0123456789012345"


def test_what_a_steward_must_say_is_empty():
    form = decision_form("rivers|0123456789012345")["ops"][DECIDE]["config"]
    assert form == {
        "dataset": "rivers",
        "candidate": "0123456789012345",
        "action": None,
        "by": "",
        "reason": "",
        "evidence": [],
    }


def test_the_link_holds_the_form_and_the_id_stays_a_text():
    link = urlsplit(decision_link("rivers", IDENTITY))
    assert link.path == "/locations/minsheng/jobs/decide/playground/setup"
    (config,) = parse_qs(link.query)["config"]
    assert json.loads(config) == decision_form("rivers|0123456789012345")
    assert yaml.safe_load(config) == json.loads(config), "the Launchpad reads YAML"


def test_a_text_stands_in_quotes_so_that_it_may_have_a_colon():
    shown = yaml.safe_dump(decision_form("rivers|0123456789012345"))
    typed = shown.replace("reason: ''", "reason: 'the agency said: it is right'")
    form = yaml.safe_load(typed)["ops"][DECIDE]["config"]
    assert form["reason"] == "the agency said: it is right"
    assert form["action"] is None, "Launch stays grey until one stands there"
