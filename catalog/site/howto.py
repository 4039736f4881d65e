"""How one opens the data in each program: code and steps with the real addresses of one dataset."""

from typing import NamedTuple

from catalog import keys
from catalog.release.document import Release
from catalog.site import views
from catalog.site.downloads import Spreadsheet
from catalog.site.use import UNKNOWN


class HowtoExample(NamedTuple):
    """The dataset that stands for all: its newest period."""

    slug: str
    parquet: str
    """Key of the file."""
    csv_gz: str
    csv: str
    """Key of the CSV for spreadsheet programs; empty where there is none."""


class Recipe(NamedTuple):
    """How one program opens the data."""

    name: str
    """As the texts `howto.<name>` and `howto.<name>_title` explain it."""
    code: str
    """To be copied; empty where one clicks."""


def example(release: Release, spreadsheets: tuple[Spreadsheet, ...]) -> HowtoExample:
    """Return the newest period of a release, in every form.

    Args:
        release: the newest of the dataset.
        spreadsheets: of its periods, as far as they could be made.
    """
    newest = views.partitions(release)[0]
    sheets = {each.label: each for each in spreadsheets}.get(newest.label)
    return HowtoExample(
        release.name,
        keys.dataset(release.name, newest.parquet.path),
        keys.dataset(release.name, newest.csv.path),
        sheets.csv.key if sheets else "",
    )


def recipes(shown: HowtoExample, address: str | None) -> list[Recipe]:
    """Return how each program opens an example.

    Args:
        shown: the example.
        address: where readers reach the store, without a slash at the end; None if that is not known.
    """
    base = address or UNKNOWN
    parquet, csv = f"{base}/{shown.parquet}", f"{base}/{shown.csv_gz}"
    return [
        Recipe("excel", ""),
        Recipe("pandas", f'import pandas\n\ndata = pandas.read_parquet("{parquet}")\n'),
        Recipe("polars", f'import polars\n\ndata = polars.read_parquet("{parquet}")\n'),
        Recipe("duckdb", f"INSTALL httpfs; LOAD httpfs;\nSELECT * FROM read_parquet('{parquet}') LIMIT 10;\n"),
        Recipe("catalog", f"INSTALL httpfs; LOAD httpfs;\nATTACH '{base}/catalog.duckdb' AS minsheng;\n"
               "SHOW ALL TABLES;\n"),
        Recipe("r", f'local <- tempfile(fileext = ".parquet")\ndownload.file("{parquet}", local, mode = "wb")\n'
               "data <- arrow::read_parquet(local)\n"),
        Recipe("qgis", ""),
        Recipe("curl", f'curl -sSfO "{csv}"\ngunzip "{csv.rpartition("/")[2]}"\n'),
    ]  # fmt: skip
