"""What a newcomer meets first is there and true: licence, map, security, decisions, templates, hooks."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from catalog.site.assets import SCRIPTS
from pipelines import settings
from pipelines.redaction import SHORTEST_SECRET

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipelines", "quality", "catalog", "sandbox")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"), key=lambda path: int(path.name.split("-")[0]))
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md"))
PARTS = ["Context", "Options", "Outcome", "Cost"]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_wheel_carries_the_licence_and_says_that_it_is_typed(tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as parts:
        names = set(parts.namelist())
        (licence,) = [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
        assert parts.read(licence) == (ROOT / "LICENSE").read_bytes()
        metadata = parts.read(licence.replace("licenses/LICENSE", "METADATA")).decode()
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {f"catalog/site/built/{name}.js" for name in SCRIPTS} <= names
    assert [name for name in names if name.endswith(".ts")] == []
    assert "\nLicense-Expression: Apache-2.0\n" in metadata


def test_the_licence_is_the_whole_text_of_the_one_that_is_declared():
    text = page("LICENSE")
    assert tomllib.loads(page("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert re.match(r"\s*Apache License\s+Version 2\.0, January 2004\s", text)
    assert [int(n) for n in re.findall(r"^   (\d)\. [A-Z]", text, re.MULTILINE)] == list(range(1, 10))
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_map_names_every_room_and_no_other():
    section = page("CONTRIBUTING.md").split("\n## The map of the rooms\n")[1].split("\n## ")[0]
    shown = re.findall(r"^\| `([a-z/]+)/` \|", section, re.MULTILINE)
    rooms = {str(path.parent.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert sorted(shown) == sorted(rooms | {"datasets", "deploy"})


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "docs/decisions/README.md"])
def test_every_path_that_is_named_exists(name: str):
    text = re.sub(r"^```.*?^```", "", page(name), flags=re.DOTALL | re.MULTILINE)
    paths = re.findall(rf"(?<![\w/])(?:{'|'.join(PACKAGES)}|tests|scripts|docs|datasets)/[\w./-]*\w", text)
    coming = {"quality/checks", "catalog/standards"}  # the page says that there is none yet
    assert len(paths) > 1 or name == "docs/decisions/README.md"
    assert [path for path in paths if path not in coming and not (ROOT / path).exists()] == []
    assert [path for path in coming if (ROOT / path).exists()] == [], "say in CONTRIBUTING.md that it is there"


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    pages = ["CONTRIBUTING.md", "SECURITY.md", ".github/pull_request_template.md", ".githooks/pre-commit"]
    text = "\n".join(page(name) for name in pages)
    named = set(re.findall(r"(?:`|^    |exec )make ([a-z]+)", text, re.MULTILINE))
    assert {"demo", "test", "lint", "soak", "release"} <= named
    assert named <= targets


def test_security_says_what_the_code_takes_for_a_secret():
    text = page("SECURITY.md")
    words = re.findall(r"[A-Z]{3,}", settings._SECRET_NAMES.pattern)
    assert len(words) == 4
    assert [word for word in words if word not in text] == []
    assert f"fewer than {SHORTEST_SECRET} characters" in text


def test_decisions_are_numbered_without_gaps_and_listed():
    assert [int(path.name.split("-")[0]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", page("docs/decisions/README.md"), re.MULTILINE)
    titles = [path.read_text(encoding="utf-8").split("\n")[0] for path in DECISIONS]
    assert [f"# {n}. {title}" for n, title, _ in index] == titles
    assert [name for _, _, name in index] == [path.name for path in DECISIONS]


@pytest.mark.parametrize("path", [*DECISIONS, ROOT / "docs/decisions/template.md"], ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts_on_one_page(path: Path):
    sections = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sections[1::2] == PARTS
    assert [part for part, text in zip(PARTS, sections[2::2], strict=True) if not text.strip()] == []
    options = re.findall(r"^- .*\*\*.+?\*\*", sections[4], re.MULTILINE)
    assert len(options) >= 2
    assert len(" ".join(sections).split()) <= 500


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_an_issue_template_is_one_that_forges_read(path: Path):
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    said = yaml.safe_load(head)
    assert set(said) == {"name", "about", "labels"}
    for text in (said["name"], said["about"], *re.findall(r"\*\*(.+?)\*\*", body)):
        assert re.search(r"[a-z]", text), text
        assert re.search(r"[\u4e00-\u9fff]", text), text


def test_there_is_a_template_for_each_kind_of_report():
    assert [path.stem for path in TEMPLATES] == ["bug", "dataset-wrong", "new-dataset"]


def test_hooks_run_the_checks_of_make_and_fetch_nothing():
    hook = ROOT / ".githooks" / "pre-commit"
    assert hook.stat().st_mode & 0o111
    assert page(".githooks/pre-commit").splitlines()[-1] == "exec make lint"
    config = yaml.safe_load(page(".pre-commit-config.yaml"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert "://" not in page(".pre-commit-config.yaml")
    for one in config["repos"][0]["hooks"]:
        assert (one["language"], one["entry"], one["pass_filenames"]) == ("system", "make lint", False)
