"""Records and outcomes as values: what is stored of one reads back as it was."""

import datetime as dt

import pytest
from worlds import START

from catalog.errors import IntegrityError
from catalog.reasons.stored import to_json
from catalog.reasons.values import NotData, Overtaken
from catalog.release.digest import sealed
from pipelines.records import Outcome, Record

PAGE = {"address": "x", "status": 200, "headers": {"etag": "1"}, "bytes": 1, "sha256": "0" * 64, "redacted": False}


def record(**more: object) -> Record:
    said = {"k": 3, "fetched_at": START, "transport": "complete", "why": None, "pages": (PAGE,), "asked": {"a": 1}}
    return Record(**(said | {"window": {"day": ["a", "b"]}} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kept",
    [
        record(),
        record(transport="broken", why="cut"),
        record(pages=(), transport="unanswered", why="down"),
        record(stopped="no next page"),
        record(clock_is_right_at=START + dt.timedelta(hours=1)),
    ],
)
def test_a_record_reads_back(kept: Record) -> None:
    assert Record.parse(sealed(kept.document | {"dataset": "rivers", "k": 3}), "rivers", 3) == kept
    with pytest.raises(IntegrityError):
        Record.parse(sealed(kept.document | {"dataset": "rivers", "k": 3}), "rivers", 4)


@pytest.mark.parametrize(
    ("replay", "file"),
    [
        (None, None),
        ([f"{START.isoformat()} sub/a b.csv 1"], "sub/a b.csv"),
        ([f"{START.isoformat()} one.csv "], "one.csv"),
    ],
)
def test_a_replayed_record_names_its_file(replay: list[str] | None, file: str | None) -> None:
    assert record(asked={"replay": replay} if replay else {}).replayed_file == file


@pytest.mark.parametrize("reason", [NotData(detail="臺"), Overtaken(by=7)])
def test_a_refusal_reads_back(reason: NotData | Overtaken) -> None:
    stored = sealed({"dataset": "rivers", "k": 1, "what": "refused", "reason": to_json(reason)})
    outcome = Outcome.parse(stored, "rivers", 1)
    assert outcome == Outcome("refused", reason=reason)
    assert outcome.overtaken == isinstance(reason, Overtaken)


def test_a_reason_that_this_version_does_not_know_is_told() -> None:
    with pytest.raises(IntegrityError, match=r"00000001\.outcome\.json: expected a reason"):
        Outcome.parse(b'{"k": 1, "what": "refused", "reason": {"kind": "no-such"}}', "rivers", 1)
