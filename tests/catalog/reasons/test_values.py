"""What a reason holds, and which of its texts says it."""

import pydantic
import pytest
from reasons import EVERY, GUARD

from catalog.reasons import measures as m
from catalog.reasons import values as v


def test_every_reason_has_a_kind_of_its_own_and_a_version():
    kinds = [one.model_fields["kind"].default for one in EVERY]
    assert len(set(kinds)) == len(kinds) > 20
    assert {one.model_fields["version"].default for one in EVERY} == {1}


@pytest.mark.parametrize(
    ("reason", "variant"),
    [
        (v.CheckFailed(check="a.b", failed=1, rows=1), "public"),
        (v.CheckFailed(check="a.b", failed=1, rows=1, values=()), "stewards"),
        (GUARD, "limit"),
        (
            v.GuardTripped(
                guard="approve.declared",
                observed=m.ApprovalDeclared(approve="always"),
                expected=m.StewardApproval(),
            ),
            "approval",
        ),
        (v.NotData(), "public"),
        (v.NotData(detail="x"), "stewards"),
        (v.NoRows(), None),
        (v.Recorded(detail="a"), "stewards"),
        (v.Recorded(), "public"),
        (v.ByFetch(fetch=1), "plain"),
        (v.ByFetch(fetch=1, same_as=2), "same"),
    ],
)
def test_the_text_is_chosen_by_what_it_holds(reason: v.Reason, variant: str | None):
    assert reason.variant == variant


def test_a_value_refuses_what_it_is_not():
    with pytest.raises(pydantic.ValidationError):
        v.Fault(of="weather")  # type: ignore[arg-type]
    with pytest.raises(pydantic.ValidationError):
        m.ShareOfRows(rows="removed", share=float("nan"))
