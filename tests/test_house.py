"""The project keeps its own rules: sizes, names, a test file for each module, no source named in code."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.declaration.dataset import load_dataset, slugs

ROOT = Path(__file__).parents[1]
CODE = sorted(
    path for package in ("catalog", "pipelines", "quality", "sandbox") for path in (ROOT / package).rglob("*.py")
)
SMALL = ("protocols", "decode", "formats", "standards", "checks")
LINES, LINES_OF_SMALL, LINES_OF_FUNCTION = 400, 250, 40

LONG_FUNCTIONS = {
    "pipelines/cli/commands.py:_of_readers": "a list: the commands of readers, one after the other",
    "pipelines/cli/commands.py:_of_stewards": "a list: the commands of stewards, one after the other",
}
IN_EACH = {"Source": "protocols", "Reading": "decode"}
"""Class names that stand once in each protocol, and in each format."""
WITHOUT_TEST_FILE = {
    "catalog/errors.py": "classes without behaviour of their own",
    "catalog/declaration/cells.py": "tests/catalog/declaration/test_fields.py, as parts of a field",
    "catalog/declaration/strict.py": "tests/catalog/declaration/test_dataset.py, as every part of a declaration",
    "pipelines/definitions.py": "one line, which tests/pipelines/shell/test_location.py loads",
    "pipelines/decode/parts/archive.py": "tests/pipelines/decode/test_zip.py, through its only format",
    "pipelines/decode/parts/bounded_process.py": "tests/pipelines/decode/parts/test_bounded.py, as the other process",
    "pipelines/decode/parts/json_layout.py": "tests/pipelines/decode/test_json.py, through its only format",
    "pipelines/decode/parts/sheets.py": "tests/pipelines/decode/test_xlsx.py, and test_ods.py beside it",
}
BROWSER = sorted((ROOT / "catalog/site/browser").rglob("*.ts"))


@pytest.mark.parametrize("path", [*CODE, *BROWSER], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    most = LINES_OF_SMALL if path.parent.name in SMALL else LINES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most, "split it, rather than raise the limit"


WORDS_OF_EVIDENCE = {"fetched_at"}
"""Words of the record of a fetch. A dataset that publishes one has a field of that name; code means the record's."""


def test_no_dataset_is_named_in_code() -> None:
    datasets = ROOT / "datasets"
    names = set(slugs(datasets))
    fields = {field.name for slug in names for field in load_dataset(datasets, slug).published if "_" in field.name}
    forbidden = sorted(names - {"counties"} | fields - WORDS_OF_EVIDENCE)
    words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in forbidden))
    found = {str(path.relative_to(ROOT)): words.findall(path.read_text(encoding="utf-8")) for path in CODE}
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_data_and_tests_are_no_packages() -> None:
    assert [*(ROOT / "datasets").rglob("__init__.py"), *(ROOT / "datasets").rglob("*.py")] == []
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_locks_hold_no_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
    for name in ("requirements.lock", "scripts/uv.lock", "tests/reader/requirements.lock"):
        assert not re.search(r"https?://|--index|--find-links", (ROOT / name).read_text(encoding="utf-8")), name


def in_code(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every class or function of the four packages, with its file."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                yield path.relative_to(ROOT).as_posix(), node


def test_no_function_is_too_long() -> None:
    long = {
        f"{file}:{node.name}": node.end_lineno - node.lineno + 1
        for file, node in in_code(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno and node.end_lineno - node.lineno + 1 > LINES_OF_FUNCTION
    }
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}, (
        "split it into whole steps"
    )
    assert LONG_FUNCTIONS.keys() - long.keys() == set(), "strike from the list what is no longer so"


def test_no_public_class_name_stands_twice() -> None:
    files = defaultdict(list)
    for file, node in in_code(ast.ClassDef):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            folder = IN_EACH.get(node.name)
            if not (folder and file.startswith(f"pipelines/{folder}/")):
                files[node.name].append(file)
    assert {name: places for name, places in files.items() if len(places) > 1 or name in IN_EACH} == {}


def test_every_module_has_its_test_file() -> None:
    modules = [path.relative_to(ROOT) for path in CODE if path.name != "__init__.py"]
    without = {path.as_posix() for path in modules if not (ROOT / "tests" / path.parent / f"test_{path.name}").exists()}
    assert without - WITHOUT_TEST_FILE.keys() == set(), "write it, by the name of the module"
    assert WITHOUT_TEST_FILE.keys() - without == set(), "strike from the list what is no longer so"
