"""What a reader finds where a withdrawn release was: who, when, why, what is there instead; and nothing of its rows."""

import re
from pathlib import Path

import pytest
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.release import publish
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import write_lists

WANTED = Withdrawal("林小姐", "It <b>names</b> persons.", "個人資料保護法第 11 條")
LEAKED = "s666"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three releases and their pages; the second brought a row that must go."""
    world = World(tmp_path_factory.mktemp("origin") / "home")
    world.declare(declaration(guards={"changed": 1}))
    for rows in ({"a": 1}, {LEAKED: 667}, {"c": 3, LEAKED: 668}):
        world.tell(table_csv(rows))
    write_lists(world.ctx)
    assert any(LEAKED in body for body in texts(world).values()), "the pages showed it"
    return world


@pytest.fixture
def world(origin: World, tmp_path: Path) -> World:
    return origin.copied(tmp_path / "home")


def texts(world: World) -> dict[str, str]:
    """Every public object that is a text."""
    found = {}
    for key in world.public.list(""):
        if key.endswith((".html", ".json", ".csv")):
            found[key] = world.public.get(key).body.decode("utf-8")
    return found


def page(world: World, key: str) -> str:
    return world.public.get(key).body.decode()


def test_the_page_of_a_withdrawn_release_says_who_when_why_and_what_instead(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    write_lists(world.ctx)
    for language, words in (
        (
            "en",
            ["Version 2 was withdrawn", "Withdrawn by", "Legal basis", "Version 1 is the newest that is not withdrawn"],
        ),
        ("zh-TW", ["第 2 版已撤回", "撤回人員", "法律依據", "第 1 版為未撤回的最新版本"]),
    ):
        shown = page(world, keys.release_page(SLUG, 2, language))
        for word in (*words, "林小姐", "It &lt;b&gt;names&lt;/b&gt; persons.", "個人資料保護法第 11 條"):
            assert word in shown, word
        for key in (
            keys.document(SLUG, 2),
            keys.sums(SLUG, 2),
            keys.notice(SLUG, 1),
            keys.dataset_page(SLUG, language),
        ):
            assert f'href="{key.removeprefix(f"datasets/{SLUG}/")}"' in shown, key
    assert "Some versions of this dataset were withdrawn" in page(world, keys.dataset_page(SLUG, "en"))
    assert len(re.findall(r">withdrawn</span>", page(world, keys.history_page(SLUG, "en")))) == 2


@pytest.mark.parametrize("n", [1, 2])
def test_no_public_text_holds_the_rows_any_more(world: World, n: int) -> None:
    withdraw(world.ctx, SLUG, n, Withdrawal("Lin", "x", evidence=(1, 2, 3)))
    write_lists(world.ctx)
    assert [key for key, body in texts(world).items() if LEAKED in body] == []
    kept = {key for key in world.public.list(f"datasets/{SLUG}/") if key.endswith((".parquet", ".gz", ".xlsx"))}
    named = {keys.dataset(SLUG, file.path) for file in publish.load(world.public, SLUG, 1).files()} if n > 1 else set()
    assert {key for key in kept if "/data/" in key or "/facts/" in key} <= named


def test_where_all_is_withdrawn_each_page_says_so(world: World) -> None:
    before = {key for key in texts(world) if key.startswith(f"datasets/{SLUG}/") and key.endswith(".html")}
    withdraw(world.ctx, SLUG, 1, WANTED)
    write_lists(world.ctx)
    for key in before:
        assert "撤回" in page(world, key) or "ithdrawn" in page(world, key), key
    home = page(world, keys.home_page("en"))
    assert "Withdrawn" in home
    assert f'href="{keys.dataset_page(SLUG, "en")}"' in home
    assert "Nothing yet." in page(world, keys.dataset_page(SLUG, "en"))
    for key in (keys.figures(SLUG), keys.profile(SLUG), keys.spreadsheet(SLUG, None, "xlsx"), keys.score(SLUG)):
        assert world.public.head(key) is None, key


def test_a_night_without_news_writes_nothing_again(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    write_lists(world.ctx)
    before = {key: world.public.head(key) for key in texts(world)}
    write_lists(world.ctx)
    assert {key: world.public.head(key) for key in texts(world)} == before
