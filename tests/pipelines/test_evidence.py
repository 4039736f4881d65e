"""What an agency said, kept as it came."""

import datetime as dt
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from stores import quick_store
from worlds import START

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats.gzip import compress
from catalog.reasons.values import NotData, OutOfReach, Overtaken, Recorded
from catalog.release.digest import canonical
from catalog.store import put_over
from pipelines.evidence import Evidence, LostEvidence
from pipelines.records import Fetched, Outcome, Page


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return Evidence(quick_store(tmp_path), "rivers")


def fetched(minutes: int = 0, *bodies: bytes, why: str | None = None, redacted: bool = False) -> Fetched:
    pages = tuple(Page("https://a.example/x", 200, {"etag": "1"}, body, redacted) for body in bodies or (b"x",))
    return Fetched({"protocol": "file"}, START + dt.timedelta(minutes=minutes), pages, why)


def test_records_are_numbered_without_gaps_and_read_back(evidence: Evidence):
    assert evidence.newest() == 0
    made = [evidence.record(fetched(i, b"one", b"two")) for i in range(3)]
    assert [one.k for one in made] == [1, 2, 3]
    assert evidence.newest() == 3
    assert [evidence.read(k) for k in (1, 2, 3)] == made
    assert [evidence.body(digest) for digest in made[0].bodies] == [b"one", b"two"]
    assert made[0].fetched_at == START


def test_a_body_is_kept_once_however_often_it_is_heard(evidence: Evidence):
    for i in range(3):
        evidence.record(fetched(i, b"same" * 1000))
    (blob,) = evidence.store.list("evidence/blobs")
    assert len(evidence.store.get(blob).body) < 200
    assert gzip.decompress(evidence.store.get(blob).body) == b"same" * 1000


def test_a_body_that_is_not_its_hash_is_refused(evidence: Evidence):
    (digest,) = evidence.record(fetched()).bodies
    put_over(evidence.store, keys.blob(digest), gzip.compress(b"other"))
    with pytest.raises(IntegrityError, match=f"the stored body {digest[:16]} is not what its hash says"):
        evidence.body(digest)
    with pytest.raises(IntegrityError, match="already holds other bytes"):
        evidence.record(fetched(1))
    assert evidence.newest() == 1


def test_a_number_that_an_outcome_names_is_not_taken_again(evidence: Evidence):
    for minutes in range(3):
        evidence.record(fetched(minutes))
    evidence.decide(3, Outcome("folded", n=1))
    evidence.store.delete(keys.evidence("rivers", 3))
    later = Evidence(evidence.store, "rivers", lambda: 2)
    with pytest.raises(LostEvidence, match=r"00000003\.json is not there, but .*00000003\.outcome\.json names it"):
        later.record(fetched(4))
    assert evidence.store.head(keys.evidence("rivers", 3)) is None


@pytest.mark.parametrize(("lost", "witness"), [(1, "evidence/rivers/00000003.json"), (2, "00000002.outcome.json")])
def test_where_no_hint_is_left_the_listing_shows_a_loss(evidence: Evidence, lost: int, witness: str):
    for minutes in range(3):
        evidence.record(fetched(minutes))
    evidence.decide(2, Outcome("folded", n=1))
    assert Evidence(evidence.store, "rivers", lambda: None).newest() == 3
    evidence.store.delete(keys.evidence("rivers", lost))
    with pytest.raises(LostEvidence, match=f"0000000{lost}.json is not there, but .*{witness} names it"):
        Evidence(evidence.store, "rivers", lambda: None).newest()


def test_a_lost_body_is_told(evidence: Evidence):
    record = evidence.record(fetched(0, b"x"))
    evidence.store.delete(keys.blob(record.bodies[0]))
    with pytest.raises(LostEvidence, match=rf"evidence/blobs/{record.bodies[0]} is not there"):
        evidence.body(record.bodies[0])


def test_another_publishers_fetches_are_found_by_looking_again(evidence: Evidence):
    evidence.record(fetched())
    Evidence(evidence.store, "rivers").record(fetched(1))
    assert evidence.newest() == 1
    evidence.look_again()
    assert evidence.newest() == 2


def test_what_is_not_whole_is_kept_and_refused(evidence: Evidence):
    record = evidence.record(fetched(0, b"half", why="rivers: cut"))
    assert not record.complete
    assert evidence.body(record.bodies[0]) == b"half"
    assert evidence.outcome(1) == Outcome("refused", reason=NotData(detail="rivers: cut"))


def test_redaction_is_recorded(evidence: Evidence):
    assert evidence.record(fetched(0, b"***", redacted=True)).pages[0]["redacted"] is True


def test_a_fetch_that_began_before_the_newest_is_overtaken(evidence: Evidence):
    evidence.record(fetched(10))
    evidence.record(fetched(5))
    found = evidence.outcome(2)
    assert found is not None
    assert (found.what, found.reason) == ("refused", Overtaken(by=1))
    assert evidence.outcome(1) is None


def test_two_fetches_that_began_together_both_stay(evidence: Evidence):
    evidence.record(fetched(5, b"one"))
    evidence.record(fetched(5, b"two"))
    assert evidence.outcome(2) is None


def test_a_second_stale_fetch_is_overtaken_too(evidence: Evidence):
    for minutes in (10, 5, 7):
        evidence.record(fetched(minutes))
    found = evidence.outcome(3)
    assert found is not None
    assert found.overtaken


def test_the_first_outcome_stands(evidence: Evidence):
    evidence.record(fetched())
    assert evidence.outcome(1) is None
    evidence.decide(1, Outcome("folded", n=3))
    evidence.decide(1, Outcome("unchanged", n=4))
    assert evidence.outcome(1) == Outcome("folded", n=3)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("folded", n=1),
        Outcome("unchanged", n=1),
        Outcome("unchanged"),
        Outcome("same", candidate="0" * 64),
        Outcome("superseded", by=2),
        Outcome("refused", reason=NotData(detail="臺")),
        Outcome("refused", reason=Overtaken(by=7)),
    ],
)
def test_every_outcome_reads_back(evidence: Evidence, outcome: Outcome):
    evidence.record(fetched())
    evidence.decide(1, outcome)
    assert evidence.outcome(1) == outcome


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (
            {"what": "refused", "reason": "levels: found '臺'"},
            Outcome("refused", reason=Recorded(detail="levels: found '臺'")),
        ),
        (
            {"what": "refused", "reason": "overtaken: it began before fetch 1, which is recorded"},
            Outcome("refused", reason=Overtaken(by=1)),
        ),
        ({"what": "folded", "n": 2}, Outcome("folded", n=2)),
    ],
)
def test_an_outcome_of_an_earlier_version_is_read(evidence: Evidence, stored: dict[str, Any], outcome: Outcome):
    evidence.store.put_new(keys.outcome("rivers", 1), json.dumps(stored | {"k": 1}).encode())
    assert evidence.outcome(1) == outcome


def test_a_broken_reason_is_told(evidence: Evidence):
    evidence.store.put_new(keys.outcome("rivers", 1), b'{"k": 1, "what": "refused", "reason": {"kind": "no-such"}}')
    with pytest.raises(IntegrityError, match=r"00000001\.outcome\.json: expected a reason"):
        evidence.outcome(1)


def test_a_taken_number_is_left_to_its_owner(evidence: Evidence):
    evidence.record(fetched(0, b"one"))
    evidence.record(fetched(1, b"two"))
    stale = evidence._put(evidence.read(1), 1).k  # as a publisher whose number was taken meanwhile
    assert stale == 3
    assert evidence.read(1).bodies != evidence.read(2).bodies


def test_datasets_do_not_see_each_others_evidence(evidence: Evidence):
    evidence.record(fetched())
    other = Evidence(evidence.store, "rivers-2")
    assert other.newest() == 0
    assert other.outcome(1) is None
    with pytest.raises(LostEvidence):
        other.read(1)


def test_a_record_says_what_was_asked_and_how_it_came(evidence: Evidence):
    page = Page("https://a.example/x", 200, {"etag": "1"}, b"x")
    asked = {"source": {"protocol": "file"}}
    evidence.record(Fetched(asked, START, (page,), None, window={"day": ["a", "b"]}, stopped="rivers: no next page"))
    stored = json.loads(evidence.store.get(keys.evidence("rivers", 1)).body)
    assert stored.pop("sha256") == hashlib.sha256(canonical(stored)).hexdigest()
    assert stored == {
        "form": 2,
        "k": 1,
        "dataset": "rivers",
        "asked": asked,
        "fetched_at": START.isoformat(),
        "window": {"day": ["a", "b"]},
        "pages": [
            {
                "address": "https://a.example/x",
                "status": 200,
                "headers": {"etag": "1"},
                "bytes": 1,
                "sha256": hashlib.sha256(b"x").hexdigest(),
                "redacted": False,
            }
        ],
        "transport": "complete",
        "why": None,
        "stopped": "rivers: no next page",
    }
    assert Evidence(evidence.store, "rivers").read(1) == evidence.read(1)


@pytest.mark.parametrize(
    ("answered", "why", "transport"), [(True, None, "complete"), (True, "cut", "broken"), (False, "down", "unanswered")]
)
def test_how_it_came_is_one_of_three_words(evidence: Evidence, answered: bool, why: str | None, transport: str):
    record = evidence.record(Fetched({}, START, (), why, answered))
    assert (record.transport, record.why, record.complete) == (transport, why, why is None)


FORM_1 = {
    "k": 1,
    "dataset": "rivers",
    "asked": {"source": {"protocol": "file"}},
    "fetched_at": START.isoformat(),
    "window": None,
    "pages": [{"address": "x", "status": 200, "headers": {}, "bytes": 1, "sha256": "0" * 64, "redacted": False}],
    "complete": True,
    "why": None,
}
"""A record as it was before its answer was judged later."""


@pytest.mark.parametrize(
    ("more", "transport"),
    [
        ({}, "complete"),
        ({"complete": False, "why": "rivers: not data: expected rows, found none"}, "broken"),
        ({"complete": False, "why": "rivers: down", "pages": []}, "unanswered"),
    ],
)
def test_a_record_of_the_first_form_is_still_read(evidence: Evidence, more: dict[str, Any], transport: str):
    evidence.store.put_new(keys.evidence("rivers", 1), json.dumps(FORM_1 | more).encode())
    record = evidence.read(1)
    assert (record.transport, record.judged, record.stopped) == (transport, True, None)
    assert record.complete is evidence.whole(1) is (transport == "complete")
    reason = (OutOfReach if transport == "unanswered" else NotData)(detail=str(more.get("why")))
    refused = Outcome("refused", reason=reason)
    assert evidence.on_sight(record) == (None if transport == "complete" else refused)


@pytest.mark.parametrize(
    ("asked", "file"),
    [
        ({}, None),
        ({"replay": [f"{START.isoformat()} sub/a b.csv 1", f"{START.isoformat()} c.csv 2"]}, "sub/a b.csv"),
        ({"replay": [f"{START.isoformat()} one.csv "]}, "one.csv"),
    ],
)
def test_a_replayed_fetch_names_its_first_file(evidence: Evidence, asked: dict[str, Any], file: str | None):
    assert evidence.record(Fetched(asked, START, (), None)).replayed_file == file


def test_what_another_publisher_recorded_is_seen_when_it_is_named(evidence: Evidence):
    evidence.record(fetched())
    other = Evidence(evidence.store, "rivers")
    for minutes in (1, 2):
        other.record(fetched(minutes))
    assert evidence.newest() == 1
    evidence.saw(2, "release 2")
    assert evidence.newest() == 3
    assert evidence.record(fetched(3)).k == 4
    with pytest.raises(LostEvidence, match=r"00000005\.json is not there, but release 9 \(up to 6\) names it"):
        evidence.saw(6, "release 9")


def test_probing_begins_after_a_number_that_is_surely_there(tmp_path: Path):
    store = quick_store(tmp_path)
    for minutes in range(3):
        Evidence(store, "rivers").record(fetched(minutes))
    assert Evidence(store, "rivers", lambda: 2).newest() == 3


def test_a_fetch_is_whole_unless_it_came_broken_or_is_judged_incomplete(evidence: Evidence):
    for minutes, why in enumerate([None, "rivers: cut", None, None]):
        evidence.record(fetched(minutes, why=why))
    evidence.decide(3, Outcome("refused", reason=NotData(detail="not data"), incomplete=True))
    evidence.decide(4, Outcome("refused", reason=NotData(detail="two contents for one key")))
    assert [evidence.whole(k) for k in (1, 2, 3, 4)] == [True, False, False, True]


def test_a_body_that_was_compressed_otherwise_is_the_same_body(tmp_path: Path) -> None:
    store, body = quick_store(tmp_path), b"site,level\na,1\n"
    digest = hashlib.sha256(body).hexdigest()
    otherwise = gzip.compress(body, 9, mtime=1)
    assert otherwise != compress(body)
    store.put_new(keys.blob(digest), otherwise)
    evidence = Evidence(store, "rivers")
    evidence._keep({digest: body})
    assert (evidence.body(digest), store.get(keys.blob(digest)).body) == (body, otherwise), "nothing is written over"
    put_over(store, keys.blob(digest), gzip.compress(b"something else", mtime=0))
    with pytest.raises(IntegrityError, match="already holds other bytes"):
        evidence._keep({digest: body})
