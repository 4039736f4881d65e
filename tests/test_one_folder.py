"""One more dataset of a known agency is one folder: nothing else is touched, and it is checked, released and shown.

Everything is as it is for the project's own: their agencies, topics and counties, the sandbox over HTTP, the command
line, and Dagster.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.cli.main import main
from pipelines.shell.location import build
from sandbox import Sandbox

DATASETS = Path(__file__).parents[1] / "datasets"
KNOWN = ("counties", "gamma-radiation")
NEW = "radiation-by-car"
NIGHT = dt.datetime.fromisoformat("2026-11-21T01:30:00+08:00")
BOTH = {"en": "Measured on the road.", "zh-TW": "行進間量測。"}

DATASET = {
    "name": NEW,
    "title": {"en": "Radiation measured from a car", "zh-TW": "車載輻射量測"},
    "description": BOTH,
    "licenses": [
        {
            "name": "OGDL-Taiwan-1.0",
            "path": "https://data.gov.tw/license",
            "title": {"en": "Open Government Data License, version 1.0", "zh-TW": "政府資料開放授權條款－第1版"},
        }
    ],
    "contributors": [{"title": {"en": "Nuclear Safety Commission", "zh-TW": "核能安全委員會"}, "roles": ["publisher"]}],
    "sources": [{"title": BOTH}],
    "schema": {
        "fields": [
            {"name": "road", "title": BOTH, "description": BOTH, "type": "string", "heard_as": "路線"},
            {
                "name": "measured_at",
                "title": BOTH,
                "description": BOTH,
                "type": "datetime",
                "heard_as": "時間",
                "date": {"patterns": ["%Y/%m/%d %H:%M"]},
            },
            {
                "name": "dose_rate",
                "title": BOTH,
                "description": BOTH,
                "type": "number",
                "unit": "uSv/h",
                "heard_as": "劑量率",
            },
            {
                "name": "county_code",
                "title": BOTH,
                "description": BOTH,
                "type": "string",
                "heard_as": "縣市",
                "codes": {"map": {"臺北市": "TW-TPE", "屏東縣": "TW-PIF"}},
            },
        ],
        "primaryKey": ["road", "measured_at"],
    },
    "minsheng": {
        "agency": "aec",
        "source": {"protocol": "file", "address": "https://www.aec.gov.tw/open/car.csv", "format": "csv"},
        "attribution": BOTH,
        "fetch": "0 * * * *",
        "release": "30 1 * * *",
        "load": "upsert",
        "references": [{"fields": ["county_code"], "dataset": "counties", "to": ["code"]}],
        "approve": "auto",
        "due": {"fetched": "3h"},
        "topic": "radiation",
    },
}
SANDBOX = {
    "host": "www.aec.gov.tw",
    "path": "/open/car.csv",
    "protocol": "file",
    "seed": 7,
    "rows": {
        "window": {
            "entities": "sandbox-roads.csv",
            "identity": "road",
            "steps": 2,
            "step_minutes": 60,
            "columns": {
                "路線": {"entity": "road"},
                "時間": {"time": "%Y/%m/%d %H:%M"},
                "劑量率": {"scaled": {"of": "usual", "low": 0.9, "high": 1.2, "digits": 3}},
                "縣市": {"entity": "county"},
            },
        }
    },
}
FOLDER = {
    "dataset.yaml": json.dumps(DATASET, ensure_ascii=False),
    "sandbox.yaml": json.dumps(SANDBOX, ensure_ascii=False),
    "sandbox-roads.csv": "road,county,usual\n台2線,臺北市,0.06\n台26線,屏東縣,0.05\n",
}


@dataclass
class Home:
    """A home with declarations that grow."""

    datasets: Path
    public: Path

    def digests(self) -> dict[str, str]:
        """The hash of each file of a declaration."""
        files = [path for path in self.datasets.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.datasets)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def night(self, monkeypatch: pytest.MonkeyPatch, *slugs: str) -> int:
        """What the agencies say, asked by the command line."""
        with Sandbox(self.datasets, NIGHT) as sandbox:
            monkeypatch.setenv("MINSHENG_SANDBOX", sandbox.url)
            return main(["run", *slugs, "--sources", "sandbox"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The project's agencies, topics and two of its datasets, which are released already."""
    made = Home(tmp_path / "datasets", tmp_path / "public")
    made.datasets.mkdir()
    for path in DATASETS.iterdir():
        if path.is_file():
            shutil.copy(path, made.datasets)
        elif path.name in KNOWN:
            shutil.copytree(path, made.datasets / path.name)
    for name in [name for name in os.environ if name.startswith("MINSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{made.public}")
    monkeypatch.setenv("MINSHENG_DATASETS", str(made.datasets))
    assert made.night(monkeypatch) == 0
    return made


def test_a_folder_is_all_that_a_new_dataset_needs(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = home.digests()
    (home.datasets / NEW).mkdir()
    for name, text in FOLDER.items():
        (home.datasets / NEW / name).write_text(text, encoding="utf-8")

    assert main(["check", NEW]) == 0
    assert home.night(monkeypatch) == 0
    assert f"{NEW} (2026-11-21T01:30:00+08:00): release 1, +4 rows, 4 rows in all" in capsys.readouterr().out
    assert main(["verify", f"{NEW}@1"]) == 0

    after = home.digests()
    assert {name: digest for name, digest in after.items() if not name.startswith(f"{NEW}/")} == before
    listed = json.loads((home.public / "catalog.json").read_text(encoding="utf-8"))
    assert NEW in json.dumps(listed)
    for page in ("index.html", "site/topics/radiation.html", "site/agencies/aec.html", "site/places/TW-PIF.html"):
        assert f"datasets/{NEW}/index.html" in (home.public / page).read_text(encoding="utf-8"), page
    assets = build(settings.read(os.environ)).resolve_asset_graph().get_all_asset_keys()
    shown = {key.to_user_string() for key in assets}
    assert {f"{NEW}.evidence", f"{NEW}.table", f"{NEW}.release"} <= shown
