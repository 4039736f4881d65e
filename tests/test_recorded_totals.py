"""What each dataset comes to from the agencies' recorded answers: rows, releases, exact sums and nulls.

`recorded_totals.csv` holds the figures. They were counted from the raw bytes by programs that share nothing with this
project. An empty cell is not asked.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
import recordings
from recordings import FOLDER, Home
from stores import quick_stores

from catalog.declaration.dataset import slugs
from catalog.release import publish
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify

pytestmark = recordings.needed

FIGURES = list(csv.DictReader(Path(__file__).with_name("recorded_totals.csv").read_text(encoding="utf-8").splitlines()))
DECLARED = set(slugs(recordings.ROOT / "datasets"))
FAST_ROWS = 200
"""A dataset of more rows is a matter of the long tests."""


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(line, id=line["dataset"], marks=[pytest.mark.soak] if int(line["rows"]) > FAST_ROWS else [])
        for line in FIGURES
        if line["dataset"] in DECLARED
    ],
)
def test_the_recordings_come_to_what_was_counted(tmp_path: Path, expected: dict[str, str]) -> None:
    slug = expected["dataset"]
    home = Home(*quick_stores(tmp_path))
    results = home.run(slug, FOLDER, each=bool(expected["releases"]))
    assert results, f"no result for {slug}"
    newest = publish.newest(home.public, slug)
    assert (newest is None) == (expected["rows"] == "0"), [(result.outcome, result.reason) for result in results]
    if newest is None:
        return
    table = ReleaseFiles(home.public, newest).table()
    found = {"rows": str(table.num_rows)}
    if expected["releases"]:
        found["releases"] = str(newest.n)
    if expected["field"]:
        column = table[expected["field"]]
        exact = sum((Decimal(str(value)) for value in column.to_pylist() if value is not None), Decimal())
        if expected["sum"]:
            assert abs(exact - Decimal(expected["sum"])) <= Decimal("1e-9") * max(1, abs(exact)), exact
        if expected["nulls"]:
            found["nulls"] = str(column.null_count)
    assert found == {name: expected[name] for name in found}
    assert not list(verify(home.public, slug, newest.n)), "a published release does not verify"
