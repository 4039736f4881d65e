"""What pages say of announced breaking changes: near the top while they are to come, then as past."""

import datetime as dt
from pathlib import Path

import pytest
from nights import major
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.declaration.strict import Text
from catalog.release.announcements import Announced, ChangeNotice, TakeBackNotice
from catalog.site.announced import of_page, shown, told
from catalog.site.words import words
from pipelines.refresh.announce import Announcement, TakeBack, announce
from pipelines.run import write_lists

TEXT = Text(en="In <b>metres</b>.", zh_tw="改以公尺計。")
CHANGE = Announcement("林小姐", dt.date(2026, 7, 1), TEXT, Text(en="Divide by 100.", zh_tw="請除以 100。"), ("level",))
NOTICE = ChangeNotice(dataset=SLUG, i=1, at="2026-07-01T12:00:00+08:00", by="Lin", starts=CHANGE.starts, change=TEXT)
BACK = TakeBackNotice(dataset=SLUG, i=2, at=NOTICE.at, by="Wu", reason="It stays.", takes_back=1)
LISTED = [{"n": n, "version": f"1.{n}.0", "created": f"2026-07-{n:02}T08:00:00+08:00"} for n in range(1, 6)]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two releases, an announcement, and a third release; and their pages."""
    world = World(tmp_path_factory.mktemp("origin") / "home")
    world.declare(declaration())
    for rows in ({"a": 1}, {"b": 2}):
        world.tell(table_csv(rows))
    write_lists(world.ctx)
    announce(world.ctx, SLUG, CHANGE)
    world.tell(table_csv({"c": 3}))
    write_lists(world.ctx)
    return world


@pytest.fixture
def world(origin: World, tmp_path: Path) -> World:
    return origin.copied(tmp_path / "home")


def page(world: World, key: str) -> str:
    return world.public.get(key).body.decode()


def test_an_announcement_is_told_in_the_language_of_the_page() -> None:
    english, chinese = (told(words(language), Announced(NOTICE)) for language in ("en", "zh-TW"))
    assert (english.day, english.change, english.instead, english.became) == (
        "1 July 2026",
        "In <b>metres</b>.",
        "",
        None,
    )
    assert (chinese.day, chinese.change) == ("2026 年 7 月 1 日", "改以公尺計。")
    assert told(words("en"), Announced(NOTICE, BACK)).became == "Wu took this back: It stays."
    assert told(words("en"), Announced(NOTICE, NOTICE.model_copy(update={"i": 3}))).became == "Notice 3 replaces this."
    assert told(words("zh-TW"), Announced(NOTICE, came=4)).became == "已於第 4 版實施。"


def test_what_is_to_come_is_apart_from_what_is_past() -> None:
    late = NOTICE.model_copy(update={"i": 3, "starts": dt.date(2026, 6, 1)})
    found = shown(words("en"), [Announced(NOTICE), Announced(late), Announced(NOTICE, BACK), Announced(NOTICE, came=4)])
    assert [each.notice.i for each in found["to_come"]] == [3, 1], "the next first"
    assert [each.became is None for each in found["past"]] == [False, False]


@pytest.mark.parametrize(("n", "on"), [(1, True), (2, True), (4, True), (5, False)])
def test_the_pages_of_releases_show_it_from_the_newest_then_to_the_one_that_brought_it(n: int, on: bool) -> None:
    came = Announced(NOTICE, came=4)
    assert of_page([came], LISTED, n) == ((came,) if on else ())
    assert of_page([Announced(NOTICE, BACK)], LISTED, n) == ()
    later = Announced(NOTICE.model_copy(update={"at": "2026-07-03T12:00:00+08:00"}))
    assert bool(of_page([later], LISTED, n)) == (n >= 3)


def test_pages_say_what_comes_from_when_and_what_to_do(world: World) -> None:
    for language, said in (
        ("en", ["From 1 July 2026 on", "What changes", "In &lt;b&gt;metres&lt;/b&gt;.", "Divide by 100.", "林小姐"]),
        ("zh-TW", ["自 2026 年 7 月 1 日 起", "異動內容", "改以公尺計。", "請除以 100。", "預告人員"]),
    ):
        pages = [keys.dataset_page(SLUG, language), *(keys.release_page(SLUG, n, language) for n in (2, 3))]
        for key in pages:
            for word in (*said, "<code>level</code>", 'href="notices/1.json"'):
                assert word in page(world, key), (key, word)
        assert said[0] not in page(world, keys.release_page(SLUG, 1, language)), "its readers had a newer one"
    top = page(world, keys.dataset_page(SLUG, "en")).partition("<dl")[0]
    assert 'href="#announced"' in top


def test_taken_back_it_leaves_the_pages_of_releases_and_is_past_on_that_of_the_dataset(world: World) -> None:
    kept = page(world, keys.release_page(SLUG, 1, "en"))
    announce(world.ctx, SLUG, TakeBack("Wu", "It stays.", 1))
    write_lists(world.ctx)
    shown_now = page(world, keys.dataset_page(SLUG, "en"))
    assert 'href="#announced"' not in shown_now
    assert "What was announced before" in shown_now
    assert "A breaking change was announced from 1 July 2026 on. Wu took this back: It stays." in shown_now
    assert all("1 July 2026 on" not in page(world, keys.release_page(SLUG, n, "en")) for n in (2, 3))
    assert page(world, keys.release_page(SLUG, 1, "en")) == kept


def test_with_a_major_version_it_is_past_and_the_pages_say_with_which(world: World) -> None:
    major(world)
    world.tell(table_csv({"d": 1}))
    write_lists(world.ctx)
    for key in (keys.dataset_page(SLUG, "en"), *(keys.release_page(SLUG, n, "en") for n in (2, 3, 4))):
        assert "It came with version 4." in page(world, key), key
    assert "came with" not in page(world, keys.release_page(SLUG, 5, "en"))


def test_a_night_without_news_writes_nothing_again(world: World) -> None:
    before = {key: world.public.head(key) for key in world.public.list("")}
    write_lists(world.ctx)
    assert {key: world.public.head(key) for key in world.public.list("")} == before
