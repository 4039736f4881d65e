"""The page of all datasets is what the declarations say now."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_of_datasets_is_true():
    spec = importlib.util.spec_from_file_location("dataset_table", ROOT / "scripts" / "dataset_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made, kept = module.page(ROOT / "datasets"), (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    assert kept == made, "docs/datasets.md is old; run make schema"
