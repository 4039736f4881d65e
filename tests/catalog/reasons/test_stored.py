"""The stored form: it carries a version, comes back as it was, and what an earlier version stored is read too."""

import json
from typing import Any

import pytest
from reasons import EXAMPLES, GUARD, ID, SECRET

from catalog.errors import IntegrityError
from catalog.reasons import values as v
from catalog.reasons.stored import public_json, read, read_all, read_public, read_superseding, to_json
from catalog.release.digest import canonical

PLACE = "candidates/rivers/waiting.json"


@pytest.mark.parametrize("reason", EXAMPLES, ids=lambda one: one.kind)
def test_each_reason_comes_back_from_its_stored_form(reason: v.Reason):
    stored = json.loads(canonical(to_json(reason)))
    assert stored["version"] == 1
    assert read(stored, PLACE) == reason


def test_the_stored_form_is_pinned():
    assert to_json(GUARD.public()) == {
        "kind": "guard-tripped",
        "version": 1,
        "guard": "guard.removed",
        "observed": {"kind": "share-of-rows", "rows": "removed", "share": 0.5785},
        "expected": {"kind": "at-most-share", "share": 0.01},
    }


@pytest.mark.parametrize(
    "stored",
    [
        None,
        7,
        [],
        {},
        {"kind": "no-such"},
        {"kind": "overtaken"},
        {"kind": "overtaken", "version": 2, "by": 3},
        {"kind": "overtaken", "version": 1, "by": SECRET},
        {"kind": "overtaken", "version": 1, "by": 3, "more": SECRET},
        {"kind": "not-data", "version": 1, "detail": {SECRET: SECRET}},
        to_json(GUARD) | {"observed": {"kind": "share-of-rows", "rows": "removed", "share": "NaN"}},
        to_json(GUARD) | {"observed": {"kind": "at-most-share", "share": 0.1}},
    ],
)
def test_what_is_no_reason_is_told_with_its_place_and_no_value(stored: Any):
    for reader in (read, read_superseding):
        with pytest.raises(
            IntegrityError, match=r"waiting\.json: expected a reason as this version writes it"
        ) as error:
            reader(stored, PLACE)
        assert SECRET not in str(error.value)


@pytest.mark.parametrize("stored", [None, "a", {}, [None], ["a", 7]])
def test_what_is_no_list_of_reasons_is_told(stored: Any):
    with pytest.raises(IntegrityError, match=r"waiting\.json: expected a (list of )?reason"):
        read_all(stored, PLACE)


def test_sentences_of_an_earlier_version_are_for_stewards():
    old = [
        "imported.code: 3 of 9 rows fail ('90210')",
        "guard.removed: expected at most 1.00%, found 57.85% of rows removed",
    ]
    assert read_all(old, PLACE) == tuple(v.Recorded(detail=one) for one in old)
    assert [one.public() for one in read_all(old, PLACE)] == [v.Recorded()] * 2
    assert read("overtaken: it began before fetch 3, which is recorded", PLACE) == v.Overtaken(by=3)
    assert read("overtaken: or so", PLACE) == v.Recorded(detail="overtaken: or so")


def test_the_sentence_of_an_earlier_public_status_is_for_stewards():
    """It left out what stood in quotation marks; the name of a column stood there all the same."""
    assert read_public({"reason": "levels: found '…'; more"}, PLACE) == (v.Recorded(detail="levels: found '…'; more"),)
    written_since = {"kind": "recorded", "version": 1, "sentence": SECRET, "detail": "b"}
    assert read(written_since, PLACE) == v.Recorded(detail="b")
    assert read(written_since | {"detail": ""}, PLACE) == v.Recorded()
    assert read_public({"reason": None}, PLACE) == read_public({}, PLACE) == ()


def test_a_public_status_gives_the_public_view_whatever_stands_there():
    assert read_public({"reasons": public_json(EXAMPLES)}, PLACE) == tuple(one.public() for one in EXAMPLES)
    written_by_hand = {"reasons": [to_json(v.NotData(detail=SECRET))], "reason": "x"}
    assert read_public(written_by_hand, PLACE) == (v.NotData(),)
    with pytest.raises(IntegrityError, match="expected a list of reasons"):
        read_public({"reasons": {}}, PLACE)


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (f"candidate {ID}", v.ByCandidate(candidate=ID)),
        ("release 12", v.ByRelease(n=12)),
        ("fetch 7", v.ByFetch(fetch=7)),
        ("fetch 7, which says what release 3 holds", v.ByFetch(fetch=7, same_as=3)),
        ("rejected by Lin: a bad publication: of May", v.ByRejection(by="Lin", why="a bad publication: of May")),
        ("a change of the declaration", v.ByDeclaration()),
        ("something else", v.Recorded(detail="something else")),
        (to_json(v.ByRelease(n=12)), v.ByRelease(n=12)),
    ],
)
def test_why_a_candidate_is_superseded_is_read_in_both_forms(stored: Any, reason: v.Reason):
    assert read_superseding(stored, PLACE) == reason
