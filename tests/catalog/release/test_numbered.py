"""What all notices share."""

import json

import pytest
from pydantic import ValidationError

from catalog.release.digest import canonical
from catalog.release.numbered import Numbered

ONE = Numbered(dataset="rivers", at="2026-07-01T12:00:00+08:00", by="林小姐")


def test_a_notice_is_stored_as_canonical_json() -> None:
    assert json.loads(ONE.body) == {"form": 1, "dataset": "rivers", "i": 0, "at": ONE.at, "by": "林小姐"}
    assert ONE.body == canonical(json.loads(ONE.body))


@pytest.mark.parametrize("wrong", [{"i": -1}, {"form": 2}, {"more": 1}, {"by": None}], ids=str)
def test_another_form_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Numbered.model_validate(ONE.document | wrong)
