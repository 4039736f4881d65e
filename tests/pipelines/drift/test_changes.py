"""A draft is the text and what it says: each change is edited in, and the result is a declaration again."""

import pytest
from drifting import declare
from nights import Make
from worlds import SLUG

from catalog.errors import DeclarationError
from pipelines.drift.changes import Draft, SourceChange
from pipelines.drift.edits import Put


def test_changes_are_edited_in_one_after_the_other(make: Make) -> None:
    world = make()
    declare(world)
    text = (world.datasets / SLUG / "dataset.yaml").read_text(encoding="utf-8")
    draft = Draft(text, world.ctx.declarations.dataset(SLUG))
    level = draft.dataset.field("level")
    one = SourceChange("renamed", "x", (draft.put(level, "heard_as", value=["水位", "no"]),))
    two = SourceChange("gone", "y", (draft.put(draft.dataset.field("name_zh"), "optional", value=True),))
    after = draft.after([one]).after([two])
    assert (after.dataset.field("level").heard, after.dataset.field("name_zh").optional) == (("水位", "no"), True)
    assert after.changes == (one, two)
    assert after.text.count("\n") == text.count("\n") + 1
    assert draft.after([SourceChange("gone", "told only")]).dataset is draft.dataset
    with pytest.raises(DeclarationError, match="rivers"):
        draft.after([SourceChange("type", "z", (Put(("schema", "fields", 0, "type"), "perhaps"),))])
