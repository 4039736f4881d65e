"""Where evidence comes from."""

import datetime as dt
from pathlib import Path

import pytest
from markets import hear, on, prices
from worlds import SLUG, START, World, declaration

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.errors import DecisionError, MinshengError, SourceError
from catalog.store import put_over
from pipelines.context import kind_of
from pipelines.evidence import Evidence, Fetched
from pipelines.fetch.fetcher import Fetcher, Limits
from pipelines.fetch.sources import Copied, Live, Replay, inline_fetch, mark, sandbox_clock

T = "2026-07-01T08:00:00+08:00"
LATER = "2026-07-02T08:00:00+08:00"


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    (folder / "replay").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / "one.csv").write_text("site,level\na,1\n")
    (folder / "sub" / "two.csv").write_text("site,level\nb,2\n")
    (tmp_path / "outside.csv").write_text("site,level\nc,3\n")
    return folder


def listed(folder: Path, *lines: str, head: str = "fetched_at,file") -> Path:
    (folder / "replay" / f"{SLUG}.csv").write_text("\n".join([head, *lines, ""]))
    return folder


def fetches(world: World, folder: Path) -> list[Fetched]:
    return list(Replay(folder).fetches(world.ctx, load_dataset(world.datasets, SLUG)))


def test_a_replay_hears_each_line_as_one_fetch(world: World, recorded: Path):
    found = fetches(world, listed(recorded, f"{T},one.csv", f"{LATER},sub/two.csv"))
    assert [one.fetched_at.isoformat() for one in found] == [T, LATER]
    assert [one.pages[0].body for one in found] == [b"site,level\na,1\n", b"site,level\nb,2\n"]
    assert [one.why for one in found] == [None, None]


def test_what_is_in_the_evidence_is_not_heard_again(world: World, recorded: Path):
    evidence = Evidence(world.private, SLUG)
    folder = listed(recorded, f"{T},one.csv")
    for one in fetches(world, folder):
        evidence.record(one)
    assert fetches(world, folder) == []
    assert len(fetches(world, listed(recorded, f"{T},one.csv", f"{LATER},one.csv"))) == 1


def test_pages_of_one_fetch_come_together(world: World, recorded: Path):
    folder = listed(
        recorded,
        f"{T},one.csv,1,1,https://a.example/1",
        f"{T},sub/two.csv,1,2,",
        f"{T},one.csv,2,1,",
        head="fetched_at,file,fetch,page,address",
    )
    found = fetches(world, folder)
    assert [len(one.pages) for one in found] == [2, 1]
    assert [page.address for page in found[0].pages] == ["https://a.example/1", "sub/two.csv"]


@pytest.mark.parametrize(
    "name", ["../outside.csv", "sub/../../outside.csv", "sub/../one.csv", "/etc/hostname", "absent.csv", "sub"]
)
def test_a_path_that_leaves_the_folder_is_refused(world: World, recorded: Path, name: str):
    with pytest.raises(SourceError, match="replay of rivers: expected a file below recorded, found"):
        fetches(world, listed(recorded, f"{T},{name}"))


@pytest.mark.parametrize("target", ["outside.csv", "recorded/one.csv"])
def test_a_link_is_refused(world: World, recorded: Path, target: str):
    (recorded / "link.csv").symlink_to(recorded.parent / target)
    with pytest.raises(SourceError, match="expected a file below"):
        fetches(world, listed(recorded, f"{T},link.csv"))


def test_a_folder_that_is_a_link_out_is_refused(world: World, recorded: Path):
    (recorded / "out").symlink_to(recorded.parent)
    with pytest.raises(SourceError, match="expected a file below"):
        fetches(world, listed(recorded, f"{T},out/outside.csv"))


@pytest.mark.parametrize(
    ("lines", "head"),
    [((f"{T},",), "fetched_at,file"), ((f"{T}",), "fetched_at,file"), (("one.csv",), "file"), ((T,), "fetched_at")],
)
def test_a_line_without_time_or_file_is_named(world: World, recorded: Path, lines: tuple[str, ...], head: str):
    with pytest.raises(SourceError, match=r"rivers\.csv: line 2: expected fetched_at and file"):
        fetches(world, listed(recorded, *lines, head=head))


@pytest.mark.parametrize("at", ["yesterday", "", "2026-07-01", "2026-07-01T08:00:00"])
def test_a_time_without_offset_is_named(world: World, recorded: Path, at: str):
    with pytest.raises(MinshengError, match="offset"):
        fetches(world, listed(recorded, f"{at},one.csv"))


def test_a_dataset_without_a_list_is_told(world: World, recorded: Path):
    with pytest.raises(SourceError, match=r"expected rivers\.csv in .* for a replay of rivers, found none"):
        fetches(world, recorded)


def test_what_is_no_data_is_kept_with_its_reason_and_file(world: World, recorded: Path):
    (recorded / "one.csv").write_bytes(b"")
    (found,) = fetches(world, listed(recorded, f"{T},one.csv"))
    assert found.why == "one.csv: not data: expected a file with rows, found an empty body"


def test_a_replay_begins_at_its_first_fetch(world: World, recorded: Path):
    world.ctx.clock.simulated = None
    Replay(listed(recorded, f"{T},one.csv", f"{LATER},one.csv")).begin(world.ctx, [SLUG, "without-a-list"])
    assert world.ctx.clock.now().isoformat() == T


def test_a_mark_is_for_ever_and_refuses_another_kind(world: World):
    mark(world.public, world.private, "live")
    mark(world.public, world.private, "live")
    assert kind_of(world.private) == "live"
    for kind in ("sandbox", "replay"):
        with pytest.raises(
            DecisionError, match=f"holds live data, and this run would bring {kind} data: they never mix"
        ):
            mark(world.public, world.private, kind)
    assert kind_of(world.public) == "live"


@pytest.mark.parametrize("which", ["public", "private"])
def test_one_marked_store_is_enough_to_refuse(world: World, which: str):
    put_over(getattr(world, which), keys.SOURCE_KIND, b'{"kind":"sandbox"}')
    with pytest.raises(DecisionError, match="they never mix"):
        mark(world.public, world.private, "live")


def test_a_refused_mark_marks_nothing(world: World):
    put_over(world.private, keys.SOURCE_KIND, b'{"kind":"sandbox"}')
    with pytest.raises(DecisionError):
        mark(world.public, world.private, "live")
    assert kind_of(world.public) is None


def test_a_stewards_table_is_heard_when_it_changed(world: World):
    world.declare(declaration(source={"protocol": "inline", "table": "table.csv"}), table="site,level\na,1\n")
    said, evidence = load_dataset(world.datasets, SLUG), Evidence(world.private, SLUG)

    def heard() -> Fetched | None:
        found = inline_fetch(world.ctx, said)
        if found:
            evidence.record(found)
        return found

    assert heard() is not None
    assert heard() is None
    (world.datasets / SLUG / "table.csv").write_text("site,level\na,2\n")
    world.ctx.clock.simulated = START - dt.timedelta(days=1)  # a clock that went back does not make it overtaken
    found = heard()
    assert found is not None
    assert found.fetched_at == START
    assert evidence.outcome(2) is None


def test_copied_evidence_is_heard_once(world: World, tmp_path: Path):
    for k in range(2):
        world.hear(f"site,level\na,{k}\n")
    mark(world.public, world.private, "replay")
    other = World(tmp_path / "other")
    other.declare(declaration())
    copied = Copied(world.private)
    said = load_dataset(other.datasets, SLUG)
    found = list(copied.fetches(other.ctx, said))
    assert [one.pages[0].body for one in found] == [b"site,level\na,0\n", b"site,level\na,1\n"]
    for one in found:
        Evidence(other.private, SLUG).record(one)
    assert list(copied.fetches(other.ctx, said)) == []
    assert copied.kind == "replay"


def test_two_windows_of_one_second_in_which_nothing_was_are_two(world: World, tmp_path: Path):
    other = World(tmp_path / "other")
    for one in (world, other):
        one.declare(prices())
    mark(world.public, world.private, "replay")
    hear(world, on("04-17", "N04"), {})
    hear(world, on("04-17", "N05"), {}, minutes=0)
    said = load_dataset(other.datasets, SLUG)
    first, _ = Copied(world.private).fetches(other.ctx, said)
    Evidence(other.private, SLUG).record(first)  # and here the copy was broken off
    (second,) = Copied(world.private).fetches(World(other.root).ctx, said)
    assert second.window == {"day": ["2026-04-17", "2026-04-17"], "kind": ["N05", "N05"]}


def test_a_sandbox_that_is_not_there_is_told_with_the_command():
    with pytest.raises(
        SourceError, match=r"expected the sandbox at http://127\.0\.0\.1:9, found none .*; `make demo` starts one"
    ):
        sandbox_clock("http://127.0.0.1:9")


def test_a_live_source_asks_once(world: World):

    (found,) = Live(Fetcher({}, Limits(attempts=1), "http://127.0.0.1:9")).fetches(
        world.ctx, load_dataset(world.datasets, SLUG)
    )
    assert not found.answered
    assert "waters.example could not be reached" in str(found.why)
