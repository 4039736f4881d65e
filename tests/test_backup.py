"""Backups while runs go on, and what to do after a loss: deploy/backup.sh and deploy/restore.sh, rehearsed.

A backup is copied in steps, and the stores change between them. So the steps are taken from the script itself, and
every mixture of two moments is put together, restored and gone on with: each write of what goes on × each step.
"""

import datetime as dt
import fnmatch
import itertools
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pytest
from installations import FIRST, Installation
from nights import approve, state, watching
from stores import quick_store
from watched import Calls
from worlds import SLUG, World, declaration, table_csv

from catalog.release import publish
from catalog.release.verify import verify
from pipelines import settings
from pipelines.cli.main import main
from pipelines.refresh import decide
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.settings import ROOT
from pipelines.shell.location import build

BACKUP, RESTORE = ROOT / "deploy" / "backup.sh", ROOT / "deploy" / "restore.sh"
RCLONE = Path(sys.executable).parent
Held = dict[str, bytes]


# ---- the steps of the script


class Step(NamedTuple):
    """One copy of the script."""

    store: str
    filters: list[tuple[bool, re.Pattern[str]]]

    def takes(self, key: str) -> bool:
        """Whether it copies an object: the first filter that fits decides, as in rclone."""
        side, path = key.split("/", 1)
        first = (takes for takes, pattern in self.filters if pattern.fullmatch(f"/{path}"))
        return side == self.store and next(first, True)


def pattern_of(glob: str) -> re.Pattern[str]:
    """A pattern of rclone (https://rclone.org/filtering/), as far as the script uses them."""
    if glob == "*":
        return re.compile(".*")
    text = re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\[0\-9\]", "[0-9]")
    return re.compile(re.sub(r"\\\{(.*?)\\\}", lambda found: f"({found[1].replace(',', '|')})", text))


def steps(folder: Path) -> list[Step]:
    """Run the script with an rclone that only notes what it is asked."""
    bin_, log = folder / "bin", folder / "log"
    bin_.mkdir()
    (bin_ / "rclone").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "" >> {log}\n', encoding="utf-8")
    (bin_ / "rclone").chmod(0o755)
    environ = {"MINSHENG_STORE": f"file:{folder}/p", "MINSHENG_EVIDENCE": f"file:{folder}/e"}
    environ["PATH"] = f"{bin_}:{os.environ['PATH']}"
    subprocess.run([BACKUP, folder / "to"], env=environ, check=True, capture_output=True, timeout=60)
    found = []
    for call in log.read_text(encoding="utf-8").split("\n\n")[:-1]:
        words = call.split("\n")
        said = [words[i + 1] for i, word in enumerate(words) if word == "--filter"]
        store = {"public": "public", "evidence": "private"}[words[-1].rsplit("/", 1)[-1]]
        found.append(Step(store, [(each[0] == "+", pattern_of(each[2:])) for each in said]))
    return found


# ---- every mixture of two moments


class Filmed(Calls):
    """Calls of which each that changes a store leaves a picture of both."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = World(world.root)
        self.pictures: list[Held] = [state(self.world)]

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        found = call()
        if verb.startswith("put") or verb == "delete":
            self.pictures.append(state(self.world))
        return found


def a_release(world: World) -> None:
    world.tell(table_csv({"a": 2, "b": 2, "c": 2}))


def approval(world: World) -> None:
    world.tell(table_csv({"a": 2}))
    approve(world)


def rejection(world: World) -> None:
    world.tell(table_csv({"a": 2}))
    waiting = world.state().waiting
    assert waiting
    list(decide.reject(world.ctx, SLUG, waiting.identity[:12], "chen", "it is wrong", ()))


def withdrawal(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, Withdrawal("chen", "it names persons", "PDPA, article 11", purge=True))


ACTS = [a_release, approval, rejection, withdrawal]


def filmed(root: Path, act: Callable[[World], None]) -> list[Held]:
    """The stores before something is done, and after each write of it."""
    world = World(root)
    world.declare(declaration(load="replace", guards={"changed": 1, "removed": 0.5}))
    for rows in ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "s666": 667}):
        world.tell(table_csv(rows))
    calls = Filmed(world)
    with watching(world, calls):
        act(world)
    return calls.pictures


def mixed(before: Held, after: Held, copies: list[Step], j: int) -> Held:
    """What a backup holds whose first j steps saw one moment, and the others a later one."""
    found: Held = {}
    for i, step in enumerate(copies):
        seen = before if i < j else after
        found |= {key: body for key, body in seen.items() if key not in found and step.takes(key)}
    return found


def goes_on(root: Path, held: Held) -> None:
    """Every release of a restored home is whole, and its next nights go as any."""
    for key, body in held.items():
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    world = World(root)
    world.declare(declaration(load="replace", guards={"changed": 1, "removed": 0.5}))
    newest = publish.newest_n(world.public, SLUG)
    assert newest >= 2
    for n in range(1, newest + 1):
        # A file that was withdrawn meanwhile may have been copied before; the next run takes it away.
        assert [each for each in verify(world.public, SLUG, n) if "withdraws it" not in each.expected] == []
    world.now += dt.timedelta(days=2)
    for level in (7, 8):
        results = world.tell(table_csv({"a": level, "b": level, "c": level}))
        assert {each.outcome for each in results} <= {"released", "held", "unchanged"}, results
        if world.state().waiting:
            approve(world)
        assert {row["site"]: row["level"] for row in world.rows()} == {"a": level, "b": level, "c": level}
    for n in range(1, world.newest().n + 1):
        assert list(verify(world.public, SLUG, n)) == []
    shutil.rmtree(root)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.soak)], ids=["few", "all"])
def test_a_backup_that_anything_happens_during_is_whole_and_goes_on(
    tmp_path: Path, act: Callable[[World], None], every: int, counted: Callable[[str, int], None]
) -> None:
    copies = steps(tmp_path)
    pictures = filmed(tmp_path / "filmed", act)
    assert len(pictures) > 6
    mixtures = [mixed(before, pictures[-1], copies, j) for before in pictures for j in range(len(copies) + 1)]
    made = dict.fromkeys(frozenset(held.items()) for held in mixtures)
    for number, held in enumerate(list(made)[::every]):
        goes_on(tmp_path / "restored" / str(number), dict(held))
    counted("mixtures of two moments in a backup", len(list(made)[::every]))


def test_each_object_is_copied_by_some_step_and_what_is_named_after_what_names_it(tmp_path: Path) -> None:
    copies = steps(tmp_path)
    held = filmed(tmp_path / "filmed", withdrawal)[-1] | filmed(tmp_path / "another", approval)[-1]
    first = {key: next(i for i, step in enumerate(copies) if step.takes(key)) for key in held}

    def at(pattern: str) -> set[int]:
        found = {i for key, i in first.items() if fnmatch.fnmatch(key, pattern)}
        assert found, pattern
        return found

    order = (
        "public/*/status.json",
        "private/evidence/*.outcome.json",
        "public/*/datapackage-1.json",
        "private/decisions/*",
        "public/*/data/*",
        "public/*/notices/*",
        "private/candidates/*/document.json",
        "private/evidence/rivers/0000000?.json",
        "private/evidence/blobs/*",
    )
    assert [max(at(one)) < min(at(other)) for one, other in itertools.pairwise(order)] == [True] * (len(order) - 1)


# ---- rehearsals, with the real script and real runs


def script(installed: Installation, *words: object, code: int = 0) -> str:
    environ = installed.environ | {"PATH": f"{RCLONE}:{os.environ['PATH']}"}
    done = subprocess.run(list(map(str, words)), env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Two datasets after a night; the environment of the test is its own."""
    made = Installation(tmp_path / "installed")
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    night(made, 0)
    return made


def night(installed: Installation, number: int) -> None:
    installed.say(number)
    assert main(["run"]) == 0


def whole(installed: Installation, releases: int) -> None:
    """Every release of every dataset verifies, and there are so many."""
    for slug in installed.slugs:
        assert publish.newest_n(World(installed.root).public, slug) == releases
        for n in range(1, releases + 1):
            assert main(["verify", f"{slug}@{n}"]) == 0


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".minsheng" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_both_stores_come_back_as_they_were(installed: Installation, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert f"both stores are copied to {backup}" in script(installed, BACKUP, backup)
    night(installed, 1)
    script(installed, BACKUP, backup)
    before = files(installed.root / "public"), files(installed.root / "evidence")
    assert "is not empty" in script(installed, RESTORE, backup, code=2)
    for store in ("public", "evidence"):
        shutil.rmtree(installed.root / store)
    script(installed, RESTORE, backup)
    assert (files(installed.root / "public"), files(installed.root / "evidence")) == before
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o022 == 0 for path in installed.root.glob("public/datasets/*/*"))
    night(installed, 2)
    whole(installed, 3)


def test_a_script_says_what_it_needs(installed: Installation, tmp_path: Path) -> None:
    assert "say where to" in script(installed, BACKUP, code=2)
    assert "say from where" in script(installed, RESTORE, code=2)
    (installed.root / "public").rename(tmp_path / "aside")
    assert "there is no backup of the store public" in script(installed, RESTORE, tmp_path / "none", "public", code=2)
    assert "there is no store third" in script(installed, RESTORE, tmp_path / "none", "third", code=2)
    installed.more = {"MINSHENG_STORE": "embedded", "MINSHENG_EVIDENCE": ""}
    assert "copy the folder of MINSHENG_HOME" in script(installed, BACKUP, tmp_path / "b", code=2)


@pytest.mark.soak
def test_lost_dagsters_history_the_catalog_loses_nothing_and_the_next_night_goes_on(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_dagster(number: int) -> None:
        installed.say(number)
        with dg.DagsterInstance.get() as instance:
            job = build(settings.read(os.environ)).resolve_job_def("nightly")
            assert job.execute_in_process(instance=instance).success

    by_dagster(1)
    before = files(installed.root / "public")
    shutil.rmtree(installed.dagster)
    installed.dagster.mkdir()
    shutil.copyfile(ROOT / "dagster.yaml", installed.dagster / "dagster.yaml")
    assert files(installed.root / "public") == before
    by_dagster(2)
    whole(installed, 3)


@pytest.mark.soak
@pytest.mark.parametrize("backed_up", [True, False])
def test_lost_the_public_store_it_is_made_again_byte_for_byte(
    installed: Installation, tmp_path: Path, *, backed_up: bool
) -> None:
    """Also what is newer than the backup: candidates and evidence are in the private store."""
    script(installed, BACKUP, tmp_path / "backup")
    night(installed, 1)
    before = files(installed.root / "public")
    shutil.rmtree(installed.root / "public")
    if backed_up:
        script(installed, RESTORE, tmp_path / "backup", "public")
    for slug in installed.slugs:
        assert main(["repair", slug]) == 0
    released = re.compile(r"datasets/[^/]+/(datapackage-\d+\.json|(data|facts|schema|notices)/.*)")
    after = files(installed.root / "public")
    assert {key for key in before if released.fullmatch(key)} == {key for key in after if released.fullmatch(key)}
    assert [key for key in after if released.fullmatch(key) and after[key] != before[key]] == []
    night(installed, 2)
    whole(installed, 3)


@pytest.mark.soak
def test_lost_the_private_store_what_came_after_the_backup_is_lost_and_said(
    installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(installed, BACKUP, tmp_path / "backup")
    shutil.rmtree(installed.root / "evidence")
    script(installed, RESTORE, tmp_path / "backup", "evidence")
    night(installed, 1)
    whole(installed, 2)
    shutil.rmtree(installed.root / "evidence")  # and now the backup is older than the newest release
    script(installed, RESTORE, tmp_path / "backup", "evidence")
    installed.say(2)
    capsys.readouterr()
    assert main(["run"]) == 1
    told = capsys.readouterr().out
    assert told.count("evidence/rivers-0/00000002.json is not there") == 1
    assert "restore it from a copy of the private store" in told
    whole(installed, 2)


NIGHTS = """
import sys
from pathlib import Path
from installations import FIRST, Installation
from pipelines.cli.main import main
installed = Installation(Path(sys.argv[1]))
for number in range(1, 6):
    installed.say(number)
    assert main(["run"]) == 0
"""


@pytest.mark.soak
def test_backups_while_real_nights_go_on(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Callable[[str, int], None]
) -> None:
    """Each is restored, verifies, and has its next night."""
    environ = installed.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    running = subprocess.Popen([sys.executable, "-c", NIGHTS, installed.root], env=environ, cwd=ROOT)
    copies: list[Path] = []
    while running.poll() is None:
        copies.append(tmp_path / f"backup-{len(copies)}")
        script(installed, BACKUP, copies[-1])
    assert running.returncode == 0
    seen = set()
    installed.say(6)
    for number, copy in enumerate(copies):
        home = tmp_path / f"home-{number}"
        installed.more = {"MINSHENG_STORE": f"file:{home / 'public'}", "MINSHENG_EVIDENCE": f"file:{home / 'evidence'}"}
        for name, value in installed.more.items():
            monkeypatch.setenv(name, value)
        script(installed, RESTORE, copy)
        public = quick_store(home / "public")
        newest = {slug: publish.newest_n(public, slug) for slug in installed.slugs}
        seen.add(tuple(newest.values()))
        assert main(["run"]) == 0
        for slug in installed.slugs:
            for n in range(1, publish.newest_n(public, slug) + 1):
                assert list(verify(public, slug, n)) == []
            last = publish.newest(public, slug)
            assert last
            assert last.n > newest[slug]
            assert last.facts.as_of == f"{(FIRST + dt.timedelta(days=6)).isoformat()}"
    assert len(seen) > 1, "the stores changed between the backups"
    counted("backups of stores at work", len(copies))
