"""The command `announce`: it shows first, then does it; and the other commands speak of what is announced."""

import json

import pytest
from consoles import Console
from worlds import SLUG, World, declaration, table_csv

from catalog.release import notices

SIGNED = ("--by", "Lin", "--from", "2136-09-01")
SAID = ("--change", "The level is in metres.", "--change-zh", "水位改以公尺計。")
TODO = ("--instead", "Divide older values by 100.", "--instead-zh", "先前的數值請除以 100。")


@pytest.fixture
def rivers(settings: World) -> World:
    settings.declare(declaration())
    settings.tell(table_csv({"a": 1}))
    return settings


def test_it_shows_what_readers_would_read_and_does_nothing(rivers: World, console: Console) -> None:
    told = console.out("announce", SLUG, *SIGNED, *SAID, *TODO, "--field", "level", "--field", "site")
    for line in (
        "rivers: everyone would read:",
        "from 2136-09-01 on: The level is in metres.",
        "水位改以公尺計。",
        "fields: level, site",
        "what to do: Divide older values by 100.",
        "nothing is done yet",
    ):
        assert line in told, line
    assert json.loads(console.out("announce", SLUG, *SIGNED, *SAID, "--json"))["i"] == 0
    assert notices.read(rivers.public, SLUG) == ()


def test_it_announces_and_other_commands_say_so(rivers: World, console: Console) -> None:
    told = console.out("announce", SLUG, *SIGNED, *SAID, "--yes")
    assert "rivers: notice 1 of Lin: " in told
    assert "already, notice 1 of Lin" in console.out("announce", SLUG, *SIGNED, *SAID, "--yes")
    assert "said already, with notice 1" in console.out("announce", SLUG, *SIGNED, *SAID)
    assert "a breaking change is announced from 2136-09-01 on; notice 1 says which" in console.out("status")
    shown = console.out("show", SLUG)
    assert "A breaking change is announced from 2136-09-01 on: The level is in metres. (notice 1, Lin)" in shown
    assert "withdrawn" not in console.out("releases", SLUG)
    (listed,) = json.loads(rivers.public.get("catalog.json").body)["datasets"]
    assert listed["notices"][0]["state"] == "to-come"


def test_it_is_replaced_and_taken_back(rivers: World, console: Console) -> None:
    console.out("announce", SLUG, *SIGNED, *SAID, "--yes")
    later = ("--by", "Wu", "--from", "2136-10-01", *SAID, "--replaces", "1")
    assert "in place of announcement 1" in console.out("announce", SLUG, *later, "--yes")
    back = ("announce", SLUG, "--take-back", "2", "--by", "Wu", "--reason", "It stays.")
    assert "announcement 2 is taken back: It stays." in console.out(*back)
    assert json.loads(console.out(*back, "--yes", "--json"))["takes_back"] == 2
    assert "announced" not in console.out("show", SLUG) + console.out("status")
    assert "announcement 1 was replaced by Wu with notice 2" in console.fault(
        "announce", SLUG, "--take-back", "1", "--by", "Wu", "--reason", "x"
    )


@pytest.mark.parametrize(
    "words",
    [
        SIGNED,
        ("--by", "Lin", *SAID),
        (*SIGNED, *SAID, "--reason", "x"),
        ("--by", "Lin", "--take-back", "1"),
        ("--by", "Lin", "--take-back", "1", "--reason", "x", *SAID),
        ("--by", "Lin", "--take-back", "1", "--reason", "x", "--field", "level"),
    ],
)
def test_half_of_it_is_wrong_usage(rivers: World, console: Console, words: tuple[str, ...]) -> None:
    assert "expected --" in console.fault("announce", SLUG, *words, code=2)


def test_a_text_in_one_language_is_refused(rivers: World, console: Console) -> None:
    told = console.fault("announce", SLUG, *SIGNED, "--change", "In metres.")
    assert "expected the change in both languages, found none in Chinese" in told
