"""A CSV file to typed columns, once: by the pipeline that is imported, or by pandas alone. A child process.

    python benchmarks/csv_side.py ours|pandas FILE DATASETS DATASET

It stands alone, and uses only functions that version 0.1.0 has too: with another checkout in PYTHONPATH, `ours` is that
version. Prints one JSON value: rows, and seconds by the clock and of the processor.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any


def ours(file: Path, datasets: Path, slug: str) -> int:
    """Decode, find the columns, conform: what a run does with a body."""
    from catalog.declaration.dataset import load_dataset
    from pipelines.conform.columns import find_columns
    from pipelines.conform.rows import conform
    from pipelines.decode import csv

    dataset, body = load_dataset(datasets, slug), file.read_bytes()
    return _timed(lambda: conform(dataset, find_columns(dataset, 1, csv.decode(body)).table, {}).rows.num_rows)


def pandas(file: Path, datasets: Path, slug: str) -> int:
    """Read with the same types: numbers, one time, words."""
    import pandas as pd

    fields = json.loads((datasets / slug / "dataset.yaml").read_text(encoding="utf-8"))["schema"]["fields"]
    kinds = {one.get("heard_as", one["name"]): "float64" if one["type"] == "number" else "str" for one in fields}
    times = {one["name"]: one["date"]["patterns"][0] for one in fields if one["type"] == "datetime"}

    def read() -> int:
        table = pd.read_csv(file, dtype=kinds, na_values=["-"])
        for name, pattern in times.items():
            table[name] = pd.to_datetime(table[name], format=pattern).dt.tz_localize("Asia/Taipei")
        return len(table)

    return _timed(read)


def _timed(work: Any) -> int:
    begun = (time.perf_counter(), time.process_time())
    rows = work()
    took = (time.perf_counter() - begun[0], time.process_time() - begun[1])
    print(json.dumps({"rows": rows, "seconds": took[0], "processor": took[1]}))
    return 0


if __name__ == "__main__":
    side, file, datasets, slug = sys.argv[1:]
    sys.exit({"ours": ours, "pandas": pandas}[side](Path(file), Path(datasets), slug))
