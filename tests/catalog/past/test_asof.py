"""The release of a past moment: the newest that was created by then."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from worlds import SLUG, World, declaration

from catalog import keys
from catalog.errors import DecisionError
from catalog.past.asof import moment, release_at

TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Releases at 09:00, 10:00 and 11:00 of 1 July."""
    made = World(tmp_path)
    made.declare(declaration())
    for level in (1, 2, 3):
        made.tell(f"site,level\na,{level}\n")
    return made


@pytest.mark.parametrize(
    ("said", "n"),
    [
        ("2026-07-01", 3),
        ("2026-07-01T09:00:00+08:00", 1),
        ("2026-07-01T09:59:59.999+08:00", 1),
        ("2026-07-01T10:00", 2),
        ("2026-07-01T02:00:00+00:00", 2),
        ("2026-07-01 10:59:59", 2),
        ("2027-01-01", 3),
    ],
)
def test_the_newest_created_by_then(world: World, said: str, n: int) -> None:
    assert release_at(world.public, SLUG, moment(said, TAIPEI)).n == n


def test_a_day_is_its_end_in_the_zone() -> None:
    assert moment("2026-07-01", TAIPEI) == dt.datetime.fromisoformat("2026-07-01T23:59:59.999999+08:00")
    assert moment("2026-07-01", TAIPEI) < dt.datetime.fromisoformat("2026-07-01T16:00:00+00:00")


def test_before_the_first_it_says_when_that_was(world: World) -> None:
    with pytest.raises(
        DecisionError, match=r"no release by 2026-06-30T23:59:59\+08:00; its first was created 2026-07-0"
    ):
        release_at(world.public, SLUG, moment("2026-06-30", TAIPEI))
    with pytest.raises(DecisionError, match=r"nothing has no release"):
        release_at(world.public, "nothing", moment("2026-06-30", TAIPEI))


@pytest.mark.parametrize("said", ["", "yesterday", "2026-02-30", "2026-07-01T25:00", "1720000000"])
def test_what_is_no_moment_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(DecisionError, match=r"expected a day or a time, as 2026-07-05"):
        moment(said, TAIPEI)


def test_it_holds_without_the_list_of_releases_and_with_a_wrong_one(world: World) -> None:
    key = world.root / "public" / keys.releases(SLUG)
    for body in (None, b"{}", b"no json"):
        key.unlink(missing_ok=True)
        if body is not None:
            key.write_bytes(body)
        assert release_at(world.public, SLUG, moment("2026-07-01T10:30", TAIPEI)).n == 2
        assert (key.read_bytes() if body else key.exists()) == (body or False)
