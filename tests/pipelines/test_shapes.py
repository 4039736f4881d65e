"""Without recordings: the shapes that a source took over the years, a bad publication, and evidence heard elsewhere."""

from pathlib import Path

import pytest
from refreshes import refreshed
from stores import quick_stores

from catalog.release import publish
from catalog.release.document import Release
from pipelines.context import Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.fetch.transport import FetchLimits
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from sandbox import Sandbox

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
AIR, COVID = "air-quality-hourly", "covid-19-onset-county"
SECRETS = {"MOENV_API_KEY": "sandbox-key"}
QUICK = FetchLimits(connect_seconds=2, read_seconds=2, attempts=2, backoff_seconds=0.01)


def context(folder: Path) -> Context:
    return Context(*quick_stores(folder), Declarations(DATASETS), SECRETS)


def ask(folder: Path, sandbox: Sandbox, slug: str) -> list[RefreshResult]:
    sources = open_sources("sandbox", Fetcher(SECRETS, QUICK, sandbox.url))
    return [item for item in refreshed(context(folder), sources, [slug]) if item.dataset == slug]


def release(folder: Path, slug: str) -> Release:
    found = publish.newest(context(folder).public, slug)
    assert found is not None
    return found


@pytest.mark.soak
def test_every_shape_is_one_table(tmp_path: Path) -> None:
    shapes = ("bare", "envelope", "camel", "bom", "renamed")
    with Sandbox(DATASETS) as sandbox:
        for shape in shapes:
            sandbox.set_fault(AIR, "shape", to=shape)
            assert [item.outcome for item in ask(tmp_path / shape, sandbox, AIR)] == ["released"], shape
    hashes = [release(tmp_path / shape, AIR).hashes for shape in shapes]
    assert hashes == [hashes[0]] * len(shapes)
    assert release(tmp_path / "bare", AIR).rows == 2_520
    assert "SYNTHETIC" in release(tmp_path / "bare", AIR).description


def test_a_bad_publication_is_held_and_the_next_good_one_goes_on(tmp_path: Path) -> None:
    with Sandbox(DATASETS) as sandbox:
        assert [item.outcome for item in ask(tmp_path, sandbox, COVID)] == ["released"]
        sandbox.set_fault(COVID, "bad_publication", column="是否為境外移入", text="None", share=0.6, vanish=0.05)
        held = ask(tmp_path, sandbox, COVID)
        assert [item.outcome for item in held] == ["held"]
        assert {"imported.code", "guard.removed", "guard.quarantined"} <= set(held[0].failed_checks)
        assert release(tmp_path, COVID).n == 1, "the last good release stays"
        sandbox.clear_faults(COVID)
        assert [item.outcome for item in ask(tmp_path, sandbox, COVID)] == ["unchanged"]
    assert decide.waiting(context(tmp_path), [COVID]) == [], "what the source took back need not be decided"


def test_evidence_heard_elsewhere_gives_the_same_release(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with Sandbox(DATASETS) as sandbox:
        ask(first, sandbox, AIR)
    sources = open_sources(f"evidence:file:{first / 'private'}", Fetcher({}))
    items = [item for item in refreshed(context(second), sources, [AIR]) if item.dataset == AIR]
    assert [item.outcome for item in items] == ["released"]
    assert release(second, AIR).candidate == release(first, AIR).candidate
    assert "SYNTHETIC" in release(second, AIR).description, "what is synthetic stays so"
    again = [item for item in refreshed(context(second), sources, [AIR]) if item.dataset == AIR]
    assert [item.outcome for item in again] == ["unchanged"]


@pytest.mark.parametrize("mode", ["nonsense", "replay:", "replay:/nowhere", "evidence:", "sandbox"])
def test_sources_that_are_not_there_are_named(mode: str) -> None:
    with pytest.raises(Exception, match=r"expected|no source"):
        open_sources(mode, Fetcher({}))
