"""Recorded answers: which are received, in which order, and from where alone."""

from pathlib import Path

import pytest
from worlds import SLUG, World, declaration

from catalog.declaration.dataset import load_dataset
from catalog.errors import MinshengError, SourceError
from catalog.reasons.values import NotData
from pipelines.fetch.replay import Replay
from pipelines.records import Fetched
from pipelines.refresh.settle import record as keep

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
    evidence = world.ctx.evidence(SLUG)
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


def test_what_is_no_data_is_kept_first_and_refused_with_its_file(world: World, recorded: Path):
    (recorded / "one.csv").write_bytes(b"")
    (fetched,) = fetches(world, listed(recorded, f"{T},one.csv"))
    assert fetched.why is None, "nothing is judged before it is kept"
    record, item = keep(world.ctx, SLUG, fetched)
    assert record.complete
    assert item is not None
    assert item.reasons == (NotData(detail="one.csv: not data: expected a file with rows, found an empty body"),)


def test_a_replay_begins_at_its_first_fetch(world: World, recorded: Path):
    world.ctx.clock.simulated = None
    Replay(listed(recorded, f"{T},one.csv", f"{LATER},one.csv")).begin(world.ctx, [SLUG, "without-a-list"])
    assert world.ctx.clock.now().isoformat() == T
