"""The plan of a fold."""

from typing import Any

import pytest
from stores import quick_stores
from worlds import declared, publish_rows

from catalog.errors import SourceError
from pipelines.candidate.plan import FoldPlan, Refusal


def test_fetches_are_read_in_order_and_once():
    plan = FoldPlan(declared(), None, own=(7, 3), over=(5, 3))
    assert plan.fetches == (3, 5, 7)


def test_the_quarantine_of_all_fetches_is_listed_only_when_folding_again():
    assert FoldPlan(declared(), None, own=(7,), over=(5,)).listed == (7,)
    assert FoldPlan(declared(), None, own=(7,), over=(5,), again=True).listed == (5, 7)


@pytest.mark.parametrize(
    ("suite", "again", "regular"), [("same", False, True), ("same", True, False), ("another", False, False)]
)
def test_only_the_same_suite_on_a_base_makes_a_plan_regular(tmp_path: Any, suite: str, again: bool, regular: bool):
    dataset = declared()
    digest = dataset.suite_digest if suite == "same" else "5" * 64
    base = publish_rows(*quick_stores(tmp_path), {"a": 1.0}, suite=digest)
    assert FoldPlan(dataset, base, (2,), again=again).regular is regular
    assert not FoldPlan(dataset, None, (2,), again=again).regular


def test_a_refusal_names_the_dataset_and_the_fetch():
    with pytest.raises(SourceError, match="rivers: expected one content for each key") as raised:
        raise Refusal("rivers", 7, "expected one content for each key")
    assert isinstance(raised.value, Refusal)
    assert raised.value.k == 7
