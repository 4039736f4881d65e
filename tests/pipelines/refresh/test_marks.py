"""The mark of the candidate that waits: what it names, and what becomes of one that is lost."""

from pathlib import Path

from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from pipelines.refresh.marks import read_waiting


def test_the_mark_names_what_waits_and_a_lost_candidate_waits_no_more(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(approve="always"))
    assert read_waiting(world.ctx, SLUG, None) == (None, None)
    world.tell(table_csv({"a": 1}))
    waiting, etag = read_waiting(world.ctx, SLUG, None)
    assert waiting is not None
    assert (waiting.evidence, waiting.is_of_declaration) == ((1,), False)
    world.private.delete(keys.candidate(SLUG, waiting.identity))
    assert read_waiting(world.ctx, SLUG, None) == (None, etag)
