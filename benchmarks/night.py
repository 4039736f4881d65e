"""A night of many small datasets, shared out to one, two and four processes: what `max_concurrent_runs` brings.

Each dataset has its own declaration and a recorded answer, all in a temporary folder; each process has an equal
share and is one run, as Dagster starts them. Printed are ratios; compare them with the number of cores.

    .venv/bin/python -m benchmarks.night [DATASETS]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pipelines.settings import ROOT

WORKERS = (1, 2, 4)
_RUN = "import sys; from pipelines.cli.main import main; sys.exit(main(['run', *sys.argv[1:]]))"


def _text(en: str) -> dict[str, str]:
    return {"en": en, "zh-TW": en}


def _declaration(slug: str) -> dict[str, Any]:
    fields = [{"name": name, "title": _text(name), "description": _text(name), "type": kind}
              for name, kind in (("site", "string"), ("level", "number"))]  # fmt: skip
    return {
        "name": slug,
        "title": _text(slug),
        "description": _text("A table for a benchmark."),
        "licenses": [{"name": "OGDL-Taiwan-1.0", "path": "https://data.gov.tw/license", "title": _text("Licence")}],
        "contributors": [{"title": _text("Waters"), "roles": ["publisher"]}],
        "sources": [{"title": _text("Rivers")}],
        "schema": {"fields": fields, "primaryKey": ["site"]},
        "minsheng": {
            "agency": "waters",
            "source": {"protocol": "file", "address": "https://waters.example/rivers.csv", "format": "csv"},
            "attribution": _text("Source: a benchmark"),
            "fetch": "30 1 * * *",
            "release": "30 1 * * *",
            "load": "upsert",
            "approve": "auto",
            "due": {"fetched": "2d"},
        },
    }


def _prepare(root: Path, datasets: int) -> list[str]:
    slugs = [f"rivers-{i:03d}" for i in range(datasets)]
    agency = {"title": _text("Waters"), "homepage": "https://waters.example", "hosts": ["waters.example"]}
    (root / "recordings" / "replay").mkdir(parents=True)
    for slug in slugs:
        folder = root / "datasets" / slug
        folder.mkdir(parents=True)
        (folder / "dataset.yaml").write_text(json.dumps(_declaration(slug)), encoding="utf-8")
        line = f"fetched_at,file\n2026-07-01T01:30:00+08:00,{slug}.csv\n"
        (root / "recordings" / "replay" / f"{slug}.csv").write_text(line, encoding="utf-8")
        rows = "".join(f"site{i},{i}\n" for i in range(100))
        (root / "recordings" / f"{slug}.csv").write_text("site,level\n" + rows, encoding="utf-8")
    (root / "datasets" / "agencies.yaml").write_text(json.dumps({"waters": agency}), encoding="utf-8")
    return slugs


def seconds(datasets: int, workers: int) -> float:
    """Return how long the first night of so many datasets takes so many processes."""
    with tempfile.TemporaryDirectory(prefix="minsheng-night-") as folder:
        root = Path(folder)
        slugs = _prepare(root, datasets)
        environ = os.environ | {
            "MINSHENG_HOME": str(root / "home"),
            "MINSHENG_STORE": f"file:{root / 'public'}",
            "MINSHENG_EVIDENCE": f"file:{root / 'evidence'}",
            "MINSHENG_DATASETS": str(root / "datasets"),
            "MINSHENG_SOURCES": f"replay:{root / 'recordings'}",
        }
        began = time.perf_counter()
        runs = [
            subprocess.Popen([sys.executable, "-c", _RUN, *slugs[i::workers]], env=environ, cwd=ROOT,
                             stdout=subprocess.DEVNULL)
            for i in range(workers)
        ]  # fmt: skip
        codes = [run.wait() for run in runs]
        took = time.perf_counter() - began
        documents = len(list((root / "public" / "datasets").glob("*/datapackage-1.json")))
        if any(codes) or documents != datasets:
            raise SystemExit(f"expected {datasets} releases and codes 0, found {documents} and {codes}")
        return took


def main(arguments: list[str]) -> None:
    """Print how long one, two and four processes take."""
    datasets = int(arguments[0]) if arguments else 200
    one = 0.0
    for workers in WORKERS:
        took = seconds(datasets, workers)
        one = one or took
        print(f"{datasets} datasets, {workers} at a time: {took:6.1f} s, {one / took:.2f} times as fast as one")


if __name__ == "__main__":
    main(sys.argv[1:])
