"""`make release` in a small repository of its own: it makes the tag, or refuses and says why."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "release.py"
CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-11-30

### Added

- A door.

## [0.1.0] - 2026-11-25

- The first version.
"""
Repository = Callable[..., Path]


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "as it is")


def release(root: Path) -> tuple[int, str]:
    """The exit code, and all that was printed."""
    done = subprocess.run([sys.executable, "scripts/release.py"], cwd=root, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Make a repository with the script, a version, a changelog, and a `make test` of one line."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "MAKE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")

    def made(version: str = "0.2.0", changelog: str = CHANGELOG, test: str = "true") -> Path:
        root = tmp_path / "repository"
        root.mkdir()
        git(root, "init", "--quiet")
        write(root, "pyproject.toml", f'[project]\nname = "minsheng"\nversion = "{version}"\n')
        write(root, "CHANGELOG.md", changelog)
        write(root, "Makefile", f"test:\n\t@{test}\n")
        (root / "scripts").mkdir()
        shutil.copy(SCRIPT, root / "scripts" / "release.py")
        commit(root)
        return root

    return made


def test_the_tag_is_annotated_with_the_changes_and_stands_on_the_tested_commit(repository: Repository):
    root = repository(test="touch .git/tests-ran")
    code, printed = release(root)
    assert (code, (root / ".git" / "tests-ran").exists()) == (0, True), printed
    assert git(root, "cat-file", "-t", "v0.2.0") == "tag"
    assert git(root, "rev-parse", "v0.2.0^{commit}") == git(root, "rev-parse", "HEAD")
    message = git(root, "tag", "--list", "--format=%(contents)", "v0.2.0")
    assert message == "Minsheng 0.2.0\n\n### Added\n\n- A door."
    assert "`make test` runs in this tree" in printed
    assert "made the tag v0.2.0; nothing left this machine" in printed


def test_nothing_is_sent_to_a_remote(repository: Repository, tmp_path: Path):
    root = repository()
    git(root, "init", "--quiet", "--bare", str(tmp_path / "remote"))
    git(root, "remote", "add", "origin", str(tmp_path / "remote"))
    assert release(root)[0] == 0
    assert git(tmp_path / "remote", "for-each-ref") == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": "0.3.0"}, "begin with version 0.3.0, as pyproject.toml says, found 0.2.0"),
        ({"version": "0.2.0.dev1"}, "expected a version MAJOR.MINOR.PATCH in pyproject.toml, found 0.2.0.dev1"),
        ({"version": "00.2.0"}, "expected a version MAJOR.MINOR.PATCH"),
        ({"changelog": "# Changelog\n"}, "found no heading"),
        ({"changelog": CHANGELOG.replace(" - 2026-11-30", "")}, "expected the day of release in the heading of 0.2.0"),
        ({"changelog": CHANGELOG.replace("### Added\n\n- A door.", "")}, "expected text below the heading of 0.2.0"),
        (
            {"changelog": CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n")},
            "expected nothing below [Unreleased] in CHANGELOG.md, found changes",
        ),
        ({"test": "false"}, "expected `make test` to pass, found that it failed"),
        ({"test": "echo more >> CHANGELOG.md"}, "expected a clean tree, found 1 changed files (CHANGELOG.md)"),
        ({"test": "git commit --quiet --allow-empty --message other"}, "expected the commit that was tested"),
    ],
    ids=["version", "development", "leading-zero", "empty", "no-day", "no-text", "unreleased", "red", "dirty", "moved"],
)
def test_it_refuses_and_says_why(repository: Repository, change: dict[str, str], words: str):
    root = repository(**change)
    code, printed = release(root)
    assert code == 1
    assert "no release: " in printed
    assert words in printed
    assert git(root, "tag", "--list") == ""


@pytest.mark.parametrize("name", ["CHANGELOG.md", "new.txt"], ids=["changed", "untracked"])
def test_it_refuses_a_tree_that_is_not_clean_before_the_tests_run(repository: Repository, name: str):
    root = repository(test="touch .git/tests-ran")
    with (root / name).open("a") as file:
        file.write("\n")
    code, printed = release(root)
    assert code == 1
    assert f"expected a clean tree, found 1 changed files ({name})" in printed
    assert not (root / ".git" / "tests-ran").exists()
    assert git(root, "tag", "--list") == ""


@pytest.mark.parametrize("tag", ["v0.2.0", "v0.10.0", "v1.0.0"])
def test_it_refuses_a_version_that_is_not_after_the_newest_tag(repository: Repository, tag: str):
    root = repository()
    for name in (tag, "v0.1.0", "v2-draft"):
        git(root, "tag", name)
    code, printed = release(root)
    assert code == 1
    assert f"expected a version after the newest tag {tag}, found 0.2.0" in printed


def test_it_refuses_outside_a_repository(repository: Repository):
    root = repository()
    shutil.rmtree(root / ".git")
    code, printed = release(root)
    assert code == 1
    assert "no release: git tag failed: " in printed
