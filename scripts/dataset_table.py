"""Write docs/datasets.md: every dataset of this checkout in one table, from the declarations alone.

Use: .venv/bin/python scripts/dataset_table.py
"""

from pathlib import Path

from catalog.declaration.dataset import Dataset, load_agencies, load_dataset, slugs

ROOT = Path(__file__).resolve().parents[1]
HEAD = (
    "# The datasets\n\n"
    "This page is made from the declarations in `datasets/` by `make schema`: do not edit it by hand. "
    "One row of each dataset is named by its key. *Load* says what a fetch replaces: [declaration.md](declaration.md)."
    "\n\n"
)


def page(datasets: Path) -> str:
    """Return the page: a table for each agency, in the order of agencies.yaml."""
    declared = [load_dataset(datasets, slug) for slug in slugs(datasets)]
    text = HEAD
    for name, agency in load_agencies(datasets).items():
        own = [one for one in declared if one.minsheng.agency == name]
        if own:
            text += (
                f"## {agency.title.en} {agency.title.zh_tw}\n\n| dataset | title | key | load |\n|---|---|---|---|\n"
            )
            text += "".join(map(_line, own)) + "\n"
    return text.rstrip("\n") + "\n"


def _line(dataset: Dataset) -> str:
    key = ", ".join(f"`{name}`" for name in dataset.table.primary_key)
    title = f"{dataset.title.en}<br>{dataset.title.zh_tw}"
    load = "derived" if dataset.minsheng.derive else dataset.minsheng.load
    return f"| [{dataset.name}](../datasets/{dataset.name}/dataset.yaml) | {title} | {key} | {load} |\n"


if __name__ == "__main__":
    (ROOT / "docs" / "datasets.md").write_text(page(ROOT / "datasets"), encoding="utf-8")
