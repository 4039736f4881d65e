"""`.venv` holds what the locks name and nothing else: no pip or setuptools as old as Python and its faults."""

import importlib.util
import re
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


INSTALLED = {plain(found.metadata["Name"]): found for found in distributions()}


def test_there_is_no_pip_and_no_setuptools() -> None:
    assert {"pip", "setuptools", "wheel"} & set(INSTALLED) == set()
    assert [name for name in ("pip", "setuptools", "pkg_resources") if importlib.util.find_spec(name)] == []
    assert [path.name for path in (ROOT / ".venv" / "bin").glob("pip*")] == []


def test_nothing_that_is_installed_needs_them() -> None:
    needs = {
        name: [
            need
            for need in found.requires or ()
            if re.match(r"(pip|setuptools|wheel)\b(?!-)", need) and "extra" not in need
        ]
        for name, found in INSTALLED.items()
    }
    assert {name: need for name, need in needs.items() if need} == {}


def test_the_versions_are_those_of_the_lock() -> None:
    lock = (ROOT / "requirements.lock").read_text() + (ROOT / "scripts" / "uv.lock").read_text()
    locked: dict[str, set[str]] = {}
    for name, release in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock, re.MULTILINE):  # some by Python's version
        locked.setdefault(plain(name), set()).add(release)
    strange = {name: found.version for name, found in INSTALLED.items() if found.version not in locked.get(name, set())}
    assert set(strange) == {"minsheng"}
