"""The command `withdraw`: it shows first, then does it; and the other commands speak of what is withdrawn."""

import json

import pytest
from consoles import Console
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.release import notices

SIGNED = ("--by", "Lin", "--reason", "It holds names: of persons.", "--basis", "PDPA, article 11")


@pytest.fixture
def rivers(settings: World) -> World:
    settings.declare(declaration())
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        settings.tell(table_csv(rows))
    return settings


def test_it_shows_what_would_go_and_does_nothing(rivers: World, console: Console) -> None:
    told = console.out("withdraw", f"{SLUG}@2", *SIGNED)
    assert f"{SLUG}: releases 2 to 3 would be withdrawn" in told
    assert "not folded again: fetches 2" in told
    assert "nothing is done yet" in told
    assert json.loads(console.out("withdraw", f"{SLUG}@2", *SIGNED, "--json"))["i"] == 0
    assert notices.read(rivers.public, SLUG) == ()


def test_it_withdraws_and_every_command_says_so(rivers: World, console: Console) -> None:
    told = console.out("withdraw", f"{SLUG}@2", *SIGNED, "--evidence", "3", "--yes")
    assert f"{SLUG}: releases 2 to 3 withdrawn by Lin; notice 1: " in told
    assert "release 1 is served now" in told
    (notice,) = notices.read(rivers.public, SLUG)
    who = f"was withdrawn by Lin on {notice.at} (It holds names: of persons.; legal basis: PDPA, article 11)"
    assert f"release 2 {who}" in console.out("releases", SLUG)
    assert [each.get("withdrawn") for each in console.json("releases", SLUG)] == [None, 1, 1]
    assert f"It {who}" in console.out("show", f"{SLUG}@2")
    assert "release 1, version" in console.out("show", SLUG)
    assert f"release 2 {who}" in console.out("verify", f"{SLUG}@2")
    for command in (("diff", SLUG, "1", "2"), ("why", SLUG, "a", "level", "--release", "2"), ("rebuild", f"{SLUG}@3")):
        assert who in console.fault(*command), command
    assert "release 1" in console.out("rebuild", SLUG)
    assert "rivers: fresh: every release after 1 is withdrawn; notice 1 says who" in console.out("status")
    assert "withdrawn already" in console.out("withdraw", f"{SLUG}@2", *SIGNED, "--yes")
    assert "withdrawn already" in console.out("withdraw", f"{SLUG}@2", *SIGNED)
    assert console.out("candidates") == "nothing waits\n"
    (listed,) = json.loads(rivers.public.get("catalog.json").body)["datasets"]
    assert (listed["release"], listed["notices"][0]["reason"]) == (1, "It holds names: of persons.")


def test_all_may_go(rivers: World, console: Console) -> None:
    told = console.out("withdraw", f"{SLUG}@1", *SIGNED, "--purge", "--evidence", "2", "3", "--yes", "--json")
    assert json.loads(told)["purged"] is True
    assert "withdrawn" in console.out("status")
    assert "every release is withdrawn; notice 1 says" in console.out("status")
    for command in (("show", SLUG), ("asof", SLUG, "2026-07-09"), ("history", SLUG, "a")):
        assert "what the agency sent is purged too" in console.fault(*command), command
    (listed,) = json.loads(rivers.public.get("catalog.json").body)["datasets"]
    assert (listed["release"], listed["name"]) == (None, SLUG)
    assert rivers.public.head(keys.figures(SLUG)) is None


def test_what_was_withdrawn_by_mistake_is_let_in_again(rivers: World, console: Console) -> None:
    console.out("withdraw", f"{SLUG}@2", *SIGNED, "--yes")
    assert "fetch 3 is not set aside; set aside are [2]" in console.fault(
        "lift", SLUG, "--evidence", "3", "--by", "Wu", "--reason", "x"
    )
    told = console.out("lift", SLUG, "--evidence", "2", "--by", "Wu", "--reason", "it was right")
    assert "fetches 2 are let in again by Wu" in told
    assert "held" in told
