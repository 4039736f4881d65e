"""`minsheng new`: from a file, or an address, to a folder that passes the check."""

import json
from pathlib import Path

import pytest
from hosts import hosted_app
from proposing import folder_of
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipelines.cli.main import main

KEY = "0123456789abcdef"
RECORD = {
    "result": {
        "title": "測站雨量",
        "titleEn": "Rain by station",
        "description": "各測站雨量。",
        "distribution": [
            {"resourceDownloadUrl": "https://data.moenv.gov.tw/rain.json", "fieldDescription": "mm(雨量)"}
        ],
    }
}


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = folder_of(tmp_path)
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{tmp_path / 'public'}")
    monkeypatch.setenv("MINSHENG_DATASETS", str(folder))
    return folder


def test_a_file_becomes_a_folder_that_is_right(
    datasets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rain.csv").write_text("站號,日期,雨量\n0046,115/07/01,3.5\n0047,115/07/01,0\n", encoding="utf-8")
    assert main(["new", str(tmp_path / "rain.csv"), "--agency", "moenv"]) == 0
    assert "rain/dataset.yaml: 2 rows of csv, 3 fields" in capsys.readouterr().out
    assert main(["check", "rain"]) == 0
    assert main(["new", str(tmp_path / "rain.csv")]) == 1
    assert "choose another name with --name" in capsys.readouterr().err


def test_an_address_is_asked_with_its_record(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def rain(request: Request) -> Response:
        assert request.query_params["api_key"] == KEY
        return Response(json.dumps([{"sid": "a", "mm": "1.5"}, {"sid": "b", "mm": "2"}]))

    (tmp_path / "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
    monkeypatch.setenv("MOENV_API_KEY", KEY)
    monkeypatch.setenv("MINSHENG_SOURCES", "sandbox")
    with hosted_app(Starlette(routes=[Route("/data.moenv.gov.tw/rain.json", rain)])) as address:
        monkeypatch.setenv("MINSHENG_SANDBOX", address)
        place = f"https://data.moenv.gov.tw/rain.json?api_key={KEY}"
        assert main(["new", place, "--record", str(tmp_path / "record.json"), "--agency", "moenv"]) == 0
    text = (datasets / "rain" / "dataset.yaml").read_text(encoding="utf-8")
    assert "title: {en: Rain by station, zh-TW: 測站雨量}" in text
    assert "zh-TW: 雨量}" in text
    assert KEY not in text
    assert main(["new", str(tmp_path / "record.json")]) == 1
    assert "minsheng new 'https://data.moenv.gov.tw/rain.json' --record" in capsys.readouterr().err


def test_a_host_that_no_agency_lists_is_not_asked(datasets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "https://other.example/x.csv"]) == 1
    assert "hosts: [other.example]" in capsys.readouterr().err
    assert not (datasets / "x").exists()
