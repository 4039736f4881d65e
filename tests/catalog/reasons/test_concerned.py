"""The rows that a guard speaks of are stored whole, and everyone else reads none of it."""

from reasons import GUARD, SECRET

from catalog.reasons.concerned import ConcernedRows
from catalog.reasons.sentences import sentence
from catalog.reasons.stored import public_json, read, to_json


def test_they_are_stored_and_read_back():
    stored = to_json(GUARD)
    assert stored["concerned"]["groups"][0]["groups"] == [{"kind": "row-group", "value": SECRET, "rows": 1234}]
    assert read(stored, "waiting.json") == GUARD
    assert read({name: each for name, each in stored.items() if name != "concerned"}, "of before").kind == GUARD.kind


def test_nobody_else_reads_them_and_no_sentence_speaks_of_them():
    assert "concerned" not in public_json([GUARD])[0]
    assert SECRET not in sentence(GUARD)
    rows = GUARD.concerned
    assert isinstance(rows, ConcernedRows)
    assert SECRET not in str(rows.public())
