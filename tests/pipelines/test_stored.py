"""Stored records and outcomes: what is not one, or is that of another fetch, is told by its key."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from catalog.errors import IntegrityError
from catalog.release.digest import sealed
from pipelines.stored import read_outcome, read_record

RECORD: dict[str, Any] = {
    "form": 2,
    "dataset": "rivers",
    "k": 1,
    "asked": {"source": {"protocol": "file"}},
    "fetched_at": "2026-07-01T08:00:00+08:00",
    "window": None,
    "pages": [{"address": "x", "status": 200, "headers": {}, "bytes": 1, "sha256": "0" * 64, "redacted": False}],
    "transport": "complete",
    "why": None,
    "stopped": None,
}
FORM_1 = {name: value for name, value in RECORD.items() if name not in ("form", "transport", "stopped")}


def test_both_forms_are_read():
    assert read_record(json.dumps(RECORD).encode(), "rivers", 1).transport == "complete"
    assert read_record(json.dumps(FORM_1 | {"complete": False}).encode(), "rivers", 1).complete is False


BROKEN: list[tuple[bytes, str]] = [
    *((body, "is no record of a fetch") for body in (b"", b"{", b"[]", b"{}", b"\xff", b'"x"', b'{"form": 2, "k": 1}')),
    *((json.dumps(RECORD | more).encode(), says) for more, says in [
        ({"fetched_at": "2026-07-01T08:00:00"}, "is no record of a fetch, as fetched_at shows"),
        ({"fetched_at": 7}, "as fetched_at shows"),
        ({"transport": "whole"}, "as transport shows"),
        ({"transport": None}, "does not say if it is complete"),
        ({"pages": [{"sha256": "../../etc/passwd"}]}, "as pages.0.* shows"),
        ({"pages": [RECORD["pages"][0] | {"sha256": "../x"}]}, "as pages.0.sha256 shows"),
        ({"asked": []}, "as asked shows"),
        ({"k": "1"}, "as k shows"),
        ({"k": 2}, "is fetch 2 of rivers"),
        ({"dataset": "lakes"}, "is fetch 1 of lakes"),
        ({"form": 3}, "has form 3, expected 2 or none; update the software"),
        ({"form": "2"}, "has form '2'"),
    ]),
    (json.dumps(FORM_1).encode(), "does not say if it is complete"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "says"), BROKEN)
def test_what_is_no_record_of_this_fetch_is_told(body: bytes, says: str):
    with pytest.raises(IntegrityError, match=rf"^rivers: evidence/rivers/00000001\.json {says}|{says}"):
        read_record(body, "rivers", 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"k": 1}',
        b'{"k": 1, "what": "folded", "more": 1}',
        b'{"k": 2, "what": "folded", "n": 1}',
        b'{"k": 1, "what": "folded"}',
        b'{"k": 1, "what": "same"}',
        b'{"k": 1, "what": "superseded", "by": 0}',
        b'{"k": 1, "what": "lost", "n": 1}',
        b'{"k": 1, "what": "folded", "n": "1"}',
        b'{"k": 1, "what": "folded", "n": 1, "dataset": "lakes"}',
    ],
)
def test_what_is_no_outcome_of_this_fetch_is_told(body: bytes):
    with pytest.raises(IntegrityError, match=r"00000001\.outcome\.json: expected the outcome of fetch 1.*restore it"):
        read_outcome(body, "rivers", 1)


def test_an_outcome_of_the_first_version_does_not_name_its_dataset():
    assert read_outcome(b'{"k": 1, "what": "folded", "n": 1}', "rivers", 1).n == 1
    assert read_outcome(b'{"k": 1, "what": "folded", "n": 1, "dataset": "rivers"}', "rivers", 1).n == 1


@pytest.mark.parametrize("read", [read_record, read_outcome])
def test_a_seal_shows_any_change_of_one_bit(read: Callable[[bytes, str, int], object]):
    plain = RECORD if read is read_record else {"dataset": "rivers", "k": 1, "what": "folded", "n": 1}
    body = sealed(plain)
    assert read(body, "rivers", 1)
    for at in range(len(body)):
        for bit in range(8):
            harmed = body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :]
            with pytest.raises(IntegrityError):
                read(harmed, "rivers", 1)
