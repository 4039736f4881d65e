"""Several publishers at once: one linear history, nobody's rows lost."""

import secrets
import time
from pathlib import Path
from typing import Any

import pytest
from tiers import few
from watched import at_once, declare, readings, record, refresh

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog.release import publish
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify
from catalog.store.file import FileStore


@pytest.mark.parametrize("kind", ["file", "s3"])
@pytest.mark.parametrize("publishers", few([2, 8]))
def test_publishers_at_once(kind: str, publishers: int, tmp_path: Path, s3_server: Any) -> None:
    datasets = declare(tmp_path / "datasets")
    name = secrets.token_hex(6)

    def stores() -> tuple[Any, Any]:
        if kind == "file":
            return FileStore(tmp_path / "public"), FileStore(tmp_path / "private")
        return s3_server.open_public(name), s3_server.open_private(name)

    bodies = [readings({(f"s{i}", "2026-01-01"): float(i), ("all", "2026-01-02"): float(i)}) for i in range(publishers)]
    modes = [record(tmp_path / f"r{i}", [body]) for i, body in enumerate(bodies)]
    for i in range(publishers):
        # Each publisher hears another answer, all in the same second, so that none overtakes another.
        (tmp_path / f"r{i}" / "0.csv").rename(tmp_path / f"r{i}" / f"body-{i}.csv")
        lines = f"fetched_at,file\n2026-01-01T01:00:00+08:00,body-{i}.csv\n"
        (tmp_path / f"r{i}" / "replay" / "readings.csv").write_text(lines, encoding="utf-8")
    begin = time.time() + 1.0

    def publisher(mode: str) -> None:
        public, private = stores()
        time.sleep(max(0.0, begin - time.time()))
        for item in refresh(public, private, datasets, mode):
            assert item.outcome in ("released", "unchanged"), item

    assert at_once([lambda mode=mode: publisher(mode) for mode in modes]) == [0] * publishers
    public, _ = stores()
    newest = publish.newest(public, "readings")
    assert newest is not None
    assert 1 <= newest.n <= publishers
    assert list(verify(public, "readings", newest.n)) == []
    rows = ReleaseFiles(public, newest).table().to_pylist()
    assert {row["station"] for row in rows} == {"all", *(f"s{i}" for i in range(publishers))}
    seen: list[int] = []
    for n in range(1, newest.n + 1):
        seen += publish.load(public, "readings", n).facts.evidence
    assert sorted(seen) == list(range(1, publishers + 1)), "each fetch is folded once"
