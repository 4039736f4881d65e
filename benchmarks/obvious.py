"""The obvious way: pandas.read_csv, Great Expectations, to_parquet, to_csv with gzip, upload. A child process.

    python -m benchmarks.obvious CSV BUCKET PREFIX FOLDER

Prints one JSON value: seconds by phase, and of each expectation how many rows fail.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

from benchmarks.phases import Phases

PHASES = Phases()

with PHASES("import"):
    import boto3  # noqa: TID251  what anyone would take
    import great_expectations as gx  # noqa: TID251  likewise
    import pandas as pd
    from great_expectations import expectations as gxe  # noqa: TID251

    from benchmarks import rows


def expectations() -> list[Any]:
    """Return the 24 expectations that the declaration of benchmarks/rows.py comes to, written by hand."""
    found = [gxe.ExpectColumnValuesToNotBeNull(column=name) for name in rows.KEY]
    found.append(gxe.ExpectColumnValuesToMatchRegex(column="station_id", regex="^[0-9]+$"))
    found.append(gxe.ExpectColumnValuesToBeInSet(column="status", value_set=list(rows.STATUSES)))
    for one in rows.NUMBERS:
        if one.bounds:
            low, high = one.bounds
            found.append(gxe.ExpectColumnValuesToBeBetween(column=one.name, min_value=low, max_value=high))
    return found + [getattr(gxe, kind)(**kwargs) for _, kind, kwargs in rows.EXPECTATIONS]


def main(csv: Path, bucket: str, prefix: str, folder: Path) -> None:
    """Publish a CSV file in the obvious way."""
    with PHASES("read"):
        frame = pd.read_csv(csv, na_values=[rows.MISSING], dtype={"station_id": "str"})
        times = pd.to_datetime(frame["published_at"], format=rows.TIME_FORMAT)
        frame["published_at"] = times.dt.tz_localize("Asia/Taipei")
        frame["county"] = frame["county"].map(rows.COUNTIES)
        frame = frame.rename(columns={"county": "county_code"}).sort_values(list(rows.KEY), ignore_index=True)
    with PHASES("judge"):
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite("suite", expectations=expectations())
        found = batch.validate(suite).results
    with PHASES("parquet"):
        frame.to_parquet(folder / "rows.parquet", index=False)
    with PHASES("csv"):
        frame.to_csv(folder / "rows.csv.gz", index=False, compression="gzip")
    with PHASES("upload"):
        client = boto3.client("s3")
        for name in ("rows.parquet", "rows.csv.gz"):
            client.upload_file(str(folder / name), bucket, f"{prefix}/{name}")
    failed = [
        (one.expectation_config.type, one.expectation_config.kwargs.get("column"), one.result["unexpected_count"])
        for one in found
    ]
    print(json.dumps(PHASES.said() | {"failed": failed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
