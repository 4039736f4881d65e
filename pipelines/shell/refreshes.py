"""The jobs that refresh: all datasets at night, the datasets of one agency, one dataset."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipelines.declared import Declarations
from pipelines.shell.names import STAGES, group_of, job_of, key
from pipelines.shell.world import CATALOG

AssetJob = UnresolvedAssetJobDefinition
"""What define_asset_job returns; it has no public name."""


def nightly() -> AssetJob:
    """Return the job that refreshes every dataset."""
    return dg.define_asset_job(
        "nightly",
        selection=dg.AssetSelection.all(),
        description="Fetch, fold, check and release every dataset. One that fails or is held does not stop the others."
        "\n\n擷取、合併、檢核並釋出所有資料集；個別失敗或待審者不影響其他資料集。",
    )


def by_agency(declarations: Declarations) -> list[AssetJob]:
    """Return a job for each agency: the inline tables that its datasets refer to, then its datasets."""
    jobs, declared = [], declarations.all()
    for agency in sorted({dataset.dataset.minsheng.agency for dataset in declared}):
        slugs = sorted(dataset.slug for dataset in declared if dataset.dataset.minsheng.agency == agency)
        listed = ", ".join(slugs)
        says = f"Refresh the datasets of {agency}: {listed}.\n\n更新 {agency} 的資料集：{listed}。"
        jobs.append(_refresh(declarations, f"agency_{group_of(agency)}", slugs, says))
    return jobs


def by_dataset(declarations: Declarations) -> list[AssetJob]:
    """Return a job for each dataset: the inline tables that it refers to, then the dataset."""
    return [
        _refresh(
            declarations,
            job_of(declared.slug),
            [declared.slug],
            f"{declared.dataset.title.en} / {declared.dataset.title.zh_tw}\n\n"
            "Ask the agency, fold, check and release this dataset.\n\n向機關擷取此資料集，合併、檢核並釋出。",
        )
        for declared in declarations.all()
    ]


def _refresh(declarations: Declarations, name: str, slugs: list[str], says: str) -> AssetJob:
    wanted = sorted(declarations.in_order(slugs))
    asset_keys = [key(stage, slug) for slug in wanted for stage in STAGES]
    return dg.define_asset_job(name, selection=dg.AssetSelection.assets(*asset_keys, CATALOG), description=says)
