"""Makes the annotated tag of a release of the software, or says why not. Nothing leaves this machine.

The changelog's newest heading, the version in pyproject.toml and the tag must agree, and `make test` must pass in this
tree: the script runs it. CONTRIBUTING.md tells the steps before and after.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_HEADING = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?[ \t]*$", re.MULTILINE)
UNRELEASED = "Unreleased"


class Refused(Exception):
    """The tag is not made; the message says what was expected, what was found and what to do."""


def git(*arguments: str, text: str | None = None) -> str:
    """Return what git prints; `text` is its standard input.

    Raises:
        Refused: git failed; with what it said.
    """
    done = subprocess.run(["git", *arguments], cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def declared_version() -> str:
    """Return the version in pyproject.toml, which must be MAJOR.MINOR.PATCH."""
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    if not _VERSION.fullmatch(version):
        raise Refused(f"expected a version MAJOR.MINOR.PATCH in pyproject.toml, found {version}; write it so")
    return version


def notes_of(version: str) -> str:
    """Return what the changelog says of a version, which must be its newest.

    Raises:
        Refused: the newest heading names another version or no day, `[Unreleased]` still lists changes, or there is
            no text.
    """
    parts = _HEADING.split((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    sections = [(parts[i], parts[i + 1], parts[i + 2].strip()) for i in range(1, len(parts), 3)]
    if sections and sections[0][0] == UNRELEASED:
        pending = sections.pop(0)[2]
        if pending:
            raise Refused(
                f"expected nothing below [{UNRELEASED}] in CHANGELOG.md, found changes; "
                "move them below a heading `## [X.Y.Z] - YYYY-MM-DD`, and write that version in pyproject.toml"
            )
    newest, day, text = sections[0] if sections else ("no heading", None, "")
    if newest != version:
        raise Refused(
            f"expected CHANGELOG.md to begin with version {version}, as pyproject.toml says, found {newest}; "
            "make the two agree"
        )
    if day is None:
        raise Refused(f"expected the day of release in the heading of {version} in CHANGELOG.md, found none; add it")
    if not text:
        raise Refused(f"expected text below the heading of {version} in CHANGELOG.md, found none; say what changed")
    return text


def check_tag(version: str) -> str:
    """Return the tag of a version, which must be new and later than all others.

    Raises:
        Refused: a tag of this or of a later version exists.
    """
    tags = git("tag", "--list", "v*").split()
    numbers = [tuple(map(int, tag[1:].split("."))) for tag in tags if _VERSION.fullmatch(tag[1:])]
    newest = max(numbers, default=None)
    if newest and tuple(map(int, version.split("."))) <= newest:
        raise Refused(
            f"expected a version after the newest tag v{'.'.join(map(str, newest))}, found {version} in "
            "pyproject.toml; raise the version there and in CHANGELOG.md"
        )
    return f"v{version}"


def check_clean() -> str:
    """Return the commit of the tree, which must hold all that lies in the tree.

    Raises:
        Refused: a file was changed, added or removed since.
    """
    changed = git("status", "--porcelain", "--untracked-files=all").splitlines()
    if changed:
        shown = ", ".join(entry[2:].strip() for entry in changed[:5])
        raise Refused(f"expected a clean tree, found {len(changed)} changed files ({shown}); commit or remove them")
    return git("rev-parse", "HEAD")


def main() -> None:
    """Check, test, and make the tag.

    Raises:
        Refused: see the functions above; or the tests fail, or the tree was changed while they ran.
    """
    version = declared_version()
    notes = notes_of(version)
    tag = check_tag(version)
    commit = check_clean()
    print(f"{tag}: changelog, version and tag agree; now `make test` runs in this tree", flush=True)
    if subprocess.run(["make", "test"], cwd=ROOT, check=False).returncode:
        raise Refused("expected `make test` to pass, found that it failed; mend what it names")
    if check_clean() != commit:
        raise Refused("expected the commit that was tested, found another one; run it again")
    # `whitespace`: otherwise git takes the changelog's headings for comments.
    git("tag", "--annotate", "--cleanup=whitespace", "--file=-", tag, commit, text=f"Minsheng {version}\n\n{notes}\n")
    print(f"made the tag {tag}; nothing left this machine. To publish it: git push origin {tag}")


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        sys.exit(f"no release: {refusal}")
