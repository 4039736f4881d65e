"""The house keeps its own rules: sizes, one door for each library, no source named in code, a small face."""

import re
from pathlib import Path

import pytest

from catalog.declaration.dataset import load_dataset, slugs

ROOT = Path(__file__).parents[1]
CODE = sorted(
    path for package in ("catalog", "pipelines", "quality", "sandbox") for path in (ROOT / package).rglob("*.py")
)
SMALL = ("protocols", "decode", "formats", "standards", "checks")
LINES, LINES_OF_SMALL = 400, 250


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    most = LINES_OF_SMALL if path.parent.name in SMALL else LINES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most, "split it, rather than raise the limit"


def test_no_dataset_is_named_in_code() -> None:
    datasets = ROOT / "datasets"
    names = set(slugs(datasets))
    fields = {field.name for slug in names for field in load_dataset(datasets, slug).published if "_" in field.name}
    words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(names - {"counties"} | fields)))
    found = {str(path.relative_to(ROOT)): words.findall(path.read_text(encoding="utf-8")) for path in CODE}
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_data_and_tests_are_no_packages() -> None:
    assert [*(ROOT / "datasets").rglob("__init__.py"), *(ROOT / "datasets").rglob("*.py")] == []
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_locks_hold_no_address() -> None:
    for name in ("requirements.lock", "scripts/uv.lock", "tests/reader/requirements.lock"):
        assert not re.search(r"https?://|--index|--find-links", (ROOT / name).read_text(encoding="utf-8")), name
