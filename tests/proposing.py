"""Proposals for tests: a folder of declarations, and what `minsheng new` makes of bytes there."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from catalog.declaration.dataset import load_agencies
from catalog.declaration.yaml12 import read_yaml
from pipelines.propose.answer import of_file
from pipelines.propose.proposal import Proposal, Surroundings, propose
from pipelines.propose.record import PortalRecord
from pipelines.validate import validate

ROOT = Path(__file__).resolve().parents[1]
TODAY = dt.date(2026, 11, 30)


def folder_of(path: Path, *names: str) -> Path:
    """A folder of declarations with the project's agencies, and some of its datasets."""
    datasets = path / "datasets"
    datasets.mkdir(exist_ok=True)
    shutil.copy(ROOT / "datasets" / "agencies.yaml", datasets)
    for name in names:
        shutil.copytree(ROOT / "datasets" / name, datasets / name)
    return datasets


def proposed(path: Path, body: bytes, datasets: Path | None = None, record: PortalRecord | None = None) -> Proposal:
    """What is proposed for a body; it passes the check."""
    datasets = datasets or folder_of(path)
    file = path / "moenv" / "answer.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(body)
    agencies = load_agencies(datasets)
    proposal = propose("seen", of_file(file, agencies, None), Surroundings(datasets, agencies, TODAY, record))
    (datasets / "seen").mkdir(exist_ok=True)
    written = datasets / "seen" / "dataset.yaml"
    written.write_text(proposal.text, encoding="utf-8")
    assert validate(datasets, "seen") == []
    assert read_yaml(written) == proposal.values
    return proposal


def fields_of(proposal: Proposal) -> dict[str, dict[str, Any]]:
    """The fields by name, without the texts for people."""
    texts = ("name", "title", "description")
    return {
        one["name"]: {key: value for key, value in one.items() if key not in texts}
        for one in proposal.values["schema"]["fields"]
    }
